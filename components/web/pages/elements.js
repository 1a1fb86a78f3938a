// Makes elements. Text becomes text nodes, whatever it looks like: there is no way to put HTML in here.

/** An element with attributes and children. Attributes that are false, null or undefined are left out. */
export function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes ?? {})) {
    if (value === false || value === null || value === undefined) continue;
    if (attribute.startsWith("on")) made.addEventListener(attribute.slice(2), value);
    else made.setAttribute(attribute, value === true ? "" : String(value));
  }
  made.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

/** Replaces what is in a container, without taking away where the person was: focus and open details stay, by id. */
export function show(container, ...children) {
  const focused = document.activeElement?.id;
  const open = new Set([...container.querySelectorAll("details[open][id]")].map((details) => details.id));
  container.replaceChildren(...children.flat(Infinity).filter(Boolean));
  for (const details of container.querySelectorAll("details[id]")) details.open = open.has(details.id);
  if (focused && document.activeElement?.id !== focused) document.getElementById(focused)?.focus({ preventScroll: true });
}

/** Says something to people who use a screen reader. */
export function announce(text) {
  document.getElementById("announcements").textContent = text;
}

/** What went wrong, as its problem details say it. */
export function notice(problem, retry) {
  return element("section", { class: "notice", role: "alert" },
    element("h2", null, problem.title),
    element("p", null, problem.detail),
    problem.errors.length > 1 && element("ul", null, problem.errors.map((error) => element("li", null, error.detail))),
    retry && element("button", { type: "button", class: "plain", onclick: retry }, "Try again"));
}

/** What is shown where there is nothing to show. */
export function empty(title, ...children) {
  return element("section", { class: "empty" }, element("h2", null, title), children);
}
