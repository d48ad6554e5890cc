/** A message that says what somebody did, as one line in the middle of the chat. */

import { make } from "../drawing/dom.js";
import { quoted } from "./bubble.js";

/**
 * @param {any} message as the control API shows it; `pins` is the id of what was pinned
 * @param {any} [pinned] that message, unless it is deleted
 */
export function drawService(message, pinned) {
  const name = [message.from.first_name, message.from.last_name].filter(Boolean).join(" ");
  const what = pinned
    ? make("button.what", { type: "button", dir: "auto", data: { jump: pinned.message_id } }, quoted(pinned))
    : "a deleted message";
  return make(
    "article.message.service",
    { tabIndex: -1, data: { id: message.message_id, version: message.version } },
    make("p", {}, make("span", { dir: "auto" }, name), " pinned ", what),
  );
}
