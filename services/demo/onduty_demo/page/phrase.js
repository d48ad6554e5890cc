/** The phrase with which operators sign in, where it is no secret; a click copies it. */

import { byId, make, setText } from "/page/drawing/dom.js";

const COPIED_MS = 1200;

export class Phrase {
  /** @param {import("./desk.js").Desk} desk */
  constructor(desk) {
    this.desk = desk;
    this.button = make("button", { type: "button", id: "copy-phrase", title: "Copy", onclick: () => this.copy() });
    this.element = make("p.phrase", { id: "phrase", hidden: true }, make("span", {}, "Secret phrase"), this.button);
    byId("line").before(this.element);
  }

  show() {
    this.element.hidden = this.desk.phrase === null;
    setText(this.button, this.desk.phrase ?? "");
  }

  async copy() {
    await navigator.clipboard.writeText(this.desk.phrase);
    setText(this.button, "Copied");
    setTimeout(() => this.show(), COPIED_MS);
  }
}
