/** Where one writes: a field that sends with Enter, and a line above it that says what it answers. */

import { make, sign } from "../drawing/dom.js";
import { memory } from "../drawing/memory.js";

/**
 * @param {{label: string, send: (text: string) => Promise<unknown>, before?: Node[], keep?: string}} options
 *   `keep` names what is typed here, so that it is still there when the page is loaded again
 */
export function makeComposer({ label, send, before = [], keep = "" }) {
  const field = make("textarea", { rows: 1, "aria-label": label, placeholder: "Message", maxLength: 4096, dir: "auto" });
  const aboutText = make("span", { dir: "auto" });
  const about = make(
    "div.about",
    { hidden: true },
    aboutText,
    make("button.icon", { type: "button", "aria-label": "Cancel", onclick: () => clear() }, sign("close")),
  );
  const chips = make("div.chips", { hidden: true });
  const form = make(
    "form.composer",
    { onsubmit: submit },
    ...before,
    field,
    make("button.icon.send", { type: "submit", "aria-label": "Send" }, sign("send")),
  );
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) submit(event);
    if (event.key === "Escape") clear();
  });

  function clear() {
    about.hidden = true;
    composer.subject = null;
  }

  async function submit(event) {
    event.preventDefault();
    const text = field.value;
    if (!text.trim()) return;
    const wasKept = kept;
    field.value = "";
    remember();
    const sent = await send(text, composer.subject);
    if (sent !== undefined) clear();
    else if (kept === wasKept) field.value = text;
    else memory.set(wasKept, text);
    remember();
  }

  let kept = "";
  const remember = () => kept && memory.set(kept, field.value);
  field.addEventListener("input", remember);

  const composer = {
    element: make("div.writing", {}, about, chips, form),
    field,
    form,
    chips,
    /** @type {{kind: "reply"|"edit", id: number}|null} what the text is about */
    subject: null,
    /** From now on one types under this name: what was typed under it before is back. */
    keep(name) {
      if (name === kept) return;
      kept = name;
      field.value = memory.get(name);
    },
    /** The next text is about nothing else. */
    clear,
    /** Say what the next text is about, and be ready for it. */
    turnTo(subject, text) {
      composer.subject = subject;
      aboutText.textContent = `${subject.kind === "edit" ? "Editing" : "Replying to"}: ${text.slice(0, 120)}`;
      about.hidden = false;
      if (subject.kind === "edit") field.value = text;
      field.focus();
    },
  };
  if (keep) composer.keep(keep);
  return composer;
}
