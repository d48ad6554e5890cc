/** Making trouble: limits, latency, refusals, outages, strangers. */

import { tryTo } from "../world/api.js";
import { byId, make, setText } from "../drawing/dom.js";
import { Outages } from "./outages.js";
import { makeSwitch } from "../drawing/switch.js";

const FAULTS = [
  ["429", "429", "Too many requests, retry after 2 seconds"],
  ["500", "500", "Internal server error"],
  ["502", "502", "Bad gateway"],
  ["cut_before", "Cut", "The connection is cut before the message is taken"],
  ["cut_after", "Cut late", "The message is taken, then the connection is cut without an answer"],
  ["page", "Page", "A proxy’s page comes instead of Telegram’s answer"],
];
const LATENCIES = [[0, "None"], [0.2, "0.2 s"], [1, "1 s"], [3, "3 s"]];

export class Trouble {
  /**
   * @param {import("../world/world.js").World} world
   * @param {import("./plot.js").Plot} plot
   */
  constructor(world, plot) {
    this.world = world;
    this.limits = makeSwitch("Telegram’s limits", "30 a second, 1 a second for each phone", (on) =>
      tryTo("PUT", "control/limits", { enabled: on }),
    );
    this.latency = make(
      "select",
      { onchange: () => tryTo("PUT", "control/latency", { latency_s: Number(this.latency.value) }) },
      ...LATENCIES.map(([value, label]) => make("option", { value: String(value) }, label)),
    );
    this.times = make(
      "select",
      {},
      make("option", { value: "1" }, "the next message"),
      make("option", { value: "5" }, "the next five"),
      make("option", { value: "" }, "all until cleared"),
    );
    this.outages = new Outages(world);
    this.waiting = make("p.hint");
    this.clear = make("button.quiet", { type: "button", hidden: true, onclick: () => this.clearBrief() }, "Clear");
    byId("tools").append(
      make("div.tool", { id: "rate" }, plot.element),
      make(
        "div.tool",
        {},
        this.limits.element,
        make("label.field", {}, make("span", {}, "Answers late by"), this.latency),
      ),
      make(
        "div.tool",
        {},
        make("label.field", {}, make("span", {}, "Break"), this.times),
        make(
          "div.faults",
          {},
          ...FAULTS.map(([kind, label, title]) => make("button", { type: "button", title, onclick: () => this.fault(kind) }, label)),
        ),
        make("div.field", {}, this.waiting, this.clear),
      ),
      this.outages.element,
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
  brief() {
    return this.world.faults.filter((fault) => !this.outages.shows(fault));
  }

  async clearBrief() {
    for (const fault of this.brief()) await tryTo("DELETE", `control/faults/${fault.id}`);
  }

  /** Show how the sandbox behaves today. */
  show() {
    this.limits.set(this.world.limits.enabled);
    this.showLatency(String(this.world.latency));
    this.outages.show();
    const waiting = this.brief().map(({ kind, times }) => `${kind.replaceAll("_", " ")} × ${times ?? "∞"}`);
    setText(this.waiting, waiting.length ? `Waiting: ${waiting.join(", ")}` : "No trouble waits.");
    this.clear.hidden = waiting.length === 0;
  }

  showLatency(value) {
    if (document.activeElement === this.latency) return;
    if (![...this.latency.options].some((option) => option.value === value)) {
      this.latency.append(make("option", { value }, `${value} s`));
    }
    this.latency.value = value;
  }
}
