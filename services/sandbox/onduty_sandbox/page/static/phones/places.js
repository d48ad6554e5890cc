/** Where one is on a phone: in the list of topics, in one of them, or outside of any. */

import { make, setText, sign } from "../drawing/dom.js";
import { memory } from "../drawing/memory.js";
import { rove } from "../drawing/pills.js";
import { drawTopic, topicIcon } from "./topic_line.js";

const TYPING_MS = 5000;
/** The list of topics; `null` is the chat outside of any, and all of it where there are none. */
const LIST = "list";

export class Places {
  /**
   * @param {import("../world/world.js").World} world
   * @param {number} id the person
   * @param {{changed: () => void, entered: () => void}} tell what is shown is different now; and a
   *   topic has been opened to be used
   */
  constructor(world, id, tell) {
    this.world = world;
    this.id = id;
    this.tell = tell;
    this.typing = new Map();
    const kept = memory.get(`place of ${id}`);
    /** @type {number|"list"|null|undefined} undefined: nobody has chosen yet */
    this.chosen = kept === "" ? undefined : JSON.parse(kept);
    this.title = make("span.place-name", { dir: "auto" });
    this.icon = make("span.place-icon");
    this.elsewhere = make("span.badge");
    this.back = make(
      "button.back",
      { type: "button", onclick: () => this.leave() },
      sign("back"),
      make("span.unseen", {}, "Topics"),
    );
    this.bar = make("div.place", { hidden: true }, this.back, this.icon, this.title);
    this.list = make("div.topics", { hidden: true, role: "group", "aria-label": "Topics" });
    this.list.addEventListener("click", (event) => this.clicked(event));
    rove(this.list);
  }

  get view() {
    return this.world.phones.get(this.id).view;
  }

  /** Whether this chat is shown by its topics at all. */
  get isForum() {
    return this.world.isForum(this.id);
  }

  /** What tells one place from all others; a chat without topics is a place too. */
  get key() {
    return `${this.isForum} ${this.open}`;
  }

  /** @returns {number|"list"|null} */
  get open() {
    if (!this.isForum) return null;
    const isThere = this.chosen === null || this.view.topics.some((topic) => topic.id === this.chosen);
    return isThere ? this.chosen : LIST;
  }

  get isList() {
    return this.open === LIST;
  }

  /** The topic that is open, if any. */
  get topic() {
    return this.view.topics.find((topic) => this.isForum && topic.id === this.chosen);
  }

  /** What is typed here is kept under this name. */
  get draft() {
    return this.topic ? `draft of ${this.id} in topic ${this.topic.id}` : `draft of ${this.id}`;
  }

  /** Whether this message is shown where one is. */
  has(message) {
    return !this.isForum || (message.topic ?? null) === this.open;
  }

  unread(place) {
    return this.world.unread(this.id, this.isForum ? place : undefined);
  }

  /** Be somewhere else from now on. */
  go(place) {
    this.chosen = place;
    memory.set(`place of ${this.id}`, JSON.stringify(place));
    this.tell.changed();
  }

  leave() {
    const left = this.open;
    this.go(LIST);
    this.focus(left);
  }

  /** Be ready to choose from the list, at this line or the first. */
  focus(place) {
    (this.list.querySelector(`[data-place="${place}"]`) ?? this.list.firstElementChild)?.focus();
  }

  /** A topic is new, different or gone. A first one takes nobody away from where they write. */
  changed() {
    const isFirst = this.isForum && !this.shown;
    if (!this.isForum || isFirst) this.chosen = null;
  }

  clicked(event) {
    const line = event.target.closest("[data-place]");
    if (!line) return;
    this.go(JSON.parse(line.dataset.place));
    this.tell.entered();
  }

  /** The bot types there, for a few seconds. */
  types(place) {
    this.wrote(place);
    const ends = setTimeout(() => {
      this.typing.delete(place);
      this.tell.changed();
    }, TYPING_MS);
    this.typing.set(place, ends);
  }

  /** A message came there: who wrote it types no more. */
  wrote(place) {
    clearTimeout(this.typing.get(place));
    this.typing.delete(place);
  }

  isTyping(place) {
    return this.isForum ? this.typing.has(place) : this.typing.size > 0;
  }

  /** Show the bar and the list as they are now. */
  show() {
    const { topic, open } = this;
    this.shown = this.isForum;
    this.bar.hidden = !this.isForum || this.isList;
    this.list.hidden = !this.isList;
    if (!this.bar.hidden) {
      setText(this.title, topic?.name ?? "Main chat");
      this.icon.replaceChildren(topicIcon(topic));
      const unread = this.world.unread(this.id) - this.unread(open);
      setText(this.elsewhere, String(unread));
      this.elsewhere.setAttribute("aria-label", `${unread} unread elsewhere`);
      if (unread === 0) this.elsewhere.remove();
      else this.back.append(this.elsewhere);
    }
    if (this.isList) this.showList();
  }

  showList() {
    const lines = [null, ...this.view.topics].map((topic) => this.line(topic));
    lines.sort((one, other) => other.at - one.at);
    const drawn = new Map([...this.list.children].map((line) => [line.dataset.place, line]));
    const hadFocus = this.list.contains(document.activeElement) && document.activeElement.dataset.place;
    const wanted = lines.map((line) => drawTopic(line, drawn.get(line.place)));
    const isSame = wanted.length === this.list.childElementCount && wanted.every((line, at) => line === this.list.children[at]);
    if (isSame) return;
    this.list.replaceChildren(...wanted);
    if (hadFocus) this.list.querySelector(`[data-place="${hadFocus}"]`)?.focus();
  }

  /** What stands in the list about a topic, or about the chat outside of any. */
  line(topic) {
    const place = topic?.id ?? null;
    let last = null;
    for (const message of this.world.phones.get(this.id).messages.values()) {
      if ((message.topic ?? null) === place && message.message_id > (last?.message_id ?? 0)) last = message;
    }
    return {
      place: String(place),
      topic,
      last,
      at: last?.message_id ?? 0,
      unread: this.unread(place),
      isTyping: this.isTyping(place),
    };
  }
}
