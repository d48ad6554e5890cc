/** What the demo adds to the sandbox's page: customers, steps, a storm, who is on duty. */

import { byId, make, setText } from "/page/drawing/dom.js";
import { soon } from "/page/drawing/frame.js";
import { Again } from "./again.js";
import { Customers } from "./customers.js";
import { Desk } from "./desk.js";
import { tellDuty } from "./duty.js";
import { Line } from "./line.js";
import { Phrase } from "./phrase.js";
import { Steps } from "./steps.js";
import { Storm } from "./storm.js";
import { Team } from "./team.js";

// A narrow page shows what stands in it alone.
const PROMISE = ["Customers write", " in your app", ", your ", "team’s ", "phones ring in Telegram", ", one tap takes it", "."];

/**
 * The sandbox's page calls this once.
 * @param {{phones: import("/page/phones/phones.js").Phones}} page
 */
export function join({ phones }) {
  for (const href of ["/parts/customers.css", "/parts/steps.css"]) {
    document.head.append(make("link", { rel: "stylesheet", href }));
  }
  sayWhatItIs();
  const desk = new Desk(phones);
  const customers = new Customers(desk);
  const steps = new Steps(desk, phones, customers);
  const parts = [customers, steps, new Line(desk), new Storm(desk), new Team(desk), new Again(desk), new Phrase(desk)];
  tellDuty(desk, phones.more);
  desk.heard = () => {
    for (const part of parts) part.show();
    soon(() => phones.showHeads());
  };
  desk.startedAgain = () => {
    for (const field of document.querySelectorAll(".composer textarea")) field.value = "";
    byId("row").scrollLeft = 0;
  };
  desk.follow();
}

/** What Onduty is; whoever has a phone here works at the desk. */
function sayWhatItIs() {
  document.title = "Onduty";
  setText(byId("title"), "Onduty");
  const rehearsal = byId("claim").textContent;
  const promise = PROMISE.map((part, index) => make(index % 2 ? "span.roomy" : "span", {}, part));
  byId("claim").replaceChildren(make("strong", {}, ...promise), " ", make("span.roomy", {}, rehearsal));
  setText(byId("phones-title"), "Operators’ phones");
  setText(byId("add-person"), "Add operator");
  setText(byId("nobody").querySelector("button"), "Add an operator");
  byId("people").setAttribute("aria-label", "Operators");
}
