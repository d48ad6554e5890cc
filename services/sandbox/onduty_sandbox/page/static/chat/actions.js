/** What one can do with a message: tap it, and answer, react, edit or delete. */

import { make } from "../drawing/dom.js";
import { drawnEmoji } from "./emoji.js";

const EMOJI = ["👍", "❤", "🔥", "🤔"];

/**
 * Opens below the message, closes with Escape or a second tap.
 * @param {HTMLElement} element the message
 * @param {any} message
 * @param {{reply: Function, react: Function, edit: Function, remove: Function}} acts
 * @param {string|undefined} mine the reaction that is set already
 */
export function openActions(element, message, acts, mine) {
  const isOpen = element.querySelector(".actions") !== null;
  closeActions(element.parentElement);
  if (isOpen) return;
  const then = (act, ...rest) => () => {
    closeActions(element.parentElement);
    act(message, ...rest);
  };
  const bar = make(
    "div.actions",
    { role: "toolbar", "aria-label": "Message" },
    make("button", { type: "button", onclick: then(acts.reply) }, "Reply"),
    ...EMOJI.map((emoji) =>
      make(
        "button.emoji",
        {
          type: "button",
          "aria-label": `React with ${emoji}`,
          "aria-pressed": String(mine === emoji),
          onclick: then(acts.react, mine === emoji ? null : emoji),
        },
        drawnEmoji(emoji),
      ),
    ),
    !message.from_bot && make("button", { type: "button", onclick: then(acts.edit) }, "Edit"),
    make("button", { type: "button", onclick: then(acts.remove) }, "Delete"),
  );
  bar.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    closeActions(element.parentElement);
    element.focus();
  });
  element.append(bar);
  bar.firstElementChild.focus({ preventScroll: true });
  bar.scrollIntoView({ block: "nearest" });
}

/** Close what is open among these messages. */
export function closeActions(list) {
  for (const open of list?.querySelectorAll(".actions") ?? []) open.remove();
}
