/** How many conversations wait before anything is sent: for a dispatcher, and for a permit. */

import { byId } from "/page/drawing/dom.js";
import { Stations } from "/page/trouble/stations.js";

export class Line {
  /** @param {import("./desk.js").Desk} desk */
  constructor(desk) {
    this.desk = desk;
    this.stations = new Stations([
      ["queued", "Queued", "Conversations that no dispatcher has looked at yet"],
      ["waiting", "Wait for a permit", "Cards that wait for their turn: 30 a second in all, one a second for each phone"],
    ]);
    this.stations.element.hidden = true;
    byId("strip").prepend(this.stations.element);
  }

  show() {
    this.stations.element.hidden = false;
    for (const key of ["queued", "waiting"]) this.stations.set(key, this.desk.state[key]);
  }
}
