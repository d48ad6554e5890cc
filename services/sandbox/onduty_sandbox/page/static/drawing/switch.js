/** A switch for the trouble panel. */

import { make, setText } from "./dom.js";

/** A switch that shows what is, not what was asked for. */
export function makeSwitch(label, hint, turn) {
  let isBusy = false;
  const words = make("small", {}, hint);
  const button = make(
    "button.switch",
    {
      type: "button",
      role: "switch",
      "aria-checked": "false",
      async onclick() {
        isBusy = true;
        const wanted = button.getAttribute("aria-checked") !== "true";
        button.setAttribute("aria-checked", String(wanted));
        const done = await turn(wanted);
        isBusy = false;
        if (done === undefined) button.setAttribute("aria-checked", String(!wanted));
      },
    },
    make("span.words", {}, make("span", {}, label), words),
    make("span.knob", { "aria-hidden": "true" }),
  );
  return {
    element: button,
    /** Say what stands below the label. */
    say(text) {
      setText(words, text);
    },
    set(on) {
      if (!isBusy) button.setAttribute("aria-checked", String(Boolean(on)));
    },
  };
}
