/** A message that says what somebody did, as one line in the middle of the chat. */

import { make } from "../drawing/dom.js";
import { quoted } from "./bubble.js";

/**
 * @param {any} message as the control API shows it; `pins` is the id of what was pinned
 * @param {any} [pinned] that message, unless it is deleted
 */
export function drawService(message, pinned) {
  return make(
    "article.message.service",
    { tabIndex: -1, data: { id: message.message_id, version: message.version } },
    make("p", {}, make("span", { dir: "auto" }, nameOf(message)), ...(message.pins ? pinning(pinned) : changing(message))),
  );
}

/** The same in plain words. */
export function serviceText(message) {
  if (message.pins) return `${nameOf(message)} pinned a message`;
  const [did, name] = topicChange(message);
  return [nameOf(message), did, name].filter(Boolean).join(" ");
}

function nameOf({ from }) {
  return [from.first_name, from.last_name].filter(Boolean).join(" ");
}

function pinning(pinned) {
  const what = pinned
    ? make("button.what", { type: "button", dir: "auto", data: { jump: pinned.message_id } }, quoted(pinned))
    : "a deleted message";
  return [" pinned ", what];
}

function changing(message) {
  const [did, name] = topicChange(message);
  return [` ${did} `, name && make("span.what", { dir: "auto" }, name)];
}

/** What was done to a topic, and the name that it has since then. */
function topicChange({ topic_created: created, topic_edited: edited }) {
  if (created) return ["created the topic", created.name];
  return edited.name ? ["renamed the topic to", edited.name] : ["changed the topic’s icon", ""];
}
