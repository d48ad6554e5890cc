/** Numbers with their names in a row; one that changes shows it. */

import { flash, make, setText } from "../drawing/dom.js";

export class Stations {
  /** @param {[string, string, string, string?][]} stations of each the key, the name, what it means, and its colour */
  constructor(stations) {
    this.numbers = new Map();
    this.element = make("dl.stations", {}, ...stations.map((station) => this.station(...station)));
  }

  station(key, label, title, kind = "") {
    const number = make("dd", {}, "0");
    const element = make(`div.station${kind && `.${kind}`}`, { title }, make("dt", {}, label), number);
    this.numbers.set(key, { number, element });
    return element;
  }

  set(key, value) {
    const { number, element } = this.numbers.get(key);
    if (number.textContent === String(value)) return;
    setText(number, String(value));
    element.classList.toggle("some", value > 0);
    flash(element, "beat");
  }
}
