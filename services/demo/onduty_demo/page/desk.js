/** The chat backend behind the page: its customers, and what it knows of the desk. */

import { ask } from "/page/world/api.js";

const EVERY_MS = 400;
const HIDDEN_EVERY_MS = 3000;

export class Desk {
  constructor() {
    this.state = null;
    this.chosen = new URLSearchParams(location.search).get("chat") ?? "";
    this.drafts = new Map();
    this.heard = () => {};
    this.last = "";
    this.isAbsent = false;
  }

  /** Whether there is a backend at all. */
  get isThere() {
    return this.state !== null;
  }

  /** The phrase with which operators sign in, if it is no secret here. */
  get phrase() {
    return this.state?.phrase ?? null;
  }

  isOnDuty(id) {
    return this.state?.on_duty.includes(id) ?? false;
  }

  /** Look at another conversation; one that is new has a name but no line yet. */
  choose(id) {
    this.chosen = id;
    this.look();
  }

  /** Look now, and again and again; where there is no backend, only once. */
  async follow() {
    await this.look();
    if (this.isAbsent) return;
    setTimeout(() => this.follow(), document.hidden ? HIDDEN_EVERY_MS : EVERY_MS);
  }

  async look() {
    const wanted = this.drafts.has(this.chosen) ? "" : this.chosen;
    let state;
    try {
      state = await ask("GET", `backend/state?conversation=${encodeURIComponent(wanted)}`);
    } catch (error) {
      this.isAbsent = error.status === 404;
      return;
    }
    for (const { id } of state.conversations) this.drafts.delete(id);
    this.chosen ||= state.conversation;
    const text = JSON.stringify([state, this.chosen]);
    if (text === this.last) return;
    this.last = text;
    this.state = state;
    this.heard();
  }
}
