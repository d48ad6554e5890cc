/** The way of a message in numbers: how many are where, and what the last call met. */

import { isPage } from "./calls.js";
import { byId, make, setText } from "../drawing/dom.js";
import { Stations } from "./stations.js";

const WORDS = {
  0: "connection cut",
  200: "sent",
  401: "401, the token is refused",
  403: "blocked",
  429: "429, waits and tries again",
  500: "500, tries again",
  502: "502, tries again",
};

export class Strip {
  /**
   * @param {import("../world/world.js").World} world
   * @param {import("./calls.js").Calls} calls
   */
  constructor(world, calls) {
    this.world = world;
    this.calls = calls;
    this.stations = new Stations([
      ["sent", "Sent", "Messages and edits that were taken in the last minute", "good"],
      ["refused", "429", "Refused in the last minute: too much at once", "slow"],
      ["failed", "Failed", "In the last minute: cut connections, 5xx, blocked", "bad"],
      ["retried", "Retried", "Sent in the last minute after it was refused or failed", "good"],
    ]);
    this.last = make("p.last");
    byId("strip").append(this.stations.element, this.last);
  }

  show() {
    for (const key of ["sent", "refused", "failed", "retried"]) this.stations.set(key, this.calls.count(key));
    const { last } = this.calls;
    const who = this.world.phones.get(last?.chat_id)?.user.first_name ?? "somebody";
    const how = last && isPage(last) ? "a proxy’s page instead of an answer" : WORDS[last?.status] ?? last?.description ?? last?.status;
    setText(this.last, last ? `Last: ${last.method} to ${who}: ${how}` : "Numbers are of the last minute");
  }
}
