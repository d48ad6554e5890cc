/** What the next messages meet: an answer of the Bot API, or a connection that is cut. */

import { make, setText } from "../drawing/dom.js";
import { tryTo } from "../world/api.js";

const FAULTS = [
  ["429", "429", "Too many requests, retry after 2 seconds"],
  ["500", "500", "Internal server error"],
  ["502", "502", "Bad gateway"],
  ["cut_before", "Cut", "The connection is cut before the message is taken"],
  ["cut_after", "Cut late", "The message is taken, then the connection is cut without an answer"],
  ["page", "Page", "A proxy’s page comes instead of Telegram’s answer"],
];

export class Breaks {
  /**
   * @param {import("../world/world.js").World} world
   * @param {import("./outages.js").Outages} outages
   */
  constructor(world, outages) {
    this.world = world;
    this.outages = outages;
    this.times = make(
      "select",
      {},
      make("option", { value: "1" }, "the next message"),
      make("option", { value: "5" }, "the next five"),
      make("option", { value: "" }, "all until cleared"),
    );
    this.waiting = make("p.hint");
    this.clear = make("button.quiet", { type: "button", hidden: true, onclick: () => this.clearAll() }, "Clear");
    this.element = make(
      "div.breaks",
      { role: "group", "aria-label": "Break messages" },
      make("label.field", {}, make("span", {}, "Break"), this.times),
      make(
        "div.faults",
        {},
        ...FAULTS.map(([kind, label, title]) =>
          make("button.quiet", { type: "button", title, onclick: () => this.fault(kind) }, label),
        ),
      ),
      make("div.field", {}, this.waiting, this.clear),
    );
  }

  fault(kind) {
    return tryTo("POST", "control/faults", {
      kind,
      method: "sendMessage",
      times: this.times.value ? Number(this.times.value) : null,
      retry_after: 2,
    });
  }

  /** The faults that wait for messages; the others have switches. */
  those() {
    return this.world.faults.filter((fault) => !this.outages.shows(fault));
  }

  async clearAll() {
    for (const fault of this.those()) await tryTo("DELETE", `control/faults/${fault.id}`);
  }

  show() {
    const waiting = this.those().map(({ kind, times }) => `${kind.replaceAll("_", " ")} × ${times ?? "∞"}`);
    setText(this.waiting, waiting.length ? `Waiting: ${waiting.join(", ")}` : "No trouble waits.");
    this.clear.hidden = waiting.length === 0;
  }
}
