// A teacher's submissions, and where each document is on its way.

import { Problem, follow, get, post } from "/client.js";
import { announce, element, empty, notice, show } from "/elements.js";
import { controls, handIn, replace } from "/uploads.js";
import { ACCEPTED, STAGES, bytes, isOver, kindName, moment, plainWord, stateName } from "/words.js";

const isSubmissionOver = (submission) => submission.documents.every((document) => isOver(document.state));

function state(value) {
  return element("span", { class: `state ${value}` }, stateName(value));
}

function stages(document) {
  const reached = document.state === "failed"
    // Where it failed is where it last was before.
    ? [...(document.history ?? [])].reverse().find((event) => event.state !== "failed")?.state ?? "awaiting-upload"
    : document.state;
  const at = STAGES.findIndex((stage) => stage.states.includes(reached));
  return element("ol", { class: "stages", "aria-label": "Stages" }, STAGES.map((stage, index) => {
    const now = index === at;
    const kind = document.state === "ready" || index < at ? "done" : !now ? "" : document.state === "failed" ? "stopped" : "now";
    return element("li", { class: kind, "aria-current": now ? "step" : null }, stage.name,
      kind === "done" && element("span", { class: "unseen" }, " (done)"));
  }));
}

/** Why a document failed, and what can be done about it here. */
function failure(submission, document) {
  if (!document.failure) return null;
  const problems = element("div");
  const field = element("input", { type: "file", id: `replacement-${document.id}`, accept: ACCEPTED, onchange: () => {
    const [file] = field.files;
    if (file) replace(submission.id, document, file).then(submission.reload).catch((problem) => show(problems, notice(problem)));
  } });
  const isFinal = document.failure.code === "withdrawn";
  return element("div", { class: "notice" }, element("p", null, document.failure.message),
    !isFinal && [element("label", { for: `replacement-${document.id}` }, "Put another file in its place"), field], problems);
}

/** The form that begins a submission. */
function form() {
  const problems = element("div");
  const title = element("input", { id: "title", required: true, maxlength: "200", autocomplete: "off" });
  const files = element("input", { id: "files", type: "file", multiple: true, required: true, accept: ACCEPTED });
  const button = element("button", { type: "submit", id: "hand-in" }, "Hand in");
  // Pressing twice hands in once; a change makes it something else.
  let key = crypto.randomUUID();
  const made = element("form", { class: "card", onchange: () => { key = crypto.randomUUID(); }, onsubmit: async (event) => {
    event.preventDefault();
    button.disabled = true;
    try {
      location.hash = `#/submissions/${await handIn(title.value, [...files.files], key)}`;
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      show(problems, notice(problem));
    } finally {
      button.disabled = false;
    }
  } },
  element("h2", null, "Hand in"), problems,
  element("p", null, element("label", { for: "title" }, "Title"), title),
  element("p", null, element("label", { for: "files" }, "Lesson plans and videos"), files),
  element("p", null, button));
  return made;
}

/** The list of all submissions. */
export async function list(main, signal) {
  const problems = element("div");
  const content = element("div", null, element("p", { class: "quiet" }, "Loading…"));
  show(main, element("h1", null, "Your submissions"), form(), problems, content);
  // Pages that were opened stay open.
  let pages = 1;
  let before = "";

  const load = async () => {
    const items = [];
    let next;
    for (let page = 0; page < pages; page += 1) {
      const { body } = await get(`/v1/submissions${next ? `?after=${encodeURIComponent(next)}` : ""}`, { signal });
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
        ? empty("You have not handed in anything yet", element("p", null, "What you upload appears here at once, with everything that becomes of it."))
        : element("ul", { class: "list" }, items.map(card)), more);
    }
    return !items.every(isSubmissionOver);
  };
  const failed = (problem) => {
    if (!(problem instanceof Problem)) return;
    show(problems, notice(problem));
    if (before === "") show(content);
  };
  await follow(load, failed, signal);
}

