/** The steps of the first minute: what to do, where, and which of it is done. */

import { byId, flash, make, setText, sign } from "/page/drawing/dom.js";
import { memory } from "/page/drawing/memory.js";
import { showPart } from "/page/drawing/tabs.js";

const FOLDED = "steps";
const ROOMY = matchMedia("(min-width: 1000px) and (min-height: 720px)");

export class Steps {
  /**
   * @param {import("./desk.js").Desk} desk
   * @param {import("/page/phones/phones.js").Phones} phones
   * @param {import("./customers.js").Customers} customers
   */
  constructor(desk, phones, customers) {
    this.desk = desk;
    this.phones = phones;
    this.customers = customers;
    this.steps = [
      {
        key: "write",
        title: "Write as a customer",
        todo: () => "Under Customers, type a question to The Shop and press Enter.",
        show: () => this.customers.goTo(),
      },
      {
        key: "sign_in",
        title: "Sign an operator in",
        todo: () => `${this.newcomer()}, press “Start”, then “/on: go on duty”, then ${this.desk.phrase ? "“Send the secret phrase”" : "send your secret phrase"}.`,
        show: () => this.goToNewcomer(),
      },
      {
        key: "take",
        title: "Take it",
        todo: () => `The phones of all on duty have rung. On ${this.phoneOf(this.onDuty())}, press “I'll answer” below the question.`,
        show: () => this.goToPhone(this.onDuty()),
      },
      {
        key: "answer",
        title: "Answer",
        todo: () => `On ${this.phoneOf(this.taker())}, reply to the card with your answer, or open the link behind “Reply:” and write back.`,
        show: () => this.goToPhone(this.taker()),
      },
      {
        key: "close",
        title: "Close",
        todo: () => `All is said: on ${this.phoneOf(this.taker())}, press “Close”.`,
        show: () => this.goToPhone(this.taker()),
      },
    ];
    this.make();
  }

  make() {
    this.items = this.steps.map((step, index) => {
      const todo = make("p.todo");
      const tick = make("span.tick", { "aria-hidden": "true" }, String(index + 1));
      const state = make("span.unseen");
      const show = make("button.plain", { type: "button", onclick: () => step.show() }, "Show me");
      const head = make("p.step-title", {}, tick, make("strong", {}, step.title), state, show);
      return { element: make("li", {}, head, todo), tick, todo, state, show };
    });
    this.count = make("span.count");
    this.fold = make(
      "button.icon.fold",
      { type: "button", "aria-controls": "all-steps", onclick: () => this.setFolded(!this.isFolded, true) },
      sign("down"),
    );
    this.end = make("p.end", { hidden: true }, "That was all of it: the same happens on your team’s own phones. ", this.tryNext());
    this.list = make("ol", { id: "all-steps" }, ...this.items.map((it) => it.element));
    this.element = make("section.steps", { "aria-label": "The first minute", hidden: true }, this.count, this.list, this.end, this.fold);
    byId("main").before(this.element);
    this.setFolded(memory.get(FOLDED) ? memory.get(FOLDED) === "folded" : !ROOMY.matches);
    ROOMY.addEventListener("change", () => memory.get(FOLDED) || this.setFolded(!ROOMY.matches));
  }

  tryNext() {
    return make("button.plain", { type: "button", onclick: () => showPart("trouble") }, "Now see it in a storm");
  }

  setFolded(isFolded, byHand = false) {
    this.isFolded = isFolded;
    this.element.classList.toggle("folded", isFolded);
    this.fold.setAttribute("aria-expanded", String(!isFolded));
    this.fold.setAttribute("aria-label", isFolded ? "Show all steps" : "Show one step");
    if (byHand) memory.set(FOLDED, isFolded ? "folded" : "open");
  }

  show() {
    this.element.hidden = false;
    const done = this.desk.state.steps;
    const current = this.steps.findIndex(({ key }) => !(key in done));
    const count = this.steps.filter(({ key }) => key in done).length;
    setText(this.count, `${count} of ${this.steps.length} done`);
    this.items.forEach(({ element, tick, todo, state, show }, index) => {
      const step = this.steps[index];
      const isDone = step.key in done;
      if (isDone && element.className === "current") flash(element, "ticked");
      element.classList.toggle("done", isDone);
      element.classList.toggle("current", index === current);
      if (index === current) element.setAttribute("aria-current", "step");
      else element.removeAttribute("aria-current");
      setText(tick, isDone ? "✓" : String(index + 1));
      setText(state, isDone ? " (done)" : "");
      setText(todo, step.todo());
      show.hidden = index !== current;
    });
    this.end.hidden = current >= 0;
  }

  /** Phones by id whose owner is on duty, or is not. */
  those(isOnDuty) {
    return [...this.phones.world.phones.keys()].filter((id) => this.desk.isOnDuty(id) === isOnDuty);
  }

  newcomer() {
    const [id] = this.those(false);
    return id === undefined ? "Press “Add operator”; on the new phone" : `On ${this.phoneOf(id)}`;
  }

  goToNewcomer() {
    const [id] = this.those(false);
    if (id !== undefined) return this.goToPhone(id);
    showPart("phones");
    byId("add-person").focus();
  }

  /** Who is asked to take it: who signed in by hand, else anybody on duty. */
  onDuty() {
    const id = Number(this.desk.state.steps.sign_in);
    return this.desk.isOnDuty(id) ? id : this.those(true)[0];
  }

  taker() {
    return Number(this.desk.state.steps.take) || this.onDuty();
  }

  phoneOf(id) {
    const name = this.phones.world.phones.get(id)?.user.first_name;
    return name ? `${name}’s phone` : "a phone that is on duty";
  }

  goToPhone(id) {
    const view = this.phones.phone(id);
    if (!view) return showPart("phones");
    this.phones.goTo(view);
    view.history.toEnd();
    flash(view.element, "ringing");
  }
}
