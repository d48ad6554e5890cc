/** The phrases with which operators sign in, where they are no secret; a click copies one. */

import { byId, make, setText } from "/page/drawing/dom.js";
import { DEFAULT_GROUP } from "./desk.js";

const COPIED_MS = 1200;

export class Phrase {
  /** @param {import("./desk.js").Desk} desk */
  constructor(desk) {
    this.desk = desk;
    this.buttons = new Map();
    this.element = make("p.phrase", { id: "phrase", hidden: true });
    byId("line").before(this.element);
  }

  show() {
    const phrases = Object.entries(this.desk.phrases);
    this.element.hidden = phrases.length === 0;
    for (const [group, phrase] of phrases) setText(this.button(group), phrase);
  }

  /** The button of a group; made when it is first needed. */
  button(group) {
    let button = this.buttons.get(group);
    if (!button) {
      const isDefault = group === DEFAULT_GROUP;
      const label = isDefault ? "Secret phrase" : `of ${group}`;
      const id = isDefault ? "copy-phrase" : `copy-phrase-${group}`;
      button = make("button", { type: "button", id, title: "Copy", onclick: () => this.copy(group) });
      this.buttons.set(group, button);
      this.element.append(make("span.of", {}, make("span", {}, label), button));
    }
    return button;
  }

  async copy(group) {
    await navigator.clipboard.writeText(this.desk.phrases[group]);
    setText(this.button(group), "Copied");
    setTimeout(() => this.show(), COPIED_MS);
  }
}