function card(submission) {
  return element("li", { class: "card" },
    element("div", { class: "row" },
      element("h2", null, element("a", { href: `#/submissions/${submission.id}`, id: `submission-${submission.id}`, class: "name" }, submission.title)),
      state(submission.state)),
    element("p", { class: "quiet" }, "Created ", element("time", { datetime: submission.created_at }, moment(submission.created_at))),
    element("ul", { class: "list" }, submission.documents.map((document) => element("li", { class: "row" },
      element("span", { class: "name" }, document.name),
      element("span", null, state(document.state), " ", element("span", { class: "quiet" }, `since ${moment(document.since)}`))))));
}

/** One submission, with the history of each of its documents. */
export async function one(main, signal, id) {
  const problems = element("div");
  const content = element("div", null, element("p", { class: "quiet" }, "Loading…"));
  show(main, element("p", null, element("a", { href: "#/submissions" }, "← Your submissions")), problems, content);
  let etag;
  let shown;

  const reload = () => load().catch((problem) => show(problems, notice(problem)));
  const load = async () => {
    const answer = await get(`/v1/submissions/${encodeURIComponent(id)}`, { etag, signal });
    show(problems);
    if (answer.body) {
      tellChanges(shown, answer.body);
      shown = { ...answer.body, reload };
      etag = answer.etag;
      show(content, details(shown));
    }
    return !isSubmissionOver(shown);
  };
  await follow(load, (problem) => { show(problems, notice(problem)); if (!shown) show(content); }, signal);
}

function tellChanges(before, now) {
  if (!before) return;
  const states = new Map(before.documents.map((document) => [document.id, document.state]));
  const changed = now.documents.filter((document) => states.get(document.id) !== document.state);
  if (changed.length > 0) announce(changed.map((document) => `${document.name}: ${stateName(document.state)}`).join(". "));
}

function details(submission) {
  return [
    element("div", { class: "row" }, element("h1", { class: "name" }, submission.title), state(submission.state)),
    element("p", { class: "quiet" }, "Created ", element("time", { datetime: submission.created_at }, moment(submission.created_at))),
    submission.documents.map((document) => documentCard(submission, document)),
    isWithdrawable(submission) && withdrawal(submission),
  ];
}

/** Nothing of it was sent to review yet, and something of it could be. */
const isWithdrawable = ({ documents }) =>
  documents.every(({ state }) => ["awaiting-upload", "uploaded", "failed"].includes(state)) && documents.some(({ state }) => state !== "failed");

function withdrawal(submission) {
  const problems = element("div");
  const withdraw = () => post(`/v1/submissions/${submission.id}/withdrawal`).then(submission.reload).catch((problem) => show(problems, notice(problem)));
  return element("details", { id: "withdrawal" }, element("summary", { id: "withdrawal-summary" }, "Withdraw this submission"),
    element("p", null, "Nobody will see it, and its files are deleted. That cannot be undone."), problems,
    element("button", { type: "button", id: "withdraw", onclick: withdraw }, "Withdraw"));
}

function documentCard(submission, document) {
  const next = document.next_attempt_at && element("p", null,
    document.attempts === 1 ? "The last attempt failed. " : `The last ${document.attempts} attempts failed. `,
    "The next one is at ", element("time", { datetime: document.next_attempt_at }, moment(document.next_attempt_at)),
    "; you need not do anything.");
  return element("article", { class: "card" },
    element("div", { class: "row" }, element("h2", { class: "name" }, document.name), state(document.state)),
    element("p", { class: "quiet" }, `${kindName(document.kind)}, ${bytes(document.size)}, here since `,
      element("time", { datetime: document.since }, moment(document.since))),
    stages(document), document.state === "awaiting-upload" && controls(submission.id, document), failure(submission, document), next,
    element("details", { id: `history-${document.id}` },
      element("summary", { id: `history-summary-${document.id}` }, "What happened so far"),
      element("ol", { class: "history" }, document.history.map((event) => element("li", null,
        element("time", { datetime: event.at }, moment(event.at)),
        element("span", null, plainWord(event.event), ` – ${stateName(event.state)}`,
          event.detail?.message && element("span", { class: "quiet" }, ` (${event.detail.message})`)))))));
}
