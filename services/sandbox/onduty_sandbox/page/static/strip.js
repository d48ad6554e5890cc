/** The way of a message in one line: how many are where, and what the last call met. */

import { isPage } from "./calls.js";
import { byId, make, setText } from "./dom.js";
import { flash } from "./history.js";

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
   * @param {import("./world.js").World} world
   * @param {import("./desk.js").Desk} desk
   * @param {import("./calls.js").Calls} calls
   */
  constructor(world, desk, calls) {
    this.world = world;
    this.desk = desk;
    this.calls = calls;
    this.numbers = new Map();
    const station = (key, label, title, kind = "") => {
      const number = make("dd", {}, "0");
      const element = make(`div.station${kind && `.${kind}`}`, { title }, make("dt", {}, label), number);
      this.numbers.set(key, { number, element });
      return element;
    };
    this.fromDesk = make(
      "dl.stations",
      { hidden: true },
      station("queued", "Queued", "Conversations that no dispatcher has looked at yet"),
      station("waiting", "Waiting for a permit", "Cards that wait for their turn: 30 a second in all, one a second for each phone"),
    );
    byId("strip").append(
      this.fromDesk,
      make(
        "dl.stations",
        {},
        station("sent", "Sent", "Messages and edits that were taken in the last minute", "good"),
        station("refused", "429", "Refused in the last minute: too much at once", "slow"),
        station("failed", "Failed", "In the last minute: cut connections, 5xx, blocked", "bad"),
        station("retried", "Retried", "Sent in the last minute after it was refused or failed", "good"),
      ),
      (this.last = make("p.last")),
    );
  }

  show() {
    const { state } = this.desk;
    this.fromDesk.hidden = state === null;
    this.set("queued", state?.queued ?? 0);
    this.set("waiting", state?.waiting ?? 0);
    for (const key of ["sent", "refused", "failed", "retried"]) this.set(key, this.calls.count(key));
    const { last } = this.calls;
    const who = this.world.phones.get(last?.chat_id)?.user.first_name ?? "somebody";
    const how = last && isPage(last) ? "a proxy’s page instead of an answer" : WORDS[last?.status] ?? last?.description ?? last?.status;
    setText(this.last, last ? `${last.method} to ${who}: ${how}` : "Numbers are of the last minute");
  }

  set(key, value) {
    const { number, element } = this.numbers.get(key);
    if (number.textContent === String(value)) return;
    setText(number, String(value));
    element.classList.toggle("some", value > 0);
    flash(element, "beat");
  }
}
