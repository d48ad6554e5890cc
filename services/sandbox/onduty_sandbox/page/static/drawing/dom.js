/** Making elements. Text is always set as text, so nothing that people write becomes markup. */

/**
 * @param {string} name tag and classes: "p.note.small"
 * @param {Record<string, unknown>} [properties] `on…` are listeners, `data` a dataset, names with a
 *   dash are attributes, all others are properties of the element
 * @param {...(Node|string|null|undefined|false)} children
 * @returns {HTMLElement}
 */
export function make(name, properties = {}, ...children) {
  const [tag, ...classes] = name.split(".");
  const element = document.createElement(tag);
  if (classes.length) element.className = classes.join(" ");
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined || value === null) continue;
    if (key === "data") Object.assign(element.dataset, value);
    else if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key.includes("-") || key === "role") element.setAttribute(key, value);
    else element[key] = value;
  }
  element.append(...children.filter((child) => child || child === ""));
  return element;
}

/** The element with this id, which index.html has. */
export const byId = (id) => document.getElementById(id);

/** Set a text only when it is different: untouched elements cost nothing. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Play a one-time animation again. */
export function flash(element, name) {
  element.classList.remove(name);
  requestAnimationFrame(() => element.classList.add(name));
}

const SHAPES = {
  bell: "M12 3a5 5 0 0 0-5 5v3.6L5.6 14a.8.8 0 0 0 .7 1.2h11.4a.8.8 0 0 0 .7-1.2L17 11.6V8a5 5 0 0 0-5-5Zm-2.2 13.7a2.3 2.3 0 0 0 4.4 0Z",
  silent: "M4.7 3.3 3.3 4.7l3.8 3.8-.1.5v2.6L5.6 14a.8.8 0 0 0 .7 1.2h7.5l5.5 5.5 1.4-1.4ZM12 3a5 5 0 0 0-3.3 1.2l8.3 8.3V8a5 5 0 0 0-5-5Zm-2.2 13.7a2.3 2.3 0 0 0 4.4 0Z",
  more: "M12 7a1.7 1.7 0 1 0 0-3.4A1.7 1.7 0 0 0 12 7Zm0 6.7a1.7 1.7 0 1 0 0-3.4 1.7 1.7 0 0 0 0 3.4Zm0 6.7a1.7 1.7 0 1 0 0-3.4 1.7 1.7 0 0 0 0 3.4Z",
  send: "M3.4 20.4 21 12 3.4 3.6 3.4 10.1 15 12 3.4 13.9Z",
  close: "m6.4 5 5.6 5.6L17.6 5 19 6.4 13.4 12l5.6 5.6-1.4 1.4-5.6-5.6L6.4 19 5 17.6l5.6-5.6L5 6.4Z",
  pin: "M9 3h6l-.7 6.2 3.2 3.3V14h-4.6L12 21l-.9-7H6.5v-1.5l3.2-3.3Z",
  back: "m14.6 5 1.4 1.4L10.4 12l5.6 5.6-1.4 1.4L7.6 12Z",
  chat: "M12 3.5c-5 0-9 3.3-9 7.4 0 2.3 1.3 4.4 3.3 5.7L5.6 20.5l4.2-2.4c.7.1 1.5.2 2.2.2 5 0 9-3.3 9-7.4s-4-7.4-9-7.4Z",
  down: "m12 16-7-7 1.4-1.4 5.6 5.6 5.6-5.6L19 9Z",
};

/** A drawn sign; what it means is said beside it, or by its button. */
export function sign(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", `sign ${name}`);
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", SHAPES[name]);
  svg.append(path);
  return svg;
}

/** First letters of a name, and a colour that stays with the person. */
export function avatar(name, id) {
  const letters = [...name].filter((letter) => letter.trim()).slice(0, 1).join("").toUpperCase();
  return make("span.avatar", { "aria-hidden": "true", data: { hue: String(Math.abs(id) % 6) } }, letters);
}
