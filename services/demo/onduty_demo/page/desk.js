/** The chat backend behind the page: its customers, and what it knows of the desk. */

import { memory } from "/page/drawing/memory.js";
import { ask } from "/page/world/api.js";

export const DEFAULT_GROUP = "support";
const EVERY_MS = 400;
const HIDDEN_EVERY_MS = 3000;
const SOON_MS = 100;
const CHOSEN = "chosen customer";
const DRAFTS = "customers who have not written yet";
const RUN = "run";
const MOST_PHONES = 100;

export class Desk {
  /** @param {import("/page/phones/phones.js").Phones} phones */
  constructor(phones) {
    this.phones = phones;
    this.state = null;
    this.chosen = new URLSearchParams(location.search).get("chat") ?? memory.get(CHOSEN);
    /** Customers who have not written yet: id, name and group. */
    this.drafts = new Map(JSON.parse(memory.get(DRAFTS) || "[]"));
    this.heard = () => {};
    this.last = "";
    this.isAbsent = false;
    this.unsure = new Set();
    this.looking = null;
  }

  /** Whether there is a backend at all. */
  get isThere() {
    return this.state !== null;
  }

  /** The phrase with which operators sign in, if it is no secret here. */
  get phrase() {
    return this.phrases[DEFAULT_GROUP] ?? null;
  }

  /** The phrases that are no secret here, by group. */
  get phrases() {
    return this.state?.phrases ?? {};
  }

  /** The groups, support first. */
  get groups() {
    return Object.keys(this.state?.groups ?? {});
  }

  groupsOf(id) {
    return this.groups.filter((group) => this.state.groups[group].includes(id));
  }

  isPaused(id) {
    return this.state?.paused.includes(id) ?? false;
  }

  isOnDuty(id) {
    return this.state?.on_duty.includes(id) ?? false;
  }

  isSigningIn(id) {
    return this.state?.signing_in.includes(id) ?? false;
  }

  /** Whether what is known of this phone may be old: something has happened there since. */
  isUnsureOf(id) {
    return this.unsure.has(id);
  }

  /** Something has happened on this phone: the desk may know more of its owner. */
  happenedOn(id) {
    this.unsure.add(id);
    this.asked ||= setTimeout(() => {
      this.asked = 0;
      this.look();
    }, SOON_MS);
  }

  /** Look at another conversation; one that is new has a name but no line yet. */
  choose(id) {
    this.chosen = id;
    memory.set(CHOSEN, id);
    this.look();
  }

  /** A customer who has not written yet has this name, and writes to this group. */
  draft(id, name, group = this.draftGroup(id)) {
    this.drafts.set(id, { name, group });
    this.keepDrafts();
  }

  draftGroup(id) {
    return this.drafts.get(id)?.group ?? DEFAULT_GROUP;
  }

  keepDrafts() {
    memory.set(DRAFTS, this.drafts.size ? JSON.stringify([...this.drafts]) : "");
  }

  /** Look now, and again and again; where there is no backend, only once. */
  async follow() {
    await this.look();
    if (this.isAbsent) return;
    setTimeout(() => this.follow(), document.hidden ? HIDDEN_EVERY_MS : EVERY_MS);
  }

  /** Look now, once more if it is under way: one request at a time, whatever happens meanwhile. */
  look() {
    this.isWanted = true;
    this.looking ??= this.lookWhileWanted().finally(() => {
      this.looking = null;
    });
    return this.looking;
  }

  async lookWhileWanted() {
    while (this.isWanted) {
      this.isWanted = false;
      await this.lookOnce();
    }
  }

  async lookOnce() {
    const sure = [...this.unsure];
    const phones = [...this.phones.world.phones.keys()].slice(0, MOST_PHONES).join(",");
    const wanted = this.drafts.has(this.chosen) ? "" : this.chosen;
    let state;
    try {
      state = await ask("GET", `backend/state?conversation=${encodeURIComponent(wanted)}&phones=${phones}`);
    } catch (error) {
      this.isAbsent = error.status === 404;
      return;
    }
    for (const id of sure) this.unsure.delete(id);
    this.forgetAnotherRun(state.run);
    for (const { id } of state.conversations) if (this.drafts.delete(id)) this.keepDrafts();
    const isGone = wanted === this.chosen && !this.drafts.has(wanted);
    if (isGone || !this.chosen) this.chosen = state.conversation;
    const text = JSON.stringify([state, this.chosen, sure]);
    if (text === this.last) return;
    this.last = text;
    this.state = state;
    this.heard();
  }

  /** The scene was started again, here or in another tab: what was typed before is gone too. */
  forgetAnotherRun(run) {
    const before = memory.get(RUN);
    memory.set(RUN, String(run));
    if (before === "" || before === String(run)) return;
    memory.clear();
    memory.set(RUN, String(run));
    this.drafts.clear();
    this.chosen = "";
    this.startedAgain?.();
  }
}
