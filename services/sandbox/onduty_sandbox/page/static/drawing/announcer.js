/** Tells a screen reader what came, not more often than it can be listened to. */

import { byId } from "./dom.js";

const EVERY_MS = 1500;

export class Announcer {
  constructor() {
    this.waiting = [];
    this.timer = 0;
  }

  say(name, text) {
    this.waiting.push(`${name}: ${text.slice(0, 140)}`);
    this.timer ||= setTimeout(() => this.speak(), EVERY_MS);
  }

  speak() {
    this.timer = 0;
    const { length } = this.waiting;
    byId("announcer").textContent = length > 2 ? `${length} new messages` : this.waiting.join(". ");
    this.waiting = [];
  }
}
