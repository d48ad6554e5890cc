/** Start again: everything as it was in the beginning; asks first if something would be lost. */

import { byId, make, setText } from "/page/drawing/dom.js";
import { sorry, tryTo } from "/page/world/api.js";

const AT_FIRST = { customers: 1, phones: 3 };

export class Again {
  /** @param {import("./desk.js").Desk} desk */
  constructor(desk) {
    this.desk = desk;
    this.told = 0;
    this.button = make("button.quiet", { type: "button", id: "start-again", hidden: true, onclick: () => this.ask() }, "Start again");
    this.question = make("p");
    this.dialog = make(
      "dialog",
      { "aria-labelledby": "again-title" },
      make("h2", { id: "again-title" }, "Start again?"),
      this.question,
      make(
        "form.choices",
        { method: "dialog" },
        make("button.quiet", { value: "keep" }, "Keep everything"),
        make("button", { value: "again" }, "Clear and start again"),
      ),
    );
    this.dialog.addEventListener("close", () => this.dialog.returnValue === "again" && this.begin());
    byId("acts").prepend(this.button);
    document.body.append(this.dialog);
  }

  show() {
    const { under_way: underWay } = this.desk.state;
    const isAtIt = underWay.what === "again";
    this.button.hidden = false;
    this.button.disabled = isAtIt;
    setText(this.button, isAtIt ? "Starting again …" : "Start again");
    if (underWay.failed && underWay.number !== this.told) {
      this.told = underWay.number;
      sorry(new Error(underWay.failed));
    }
  }

  ask() {
    const lost = this.lost();
    if (!lost) {
      this.begin();
      return;
    }
    setText(this.question, `${lost} will be cleared, and all trouble ends.`);
    this.dialog.returnValue = "";
    this.dialog.showModal();
  }

  /** What would be lost, in words; nothing when all is as in the beginning. */
  lost() {
    const { steps, conversations } = this.desk.state;
    const phones = this.desk.phones.world.phones.size;
    const customers = conversations.length + this.desk.drafts.size;
    const isAtFirst = customers <= AT_FIRST.customers && phones <= AT_FIRST.phones && !Object.keys(steps).length;
    return isAtFirst ? "" : `The chats of ${counted(customers, "customer")} and ${counted(phones, "phone")}`;
  }

  begin() {
    return tryTo("POST", "backend/again").then(() => this.desk.look());
  }
}

function counted(count, word) {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}
