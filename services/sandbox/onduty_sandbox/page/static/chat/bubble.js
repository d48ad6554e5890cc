/** One message as a bubble. */

import { make, sign } from "../drawing/dom.js";
import { drawnEmoji } from "./emoji.js";
import { drawText, link } from "./entities.js";

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

/** A moment as a phone shows it. */
export const timeOf = (seconds) => clock.format(new Date(seconds * 1000));

/**
 * @param {any} message as the control API shows it
 * @param {any} [replied] the message that it answers
 */
export function drawBubble(message, replied) {
  const text = make("div.text", { dir: "auto" }, drawText(message.text, message.entities ?? []));
  const bubble = make(
    "div.bubble",
    {},
    message.reply_to && quote(replied),
    message.photo && make("div.file", {}, "🖼 Photo"),
    message.document && make("div.file", {}, `📎 ${message.document.file_name ?? "File"}`),
    text,
    meta(message),
    reactions(message),
  );
  return make(
    `article.message.${message.from_bot ? "in" : "out"}`,
    { tabIndex: -1, data: { id: message.message_id, version: message.version } },
    bubble,
    keys(message.reply_markup),
  );
}

function quote(replied) {
  return make("button.quote", { type: "button", dir: "auto", data: { jump: replied?.message_id ?? "" } }, quoted(replied));
}

/** How much of a message its answers show; of a deleted one nothing. */
export const quoted = (replied) => (replied ? replied.text.slice(0, 120) : "Deleted message");

function meta(message) {
  return make(
    "span.meta",
    {},
    message.silent && make("span", { title: "Sent without a sound" }, sign("silent"), unseen("silent")),
    message.edited && make("span.edited", {}, "edited"),
    make("time", {}, timeOf(message.date)),
  );
}

function reactions(message) {
  const counted = new Map();
  for (const emoji of Object.values(message.reactions)) {
    counted.set(emoji, (counted.get(emoji) ?? 0) + 1);
  }
  if (!counted.size) return null;
  const shown = [...counted].map(([emoji, count]) => make("span", {}, count > 1 ? `${drawnEmoji(emoji)} ${count}` : drawnEmoji(emoji)));
  return make("div.reactions", { role: "group", "aria-label": "Reactions" }, ...shown);
}

function keys(markup) {
  const rows = markup?.inline_keyboard;
  if (!rows?.length) return null;
  return make(
    "div.keys",
    {},
    ...rows.map((row) => make("div.keyrow", {}, ...row.map(key))),
  );
}

function key(button) {
  if (button.url) {
    const there = link(button.url);
    there.classList.add("key");
    there.append(button.text, make("span.away", { "aria-hidden": "true" }, "↗"));
    return there;
  }
  const label = button.callback_data ?? button.text;
  return make("button.key", { type: "button", data: { label } }, button.text);
}

function unseen(text) {
  return make("span.unseen", {}, text);
}
