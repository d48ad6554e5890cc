/** What the demo adds to the sandbox's page: customers, the desk's numbers, who is on duty. */

import { byId, make, setText } from "/page/drawing/dom.js";
import { soon } from "/page/drawing/frame.js";
import { Busy } from "./busy.js";
import { Customers } from "./customers.js";
import { Desk } from "./desk.js";
import { tellDuty } from "./duty.js";
import { Line } from "./line.js";
import { Phrase } from "./phrase.js";

/**
 * The sandbox's page calls this once.
 * @param {{phones: import("/page/phones/phones.js").Phones}} page
 */
export function join({ phones }) {
  document.head.append(make("link", { rel: "stylesheet", href: "/parts/customers.css" }));
  callThemOperators();
  const desk = new Desk();
  const parts = [new Customers(desk), new Line(desk), new Busy(desk), new Phrase(desk)];
  tellDuty(desk, phones.more);
  desk.heard = () => {
    for (const part of parts) part.show();
    soon(() => phones.showHeads());
  };
  desk.follow();
}

/** Whoever has a phone here works at the desk. */
function callThemOperators() {
  setText(byId("phones-title"), "Operators’ phones");
  setText(byId("add-person"), "Add operator");
  setText(byId("nobody").querySelector("button"), "Add an operator");
  byId("people").setAttribute("aria-label", "Operators");
}
