/** Trouble can be folded away: then the phones have its room. */

import { byId } from "../drawing/dom.js";
import { memory } from "../drawing/memory.js";

const KEY = "trouble";

/** Fold and unfold it by its button; as it was left in this tab, at first as there is room. */
export function followOpener(shown) {
  const opener = byId("open-trouble");
  const set = (isOpen) => {
    document.body.dataset.trouble = isOpen ? "open" : "folded";
    opener.setAttribute("aria-expanded", String(isOpen));
    shown();
  };
  opener.addEventListener("click", () => {
    const isOpen = opener.getAttribute("aria-expanded") !== "true";
    memory.set(KEY, isOpen ? "open" : "folded");
    set(isOpen);
  });
  set(memory.get(KEY) === "open");
}
