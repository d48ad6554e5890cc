/** All phones side by side, and who they belong to. */

import { tryTo } from "../world/api.js";
import { avatar, byId, make, setText } from "../drawing/dom.js";
import { soon } from "../drawing/frame.js";
import { serviceText } from "../chat/service.js";
import { rove, showChosen } from "../drawing/pills.js";
import { showPart } from "../drawing/tabs.js";
import { PhoneView } from "./phone.js";

const NAMES = ["Anna", "Boris", "Clara", "David", "Elena", "Felix", "Gita", "Hana", "Ivan", "Jana", "Karim", "Lucia"];
const FIRST_ID = 101;
// Others look again at what they know of a person. Not when one has read: a press reads, and what is
// being pressed has to stay.
const TELLING = new Set(["message", "blocked", "unblocked"]);

/**
 * What others know of a person; they may replace each of these functions.
 * @typedef {{
 *   status: (id: number) => string|null, what stands below the name; null: the language
 *   offers: (id: number) => [string, string][], label and text of what is one tap away
 *   shown: (id: number, element: HTMLElement) => void, a phone or its tab has just been shown
 *   heard: (id: number) => void, somebody has written, blocked or unblocked; the head is shown next
 * }} More
 */

const textOf = (message) => message.text || (message.topic_created || message.topic_edited ? serviceText(message) : "");

/** @returns {More} */
const nothingMore = () => ({ status: () => null, offers: () => [], shown: () => {}, heard: () => {} });

export class Phones {
  /**
   * @param {import("../world/world.js").World} world
   * @param {import("../drawing/announcer.js").Announcer} announcer
   */
  constructor(world, announcer) {
    this.world = world;
    this.more = nothingMore();
    this.announcer = announcer;
    /** @type {Map<number, PhoneView>} */
    this.views = new Map();
    this.tabs = new Map();
    rove(byId("people"));
    byId("add-person").addEventListener("click", () => this.add());
    byId("nobody").querySelector("button").addEventListener("click", () => this.add());
  }

  /** Show what has been loaded. */
  load() {
    for (const [id, view] of this.views) {
      if (this.world.phones.has(id)) continue;
      view.element.remove();
      this.views.delete(id);
      this.tabs.get(id).element.remove();
      this.tabs.delete(id);
    }
    for (const id of this.world.phones.keys()) soon(() => this.phone(id)?.show());
    soon(() => this.showHeads());
  }

  /** Something changed on one phone. */
  heard(kind, fields) {
    if (kind === "topics") {
      for (const view of this.views.values()) view.show();
    } else if (kind === "user") {
      this.phone(fields.user.id).showHead();
    } else if (fields.chat_id !== undefined && fields.bot_id === this.world.bot?.user.id) {
      const view = this.phone(fields.chat_id);
      if (!view) return;
      if (TELLING.has(kind)) this.more.heard(fields.chat_id);
      view.heard(kind, fields);
      if (kind === "message" && fields.message.from_bot) {
        const { first_name: name } = view.state.user;
        const topic = view.topicName(fields.message);
        this.announcer.say(topic ? `${name}, ${topic}` : name, textOf(fields.message));
      }
      this.showTab(fields.chat_id);
    }
    this.showBadge();
  }

  /** Show all heads and tabs again: somebody knows more. */
  showHeads() {
    for (const view of this.views.values()) view.showHead();
    for (const id of this.views.keys()) this.showTab(id);
    this.showBadge();
  }

  showBadge() {
    byId("nobody").hidden = this.world.phones.size > 0;
    let unread = 0;
    for (const id of this.views.keys()) unread += this.world.unread(id);
    const badge = byId("tab-badge");
    badge.hidden = unread === 0;
    setText(badge, String(unread));
  }

  /** The view of this person's phone; made when it is first needed. */
  phone(id) {
    if (!this.world.phones.has(id)) return undefined;
    let view = this.views.get(id);
    if (!view) {
      view = new PhoneView(this.world, id, this.more);
      this.views.set(id, view);
      this.addTab(id, view);
      byId("row").append(view.element);
    }
    return view;
  }

  addTab(id, view) {
    const { first_name: name } = this.world.phones.get(id).user;
    const label = make("span", { dir: "auto" }, name);
    const badge = make("span.badge", { hidden: true });
    const element = make("button.person", { type: "button", onclick: () => this.goTo(view) }, avatar(name, id), label, badge);
    this.tabs.set(id, { element, label, badge });
    byId("people").append(element);
  }

  showTab(id) {
    const tab = this.tabs.get(id);
    if (!tab) return;
    const unread = this.world.unread(id);
    setText(tab.label, this.world.phones.get(id).user.first_name);
    tab.badge.hidden = unread === 0;
    setText(tab.badge, String(unread));
    this.more.shown(id, tab.element);
  }

  /** Bring this phone into view, ready to be used. */
  goTo(view) {
    showPart("phones");
    showChosen(byId("people"), this.tabs.get(view.id)?.element);
    view.element.scrollIntoView({ inline: "center", block: "nearest", behavior: "smooth" });
    if (view.gate.hidden && view.places.isList) view.places.focus();
    else (view.gate.hidden ? view.composer.field : view.gate).focus({ preventScroll: true });
  }

  async add() {
    const ids = [...this.world.phones.keys()];
    const id = Math.max(FIRST_ID - 1, ...ids) + 1;
    const taken = new Set([...this.world.phones.values()].map((phone) => phone.user.first_name));
    const name = NAMES.find((it) => !taken.has(it)) ?? `Person ${id}`;
    const user = await tryTo("POST", "control/users", { id, first_name: name, language_code: "en" });
    if (!user) return;
    if (!this.world.phones.has(id)) this.world.hear("user", { user });
    this.goTo(this.phone(id));
  }
}
