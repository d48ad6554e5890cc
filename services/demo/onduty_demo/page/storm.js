/** A storm: enough operators to reach Telegram's limit, then many customers at once. */

import { byId, make, setText } from "/page/drawing/dom.js";
import { makeSwitch } from "/page/drawing/switch.js";
import { tryTo } from "/page/world/api.js";

const HINT = "More operators sign in, then 20 customers write 200 messages at once.";

export class Storm {
  /** @param {import("./desk.js").Desk} desk */
  constructor(desk) {
    this.desk = desk;
    this.dispatchers = new Map();
    this.button = make("button.quiet", { type: "button", onclick: () => this.begin() }, "Let a storm come");
    this.hint = make("p.hint", { role: "status" }, HINT);
    this.element = make("div.storm", { hidden: true }, this.button, this.hint);
    byId("rate").append(this.element);
    this.switches = make("div", { hidden: true, role: "group", "aria-label": "Dispatchers" });
    byId("strip").after(this.switches);
  }

  begin() {
    return tryTo("POST", "backend/storm").then(() => this.desk.look());
  }

  show() {
    this.element.hidden = false;
    this.switches.hidden = false;
    const { under_way: underWay, waiting, queued, on_duty: onDuty } = this.desk.state;
    this.button.disabled = underWay.what !== null;
    setText(this.hint, this.words(underWay, waiting + queued, onDuty.length));
    for (const [name, on] of Object.entries(this.desk.state.dispatchers)) this.showDispatcher(name, on);
  }

  words(underWay, waiting, operators) {
    if (underWay.what === "storm") return underWay.phase;
    if (waiting > operators) return `${waiting} cards still wait for their turn, the most urgent first.`;
    return HINT;
  }

  showDispatcher(name, on) {
    let found = this.dispatchers.get(name);
    if (!found) {
      found = makeSwitch(name, "", (wanted) => tryTo("POST", `backend/dispatchers/${name}`, { on: wanted }));
      this.dispatchers.set(name, found);
      this.switches.append(found.element);
    }
    found.set(on);
  }
}
