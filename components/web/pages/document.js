// One document, with what the reviewers remarked shown where it belongs.

import { Problem, address, get, text } from "/client.js";
import { element, empty, notice, show } from "/elements.js";
import { segments } from "/segments.js";
import { bytes, kindName, moment, playTime, plainWord } from "/words.js";

/** Shows a document. */
export async function read(main, signal, id) {
  const content = element("div", null, element("p", { class: "quiet" }, "Loading…"));
  show(main, element("p", null, element("a", { href: "#/catalog" }, "← To read")), content);
  try {
    const { body } = await get(`/v1/catalog/documents/${encodeURIComponent(id)}`, { signal });
    show(content, head(body), element("div", { class: "reading" }, ...await reading(body, signal)));
  } catch (error) {
    if (error.name === "AbortError") return;
    if (!(error instanceof Problem)) throw error;
    show(content, notice(error, () => read(main, signal, id)));
  }
}

function head(document) {
  const { review, source, media } = document;
  const fact = (name, ...value) => [element("dt", null, name), element("dd", null, ...value)];
  const files = [{ role: "source", media_type: source.media_type, size: source.size, href: source.href }, ...document.files];
  return element("section", { class: "card" },
    element("h1", { class: "name" }, document.title),
    element("p", { class: "quiet" }, `${kindName(document.kind)}: `, element("span", { class: "name" }, source.name)),
    element("details", { id: "about" }, element("summary", { id: "about-summary" }, "About this document"),
      element("dl", { class: "facts" },
        fact("Reviewed by", `${review.vendor}, ${moment(review.completed_at)}`),
        document.language && fact("Language", document.language),
        document.text && fact("Text", `${document.text.words.toLocaleString("en")} words, ${document.text.characters.toLocaleString("en")} characters`),
        media && fact("Plays", playTime(media.duration_seconds)),
        media?.video && fact("Picture", `${media.video.width} × ${media.video.height}, ${media.video.frame_rate.toLocaleString("en", { maximumFractionDigits: 2 })} per second, ${media.video.codec}`),
        media?.audio && fact("Sound", `${media.audio.channels === 1 ? "mono" : `${media.audio.channels} channels`}, ${media.audio.sample_rate.toLocaleString("en")} Hz, ${media.audio.codec}`),
        files.map((file) => fact(file.role === "source" ? "Original" : plainWord(file.role), `${file.media_type}, ${bytes(file.size)} `, download(file))))));
}

function download(file) {
  const button = element("button", { type: "button", class: "plain" }, "Open");
  button.addEventListener("click", async () => {
    // Opened at once, while the browser still knows that a person asked for it.
    const tab = window.open("about:blank", "_blank");
    try {
      const url = await address(file.href);
      if (tab) {
        tab.opener = null;
        tab.location.replace(url);
      }
    } catch (error) {
      tab?.close();
      if (!(error instanceof Problem)) throw error;
      button.replaceWith(element("span", { class: "quiet" }, error.detail));
    }
  });
  return button;
}

/** The document itself and the remarks beside it. */
async function reading(document, signal) {
  const remarks = document.annotations.map((annotation, index) => ({ annotation, index, item: null, places: [] }));
  const choose = (remark, { scroll } = {}) => {
    for (const { item, places } of remarks) [item, ...places].forEach((place) => place?.classList.remove("chosen"));
    [remark.item, ...remark.places].forEach((place) => place?.classList.add("chosen"));
    scroll?.scrollIntoView({ block: "center", behavior: "smooth" });
  };

  let body;
  let play = null;
  if (document.text) {
    body = await annotatedText(document, remarks, choose, signal);
  } else if (document.media) {
    ({ body, play } = await player(document, remarks, choose, signal));
  } else {
    body = empty("There is no text and no video to show");
  }

  const list = remarks.length === 0
    ? empty("No remarks", element("p", null, "The reviewers had nothing to add."))
    : element("ol", { class: "remarks" }, remarks.map((remark) => {
      remark.item = remarkItem(remark, choose, play);
      return remark.item;
    }));
  return [
    element("section", { class: "card", "aria-label": "Document" }, body),
    element("aside", { class: "card", "aria-label": "Remarks" }, element("h2", null, `Remarks (${remarks.length})`), list),
  ];
}

