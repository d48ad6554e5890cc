/** A small team that works by itself: a switch beside the storm. */

import { byId, make } from "/page/drawing/dom.js";
import { makeSwitch } from "/page/drawing/switch.js";
import { tryTo } from "/page/world/api.js";

const HINT = "Four operators who take customers, answer, pass on, pause and close by themselves.";

export class Team {
  /** @param {import("./desk.js").Desk} desk */
  constructor(desk) {
    this.desk = desk;
    this.switch = makeSwitch("A small team at work", HINT, (on) => this.turn(on));
    this.element = make("div", { hidden: true }, this.switch.element);
    byId("rate").append(this.element);
  }

  async turn(on) {
    const done = await tryTo("POST", "backend/team", { on });
    await this.desk.look();
    return done;
  }

  show() {
    this.element.hidden = false;
    const { on, phase } = this.desk.state.team;
    this.switch.set(on);
    this.switch.say(phase || HINT);
  }
}
