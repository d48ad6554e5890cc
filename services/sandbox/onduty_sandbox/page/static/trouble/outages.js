/** Troubles that last: Telegram is away, somebody else answers, the token is refused, strangers. */

import { tryTo } from "../world/api.js";
import { make } from "../drawing/dom.js";
import { makeSwitch } from "../drawing/switch.js";

const OUTAGES = [
  ["refuse", "Telegram is away", "Nobody answers; what waits goes out when it is back"],
  ["hang", "Telegram is silent", "It takes messages and says nothing"],
];
const EXACT = [
  ["page", "A proxy answers instead", "With a page of its own, 502"],
  ["401", "The token is refused", "As after a rotation"],
];
const TIMES = [[10, "10 s"], [20, "20 s"], [30, "30 s"], [70, "70 s"], ["", "until switched off"]];
const USUAL_S = "30";
const STRANGERS = 50;
const STRANGERS_EVERY_S = 3;
const STRANGERS_HINT = `People whom the bot does not know, each every ${STRANGERS_EVERY_S} s`;
// Of the sandbox; nobody watches a page for so long.
const LONGEST_STRANGERS_S = 3600;
const TICK_MS = 500;

export class Outages {
  /** @param {import("../world/world.js").World} world */
  constructor(world) {
    this.world = world;
    this.duration = make(
      "select",
      {},
      ...TIMES.map(([value, label]) => make("option", { value: String(value) }, label)),
    );
    this.duration.value = USUAL_S;
    this.switches = new Map(
      [...OUTAGES, ...EXACT].map(([kind, label, hint]) => [kind, makeSwitch(label, hint, (on) => this.turn(kind, on))]),
    );
    this.strangers = makeSwitch(`${STRANGERS} strangers write`, STRANGERS_HINT, (on) => this.turnStrangers(on));
    const elements = (outages) => outages.map(([kind]) => this.switches.get(kind).element);
    this.element = make(
      "div.tool.outages",
      { role: "group", "aria-label": "Outages" },
      make("label.field", {}, make("span", {}, "Lasting"), this.duration),
      ...elements(OUTAGES),
      this.strangers.element,
    );
    /** Those that only an engineer knows apart. */
    this.exact = elements(EXACT);
    setInterval(() => this.show(), TICK_MS);
  }

  /** Whether this fault is one that a switch here stands for. */
  shows(fault) {
    return fault.times === null && fault.method === "*" && fault.chat_id === null && this.switches.has(fault.kind);
  }

  async turn(kind, on) {
    if (on) {
      return tryTo("POST", "control/faults", { kind, times: null, for_s: this.seconds() });
    }
    for (const fault of this.world.faults.filter((it) => it.kind === kind && this.shows(it))) {
      await tryTo("DELETE", `control/faults/${fault.id}`);
    }
    return {};
  }

  turnStrangers(on) {
    if (!on) return tryTo("DELETE", "control/strangers");
    const for_s = this.seconds() ?? LONGEST_STRANGERS_S;
    return tryTo("POST", "control/strangers", { count: STRANGERS, every_s: STRANGERS_EVERY_S, for_s });
  }

  seconds() {
    return this.duration.value ? Number(this.duration.value) : null;
  }

  /** Show which of them last, and for how long they still do. */
  show() {
    for (const [kind, , hint] of [...OUTAGES, ...EXACT]) {
      const fault = this.world.faults.find((it) => it.kind === kind && this.shows(it));
      const shown = this.switches.get(kind);
      shown.set(fault !== undefined);
      shown.say(fault ? left(fault.ends_at) : hint);
    }
    const { writing, ends_at } = this.world.strangers;
    this.strangers.set(writing);
    this.strangers.say(writing ? left(ends_at) : STRANGERS_HINT);
  }
}

function left(endsAt) {
  if (endsAt === null) return "Until switched off";
  return `${Math.max(0, Math.ceil(endsAt - Date.now() / 1000))} s left`;
}
