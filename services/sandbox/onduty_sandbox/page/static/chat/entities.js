/** A message's text with its entities as elements (https://core.telegram.org/bots/api#messageentity). */

import { make } from "../drawing/dom.js";

const TAGS = {
  bold: "strong",
  italic: "em",
  underline: "u",
  strikethrough: "s",
  code: "code",
  pre: "pre",
  blockquote: "blockquote",
  expandable_blockquote: "blockquote",
  hashtag: "span.tag",
  mention: "span.tag",
  text_mention: "span.tag",
};

// Blocks end their line themselves: the line break behind one shows no empty line.
const BLOCKS = new Set(["pre", "blockquote", "expandable_blockquote"]);

/**
 * Offsets count UTF-16 units, as JavaScript's strings do.
 * @param {string} text
 * @param {{type: string, offset: number, length: number, url?: string}[]} entities
 * @returns {DocumentFragment}
 */
export function drawText(text, entities) {
  const sorted = [...entities].sort((a, b) => a.offset - b.offset || b.length - a.length);
  const fragment = document.createDocumentFragment();
  draw(fragment, text, sorted, 0, text.length);
  return fragment;
}

function draw(parent, text, entities, start, end) {
  let at = start;
  for (let index = 0; index < entities.length; index += 1) {
    const entity = entities[index];
    const from = Math.max(entity.offset, at);
    const to = Math.min(entity.offset + entity.length, end);
    if (from >= to) continue;
    if (from > at) parent.append(text.slice(at, from));
    let next = index + 1;
    while (next < entities.length && entities[next].offset < to) next += 1;
    const element = elementOf(entity, text.slice(from, to));
    draw(element, text, entities.slice(index + 1, next), from, to);
    parent.append(element);
    at = BLOCKS.has(entity.type) && text[to] === "\n" ? to + 1 : to;
    index = next - 1;
  }
  if (at < end) parent.append(text.slice(at, end));
}

function elementOf(entity, text) {
  switch (entity.type) {
    case "text_link":
      return link(entity.url);
    case "url":
      return link(/^[a-z]+:\/\//i.test(text) ? text : `http://${text}`);
    case "email":
      return make("a", { href: `mailto:${text}` });
    case "spoiler":
      return spoiler();
    case "bot_command":
      return make("button.command", { type: "button", data: { command: text } });
    default:
      return make(TAGS[entity.type] ?? "span");
  }
}

/** Only the web's own links can be followed; any other stays a text. */
export function link(url) {
  let safe = false;
  try {
    safe = ["http:", "https:"].includes(new URL(url).protocol);
  } catch {
    // no address at all
  }
  return safe
    ? make("a", { href: url, target: "_blank", rel: "noopener noreferrer" })
    : make("span.tag", { title: url ?? "" });
}

function spoiler() {
  const show = (event) => {
    event.stopPropagation();
    event.currentTarget.classList.add("shown");
  };
  return make("span.spoiler", {
    role: "button",
    tabIndex: 0,
    "aria-label": "Hidden text, show it",
    onclick: show,
    onkeydown: (event) => event.key === "Enter" && show(event),
  });
}
