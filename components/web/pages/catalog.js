// What there is to read for an evaluator.

import { follow, get } from "/client.js";
import { element, empty, notice, show } from "/elements.js";
import { kindName, moment } from "/words.js";

/** The list of all submissions that have documents to read. */
export async function list(main, signal) {
  const problems = element("div");
  const content = element("div", null, element("p", { class: "quiet" }, "Loading…"));
  show(main, element("h1", null, "To read"), problems, content);
  let pages = 1;
  let before = "";

  const failed = (problem) => {
    show(problems, notice(problem));
    if (before === "") show(content);
  };
  const load = async () => {
    const items = [];
    let next;
    for (let page = 0; page < pages; page += 1) {
      const { body } = await get(`/v1/catalog/submissions${next ? `?after=${encodeURIComponent(next)}` : ""}`, { signal });
      items.push(...body.items);
      next = body.next;
      if (!next) break;
    }
    show(problems);
    const now = JSON.stringify([items, next]);
    if (now !== before) {
      before = now;
      const more = next && element("button", { type: "button", class: "plain", id: "more", onclick: () => { pages += 1; load().catch(failed); } }, "Show older ones");
      show(content, items.length === 0
        ? empty("There is nothing to read yet", element("p", null, "As soon as a review is back and checked, it appears here."))
        : element("ul", { class: "list" }, items.map(card)), more);
    }
    return false;
  };
  await follow(load, failed, signal);
}

function card(submission) {
  return element("li", { class: "card" },
    element("h2", { class: "name" }, submission.title),
    submission.teacher && element("p", { class: "quiet" }, submission.teacher),
    element("ul", { class: "list" }, submission.documents.map((document) => element("li", { class: "row" },
      element("a", { href: `#/documents/${document.id}`, id: `document-${document.id}`, class: "name" }, document.name),
      element("span", { class: "quiet" },
        `${kindName(document.kind)}, ${document.annotations} ${document.annotations === 1 ? "remark" : "remarks"}, ready since `,
        element("time", { datetime: document.normalized_at }, moment(document.normalized_at)))))));
}
