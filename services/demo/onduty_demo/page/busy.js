/** A desk with something to do: a burst of messages, more operators, dispatchers that are stopped. */

import { byId, make } from "/page/drawing/dom.js";
import { makeSwitch } from "/page/drawing/switch.js";
import { tryTo } from "/page/world/api.js";

const CROWD = 30;

export class Busy {
  /** @param {import("./desk.js").Desk} desk */
  constructor(desk) {
    this.desk = desk;
    this.dispatchers = new Map();
    this.switches = make("div.tool", { hidden: true, role: "group", "aria-label": "Dispatchers" });
    this.crowd = make(
      "button.quiet",
      { type: "button", onclick: () => tryTo("POST", "backend/operators", { count: CROWD }) },
      `${CROWD} more operators`,
    );
    this.pair = make(
      "div.pair",
      { hidden: true },
      make(
        "button",
        { type: "button", title: "200 messages of 20 customers at once", onclick: () => tryTo("POST", "backend/burst") },
        "Burst of 200",
      ),
      this.crowd,
    );
    byId("rate").append(this.pair);
    byId("rate").after(this.switches);
  }

  show() {
    this.pair.hidden = false;
    this.switches.hidden = false;
    this.crowd.hidden = this.desk.phrase === null;
    for (const [name, on] of Object.entries(this.desk.state.dispatchers)) this.showDispatcher(name, on);
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