async function annotatedText(document, remarks, choose, signal) {
  const file = document.files.find(({ role }) => role === document.text.file);
  let content;
  try {
    content = await text(file.href, signal);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return notice(error);
  }
  const placed = remarks.filter(({ annotation }) => annotation.target.selector?.type === "TextPositionSelector");
  const pieces = segments(content, placed.map(({ annotation }) => annotation.target.selector));
  return element("div", { class: "text", lang: document.language, dir: "auto" }, pieces.map((piece) => {
    if (piece.remarks.length === 0) return piece.text;
    const about = piece.remarks.map((index) => placed[index]);
    const choosing = () => choose(about[0], { scroll: about[0].item });
    const mark = element("mark", {
      class: piece.text === "" ? "place" : null,
      role: "button",
      tabindex: 0,
      title: about.map(({ annotation }) => summary(annotation)).join("\n"),
      "aria-label": piece.text === "" ? "A remark about this place" : null,
      onclick: choosing,
      onkeydown: (event) => {
        if (event.key === "Enter" || event.key === " ") {
          event.preventDefault();
          choosing();
        }
      },
    }, piece.text);
    about.forEach((remark) => remark.places.push(mark));
    return mark;
  }));
}

async function player(document, remarks, choose, signal) {
  const video = element("video", { controls: true, preload: "metadata", "aria-label": document.source.name });
  const body = element("div", null, video);
  const load = async () => { video.src = await address(document.source.href, signal); };
  // The address is good for minutes. When it has run out, another is fetched, and playing goes on where it was.
  let renewed = 0;
  video.addEventListener("error", async () => {
    if (Date.now() - renewed < 10_000) return show(body, notice(new Problem(0, { title: "The video cannot be played", detail: "Open the original instead." })));
    renewed = Date.now();
    const at = video.currentTime;
    try {
      await load();
      video.currentTime = at;
    } catch (error) {
      if (error instanceof Problem) show(body, notice(error));
    }
  });
  video.addEventListener("timeupdate", () => {
    const now = remarks.find(({ annotation }) => {
      const time = stretch(annotation);
      return time && time.start <= video.currentTime && video.currentTime < time.end;
    });
    if (now && !now.item.classList.contains("chosen")) choose(now);
  });
  try {
    await load();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { body: notice(error), play: null };
  }
  return { body, play: (seconds) => { video.currentTime = seconds; video.play().catch(() => {}); } };
}

/** The stretch of time that a remark is about, in seconds. */
function stretch(annotation) {
  const found = /^t=([\d.]+),([\d.]+)$/.exec(annotation.target.selector?.value ?? "");
  return found && { start: Number(found[1]), end: Number(found[2]) };
}

const values = (annotation, purpose) => annotation.body.filter((body) => body.purpose === purpose).map((body) => body.value);

const summary = (annotation) => annotation.body.find(({ purpose }) => purpose !== "tagging" && purpose !== "editing")?.value
  ?? annotation.body[0]?.value ?? plainWord(annotation.motivation);

function remarkItem(remark, choose, play) {
  const { annotation } = remark;
  const quote = annotation.target.selector?.refinedBy?.exact;
  const time = stretch(annotation);
  const replacements = values(annotation, "editing");
  const tags = values(annotation, "tagging");
  const texts = annotation.body.filter(({ purpose }) => purpose !== "tagging" && purpose !== "editing");
  const place = time && play
    ? element("button", { type: "button", class: "plain", onclick: () => { choose(remark); play(time.start); } }, `${playTime(time.start)} – ${playTime(time.end)}`)
    : time ? element("span", { class: "quiet" }, `${playTime(time.start)} – ${playTime(time.end)}`)
      : remark.places.length > 0 && element("button", { type: "button", class: "plain", onclick: () => choose(remark, { scroll: remark.places[0] }) }, "Show in the text");
  return element("li", null,
    texts.map((body) => element("p", { dir: "auto" }, body.value)),
    (quote || replacements.length > 0) && element("p", { dir: "auto" },
      quote && (replacements.length > 0 ? element("del", null, quote) : element("q", null, quote)),
      replacements.length > 0 && [quote ? " → " : "", replacements.map((value, index) => [index > 0 ? " or " : "", element("ins", null, value)])].flat(Infinity)),
    element("p", null, tags.map((tag) => [element("span", { class: "tag" }, tag), " "]).flat(), place));
}
