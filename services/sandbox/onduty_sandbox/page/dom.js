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

const SHAPES = {
  bell: "M12 3a5 5 0 0 0-5 5v3.6L5.6 14a.8.8 0 0 0 .7 1.2h11.4a.8.8 0 0 0 .7-1.2L17 11.600V8a5 5 0 0 0-5-5Zm-2.200 13.700a2.300 2.300 0 0 0 4.400 0Z",
  silent: "M4.700 3.300 3.300 4.700l3.800 3.800-.1.500v2.600L5.600 14a.8.8 0 0 0 .7 1.200h7.500l5.500 5.500 1.400-1.400ZM12 3a5 5 0 0 0-3.300 1.200l8.300 8.300V8a5 5 0 0 0-5-5Zm-2.200 13.700a2.300 2.300 0 0 0 4.400 0Z",
  more: "M12 7a1.700 1.700 0 1 0 0-3.400A1.700 1.700 0 0 0 12 7Zm0 6.700a1.700 1.700 0 1 0 0-3.400 1.700 1.700 0 0 0 0 3.400Zm0 6.700a1.700 1.700 0 1 0 0-3.400 1.700 1.700 0 0 0 0 3.400Z",
  send: "M3.400 20.400 21 12 3.400 3.600 3.400 10.100 15 12 3.400 13.900Z",
  close: "m6.400 5 5.600 5.600L17.600 5 19 6.400 13.400 12l5.600 5.600-1.400 1.400-5.600-5.600L6.400 19 5 17.600l5.600-5.600L5 6.400Z",
  down: "m12 16-7-7 1.400-1.400 5.600 5.600 5.600-5.600L19 9Z",
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
