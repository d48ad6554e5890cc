/** One line of the list of topics: icon, name, newest message, its time, how many are unread. */

import { timeOf } from "../chat/bubble.js";
import { serviceText } from "../chat/service.js";
import { make, sign } from "../drawing/dom.js";
import { isService } from "../world/message.js";

const SHOWN = 80;

/** A topic's icon as Telegram draws one without an emoji: its first letter on its colour. */
export function topicIcon(topic) {
  if (!topic) return make("span.topic-icon", { "aria-hidden": "true" }, sign("chat"));
  const letter = [...topic.name].find((it) => /[\p{L}\p{N}]/u.test(it)) ?? [...topic.name][0] ?? "";
  return make("span.topic-icon", { "aria-hidden": "true", data: { color: String(topic.icon_color) } }, letter.toUpperCase());
}

/**
 * @param {{place: string, topic: any, last: any, unread: number, isTyping: boolean}} line
 * @param {HTMLElement} [before] how it was drawn; it is given back where nothing is different
 */
export function drawTopic({ place, topic, last, unread, isTyping }, before) {
  const key = JSON.stringify([topic?.name, topic?.icon_color, last?.version, unread, isTyping]);
  if (before?.dataset.key === key) return before;
  return make(
    "button.topic",
    { type: "button", tabIndex: -1, data: { place, key } },
    topicIcon(topic),
    make(
      "span.topic-words",
      {},
      make("span.topic-name", { dir: "auto" }, topic?.name ?? "Main chat"),
      make(`span.topic-last${isTyping ? ".typing" : ""}`, { dir: "auto" }, isTyping ? "bot is typing…" : lastLine(last)),
    ),
    make(
      "span.topic-side",
      {},
      last && make("time", {}, timeOf(last.date)),
      unread > 0 && make("span.badge", { "aria-label": `${unread} unread` }, String(unread)),
    ),
  );
}

function lastLine(message) {
  if (!message) return "";
  if (isService(message)) return serviceText(message);
  const text = message.text.slice(0, SHOWN) || (message.photo ? "Photo" : message.document?.file_name ?? "File");
  return message.from_bot ? text : `You: ${text}`;
}
