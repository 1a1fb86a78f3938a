// The pages' beginning: who is here, and which page is wanted.

import * as catalog from "/catalog.js";
import * as reading from "/document.js";
import { announce, element, show } from "/elements.js";
import { person, signIn, signOut } from "/session.js";
import * as submissions from "/submissions.js";

const PAGES = [
  { name: "Your submissions", path: "#/submissions", scope: "submit" },
  { name: "To read", path: "#/catalog", scope: "evaluate" },
];

const ROUTES = [
  { pattern: /^#\/submissions$/, page: submissions.list, under: "#/submissions" },
  { pattern: /^#\/submissions\/([0-9a-f-]{36})$/, page: submissions.one, under: "#/submissions" },
  { pattern: /^#\/catalog$/, page: catalog.list, under: "#/catalog" },
  { pattern: /^#\/documents\/([0-9a-f-]{36})$/, page: reading.read, under: "#/catalog" },
];

const main = document.getElementById("content");
let leave = new AbortController();

function header(who, under) {
  const open = PAGES.filter(({ scope }) => who?.scopes.includes(scope));
  show(document.getElementById("navigation"), open.map(({ name, path }) =>
    element("a", { href: path, "aria-current": path === under ? "page" : null }, name)));
  show(document.getElementById("person"), who && [
    element("span", { class: "name" }, who.name),
    element("button", { type: "button", class: "plain", onclick: () => { signOut(); location.hash = "#/"; route(); } }, "Sign out"),
  ]);
  return open;
}

function signInPage() {
  document.title = "Sign in – Dossier";
  const field = element("input", { id: "token", type: "password", autocomplete: "off", required: true, spellcheck: "false" });
  const wrong = element("p", { class: "notice", role: "alert", hidden: true }, "This is no access token: it has three parts, with dots between them.");
  const form = element("form", null,
    element("div", null, element("label", { for: "token" }, "Access token"), field),
    wrong,
    element("div", null, element("button", { type: "submit" }, "Sign in")));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (signIn(field.value)) route();
    else wrong.hidden = false;
  });
  show(main, element("section", { class: "card sign-in" },
    element("h1", null, "Sign in"),
    element("p", null, "Paste the access token that you were given. It stays in this tab, and is forgotten when you close it."),
    form));
  field.focus();
}

function route() {
  leave.abort();
  leave = new AbortController();
  announce("");
  const who = person();
  const found = ROUTES.map((candidate) => ({ ...candidate, match: candidate.pattern.exec(location.hash) })).find(({ match }) => match);
  const open = header(who, found?.under);
  if (!who) return signInPage();
  if (!found) {
    if (open.length > 0) return location.replace(open[0].path);
    return show(main, element("section", { class: "empty" }, element("h1", null, "There is no page for you here"),
      element("p", null, "Your token allows neither to hand in nor to read. Sign in with another one.")));
  }
  document.title = `${PAGES.find(({ path }) => path === found.under).name} – Dossier`;
  found.page(main, leave.signal, found.match[1]);
}

document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  main.focus();
});
window.addEventListener("hashchange", () => {
  route();
  if (person()) main.focus();
});
route();
