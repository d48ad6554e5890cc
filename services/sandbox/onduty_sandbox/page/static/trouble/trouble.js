/** Making trouble: in the words of people first, in those of the Bot API behind a fold. */

import { byId, make } from "../drawing/dom.js";
import { makeSwitch } from "../drawing/switch.js";
import { tryTo } from "../world/api.js";
import { Breaks } from "./breaks.js";
import { Outages } from "./outages.js";

const LATENCIES = [[0, "at once"], [0.2, "0.2 s late"], [1, "1 s late"], [3, "3 s late"]];

export class Trouble {
  /**
   * @param {import("../world/world.js").World} world
   * @param {import("./plot.js").Plot} plot
   */
  constructor(world, plot) {
    this.world = world;
    this.limits = makeSwitch("Telegram’s limits", "30 messages a second, one a second for each phone", (on) =>
      tryTo("PUT", "control/limits", { enabled: on }),
    );
    this.latency = make(
      "select",
      { onchange: () => tryTo("PUT", "control/latency", { latency_s: Number(this.latency.value) }) },
      ...LATENCIES.map(([value, label]) => make("option", { value: String(value) }, label)),
    );
    this.outages = new Outages(world);
    this.breaks = new Breaks(world, this.outages);
    const late = make("label.field", {}, make("span", {}, "Telegram answers"), this.latency);
    this.outages.element.append(late);
    byId("tools").append(
      make("div.tool", { id: "rate" }, plot.element),
      this.outages.element,
      make(
        "details.tool.exact",
        { id: "exact" },
        make("summary", {}, "Exact errors and numbers"),
        make("section.strip", { id: "strip", "aria-label": "What became of messages" }),
        this.limits.element,
        ...this.outages.exact,
        this.breaks.element,
      ),
    );
  }

  /** Show how the sandbox behaves today. */
  show() {
    this.limits.set(this.world.limits.enabled);
    this.showLatency(String(this.world.latency));
    this.outages.show();
    this.breaks.show();
  }

  showLatency(value) {
    if (document.activeElement === this.latency) return;
    if (![...this.latency.options].some((option) => option.value === value)) {
      this.latency.append(make("option", { value }, `${value} s late`));
    }
    this.latency.value = value;
  }
}
