/** The bar at the top of a chat: what is pinned there; a click leads to it, the next one further up. */

import { make, setText, sign } from "../drawing/dom.js";
import { quoted } from "./bubble.js";

/** @param {(id: number) => void} jump brings a message into view */
export function makePinned(jump) {
  const text = make("span.pinned-text", { dir: "auto" });
  const count = make("span.pinned-count");
  let ids = [];
  let next = 0;
  const element = make(
    "button.pinned",
    { type: "button", hidden: true, onclick: lead },
    sign("pin"),
    make("span.pinned-words", {}, make("span.pinned-title", {}, "Pinned message", count), text),
  );

  function lead() {
    jump(ids[next]);
    next = (next + 1) % ids.length;
  }

  return {
    element,
    /** @param {Iterable<any>} messages all of the chat */
    show(messages) {
      const pinned = [...messages].filter((message) => message.pinned).sort((a, b) => b.message_id - a.message_id);
      const now = pinned.map((message) => message.message_id);
      if (now.join() !== ids.join()) next = 0;
      ids = now;
      element.hidden = pinned.length === 0;
      if (element.hidden) return;
      setText(text, quoted(pinned[0]));
      setText(count, pinned.length > 1 ? ` (${pinned.length})` : "");
    },
  };
}
