/** A chat's messages, drawn one by one and kept in their order. */

import { flash, make, sign } from "../drawing/dom.js";
import { soon } from "../drawing/frame.js";

const MOST_DRAWN = 300;
const FAR_PX = 120;

export class History {
  /**
   * @param {string} label
   * @param {(id: any) => HTMLElement|null} draw the message as it is now; null when it is gone
   */
  constructor(label, draw) {
    this.draw = draw;
    this.drawn = new Map();
    this.waiting = new Set();
    this.list = make("div.list");
    // A reversed column: it stays at its end by itself when something is added.
    this.scroll = make("div.scroll", { tabIndex: 0, role: "log", "aria-live": "off", "aria-label": label }, this.list);
    this.newest = make(
      "button.newest",
      { type: "button", hidden: true, "aria-label": "To the newest message", onclick: () => this.toEnd() },
      sign("down"),
    );
    this.element = make("div.history", {}, this.scroll, this.newest);
    this.scroll.addEventListener("scroll", () => {
      const isAtEnd = this.scroll.scrollTop > -FAR_PX;
      if (this.newest.hidden !== isAtEnd) this.newest.hidden = isAtEnd;
    }, { passive: true });
    this.scroll.addEventListener("keydown", (event) => this.walk(event));
    // Tab goes on to where one writes, not through every link of the chat: only the message that has
    // the focus lets it in.
    this.list.addEventListener("focusin", (event) => letIn(event.target.closest(".message"), true));
    this.list.addEventListener("focusout", (event) => {
      const left = event.target.closest(".message");
      if (!left?.contains(event.relatedTarget)) letIn(left, false);
    });
  }

  /** Draw this message soon: it is new, different or gone. */
  changed(id) {
    if (this.waiting.has(id)) return;
    this.waiting.add(id);
    soon(() => {
      this.waiting.delete(id);
      this.place(id);
    });
  }

  /** Draw these and no others. */
  show(ids) {
    const wanted = new Set(ids);
    for (const id of this.drawn.keys()) if (!wanted.has(id)) this.changed(id);
    for (const id of ids) this.changed(id);
  }

  /** Show nothing, at once: another chat follows. */
  clear() {
    this.list.replaceChildren();
    this.drawn.clear();
    this.toEnd();
  }

  toEnd() {
    this.scroll.scrollTop = 0;
  }

  /** Bring a message into view and show which it is. */
  jump(id) {
    const element = this.drawn.get(id);
    if (!element) return;
    element.scrollIntoView({ block: "center" });
    element.focus({ preventScroll: true });
    flash(element, "found");
  }

  place(id) {
    const before = this.drawn.get(id);
    const element = this.draw(id);
    letIn(element, false);
    if (element === null) {
      this.drawn.delete(id);
      if (before) leave(before);
      return;
    }
    if (before && before.dataset.version === element.dataset.version) return;
    this.drawn.set(id, element);
    if (before) {
      const hadFocus = before.contains(document.activeElement);
      before.replaceWith(element);
      if (hadFocus) element.focus({ preventScroll: true });
      flash(element, "changed");
      return;
    }
    let next = null;
    for (let last = this.list.lastElementChild; last && isAfter(last, element); last = last.previousElementSibling) {
      next = last;
    }
    this.list.insertBefore(element, next);
    while (this.list.childElementCount > MOST_DRAWN) {
      const oldest = this.list.firstElementChild;
      this.drawn.delete(Number(oldest.dataset.id));
      oldest.remove();
    }
  }

  /** Arrows go from message to message. */
  walk(event) {
    const step = { ArrowUp: "previousElementSibling", ArrowDown: "nextElementSibling" }[event.key];
    if (!step || event.target.closest("textarea, select")) return;
    const here = event.target.closest(".message");
    const there = here ? here[step] : this.list.lastElementChild;
    if (!there) return;
    event.preventDefault();
    there.focus();
  }
}

/** Whether Tab stops at the links and buttons of this message. */
function letIn(message, isOpen) {
  for (const control of message?.querySelectorAll("a, button, [role=button]") ?? []) control.tabIndex = isOpen ? 0 : -1;
}

function isAfter(element, other) {
  return Number(element.dataset.order ?? element.dataset.id) > Number(other.dataset.order ?? other.dataset.id);
}

function leave(element) {
  element.classList.add("leaving");
  element.inert = true;
  setTimeout(() => element.remove(), 220);
}
