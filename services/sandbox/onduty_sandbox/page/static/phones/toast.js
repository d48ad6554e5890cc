/** What the bot says to a tap: for a moment, or until one has read it. */

import { make } from "../drawing/dom.js";

const TOAST_MS = 4000;

/** @param {() => void} left an alert was read: the focus belongs to the chat again */
export function makeToast(left) {
  const element = make("div.toast", { role: "status" });
  let ends = 0;

  function hide() {
    element.replaceChildren();
    if (element.classList.replace("alert", "toast")) left();
  }

  function say({ text, show_alert: isAlert }) {
    if (!text) return;
    clearTimeout(ends);
    element.classList.toggle("alert", isAlert);
    element.replaceChildren(make("p", { dir: "auto" }, text));
    if (!isAlert) {
      ends = setTimeout(hide, TOAST_MS);
      return;
    }
    const leave = (event) => event.key === "Escape" && hide();
    const button = make("button", { type: "button", onclick: hide, onkeydown: leave }, "OK");
    element.append(button);
    button.focus();
  }

  return { element, say };
}
