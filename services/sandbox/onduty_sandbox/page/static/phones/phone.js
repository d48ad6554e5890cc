/** One person's phone, open at the chat with the bot. */

import { closeActions, openActions } from "../chat/actions.js";
import { sorry, tryTo } from "../world/api.js";
import { isService } from "../world/message.js";
import { drawBubble, quoted } from "../chat/bubble.js";
import { makePinned } from "../chat/pinned.js";
import { drawService } from "../chat/service.js";
import { makeComposer } from "../chat/composer.js";
import { avatar, flash, make, setText, sign } from "../drawing/dom.js";
import { History } from "../chat/history.js";
import { makeCommands } from "./commands.js";
import { makeMenu } from "./phone_menu.js";
import { Places } from "./places.js";
import { makeToast } from "./toast.js";

export class PhoneView {
  /**
   * @param {import("../world/world.js").World} world
   * @param {number} id the person
   * @param {import("./phones.js").More} more what others know of this person
   */
  constructor(world, id, more) {
    this.world = world;
    this.id = id;
    this.more = more;
    const { first_name: name } = this.state.user;
    this.history = new History(`${name}’s chat`, (message) => this.draw(message));
    this.history.list.addEventListener("click", (event) => this.tapped(event));
    this.history.scroll.addEventListener("keydown", (event) => this.keyed(event));
    this.pinned = makePinned((id) => this.history.jump(id));
    this.name = make("h3", { dir: "auto" });
    this.status = make("span.status");
    this.badge = make("span.badge", { hidden: true });
    this.bell = make("span.bell", {}, sign("bell"));
    this.places = new Places(world, id, {
      changed: () => this.showHead(),
      entered: () => this.composer.field.focus(),
    });
    this.commands = makeCommands(id, {
      menu: () => world.commands(id),
      chosen: (command) => {
        this.send(`/${command}`, null);
        this.composer.field.focus();
      },
    });
    this.composer = makeComposer({
      label: `Write as ${name}`,
      send: (text, subject) => this.send(text, subject),
      before: [this.commands.opener],
      keep: this.places.draft,
    });
    this.description = make("p.description", { hidden: true, dir: "auto" });
    this.gate = make("button.gate", { type: "button", hidden: true, onclick: () => this.passGate() });
    this.toast = makeToast(() => this.history.scroll.focus());
    this.element = make(
      "article.phone",
      { "aria-label": `${name}’s phone`, id: `phone-${id}` },
      make(
        "header.phone-head",
        {},
        avatar(name, id),
        make("div.who", {}, this.name, this.status),
        this.badge,
        this.bell,
        makeMenu(this),
      ),
      this.places.bar,
      this.places.list,
      this.pinned.element,
      this.history.element,
      this.description,
      this.toast.element,
      this.commands.element,
      this.composer.element,
      this.gate,
    );
    for (const kind of ["pointerdown", "focusin", "keydown"]) {
      this.element.addEventListener(kind, () => this.read());
    }
    this.element.addEventListener("keydown", (event) => event.key === "Escape" && this.commands.toggle(false));
  }

  get state() {
    return this.world.phones.get(this.id);
  }

  /** Ask to act as this person; undefined when it was refused. */
  act(name, body = {}) {
    return tryTo("POST", `control/users/${this.id}/${name}`, body);
  }

  /** Show all as it is now. */
  show() {
    this.history.show(this.here().map((message) => message.message_id));
    this.showHead();
  }

  /** The messages where one is: all of them, or those of one topic. */
  here() {
    return [...this.state.messages.values()].filter((message) => this.places.has(message));
  }

  /** One is in another topic, in their list, or outside of any. */
  moved() {
    const { places, composer } = this;
    const hadFocus = this.element.contains(document.activeElement);
    const { first_name: name } = this.state.user;
    const where = places.topic ? `, topic ${places.topic.name}` : "";
    this.history.scroll.setAttribute("aria-label", `${name}’s chat${where}`);
    composer.field.setAttribute("aria-label", `Write as ${name}${where}`);
    this.history.clear();
    this.history.show(this.here().map((message) => message.message_id));
    composer.clear();
    composer.keep(places.draft);
    this.commands.toggle(false);
    if (hadFocus && places.isList) places.focus();
  }

  showHead() {
    const { user, view } = this.state;
    const { isList } = this.places;
    this.places.show();
    if (this.places.key !== this.shownPlace) {
      this.shownPlace = this.places.key;
      this.moved();
    }
    setText(this.name, [user.first_name, user.last_name].filter(Boolean).join(" "));
    setText(this.status, this.statusText());
    const unread = this.world.unread(this.id);
    this.badge.hidden = unread === 0;
    setText(this.badge, String(unread));
    this.badge.setAttribute("aria-label", `${unread} unread`);
    this.pinned.show(isList ? [] : this.here());
    this.history.element.hidden = isList;
    this.gate.hidden = view.opened && !view.blocked;
    const description = this.state.messages.size ? "" : this.world.description(this.id);
    this.description.hidden = description === "";
    setText(this.description, description);
    setText(this.gate, view.blocked ? "Unblock the bot" : "Start");
    this.composer.element.hidden = isList || !this.gate.hidden;
    this.showChips();
    this.more.shown(this.id, this.element);
  }

  statusText() {
    if (this.state.view.blocked) return "has blocked the bot";
    if (this.places.isTyping(this.places.open)) return "bot is typing…";
    return this.more.status(this.id) ?? `speaks ${this.state.user.language_code ?? "no language"}`;
  }

  /** What one most likely sends next, one tap away. */
  showChips() {
    const { chips } = this.composer;
    const offers = this.offers();
    const key = offers.map(([label]) => label).join("\n");
    if (chips.dataset.key === key) return;
    chips.dataset.key = key;
    chips.hidden = offers.length === 0;
    chips.replaceChildren(
      ...offers.map(([label, text]) =>
        make("button.chip", { type: "button", onclick: () => this.send(text, null) }, label),
      ),
    );
  }

  offers() {
    const { view } = this.state;
    // What one has just written is answered first: until then nobody knows what comes next.
    if (!view.opened || view.blocked || this.places.topic || !this.here().at(-1)?.from_bot) return [];
    return this.more.offers(this.id);
  }

  /** Something about this phone changed. */
  heard(kind, fields) {
    switch (kind) {
      case "message":
        if (fields.message.from_bot) this.places.wrote(fields.message.topic ?? null);
        this.history.changed(fields.message_id);
        if (fields.message.from_bot && !fields.message.silent) this.ring();
        if (document.hasFocus() && this.element.contains(document.activeElement)) this.read();
        break;
      case "message_edited":
      case "message_deleted":
        this.requote(fields.message_id);
        this.history.changed(fields.message_id);
        break;
      case "reaction":
      case "pinned":
      case "unpinned":
        this.history.changed(fields.message_id);
        break;
      case "chat_action":
        this.places.types(fields.topic ?? null);
        break;
      case "topic":
        this.places.changed();
        break;
      case "tap_answered":
        this.toast.say(fields);
        break;
      default:
        break;
    }
    this.showHead();
  }

  /** Answers quote a message as it is now. */
  requote(id) {
    const text = quoted(this.state.messages.get(id));
    for (const quote of this.history.list.querySelectorAll(`[data-jump="${id}"]`)) setText(quote, text);
  }

  /** In which topic a message stands, as this phone calls it; "" outside of any. */
  topicName(message) {
    return this.state.view.topics.find((topic) => topic.id === message.topic)?.name ?? "";
  }

  ring() {
    flash(this.element, "ringing");
  }

  read() {
    const { open, isList, topic } = this.places;
    if (isList || this.isReading || this.places.unread(open) === 0) return;
    this.isReading = true;
    this.act("read", topic ? { topic: topic.id } : {}).finally(() => {
      this.isReading = false;
    });
  }

  draw(id) {
    const message = this.state?.messages.get(id);
    if (!message || !this.places.has(message)) return null;
    if (isService(message)) return drawService(message, this.state.messages.get(message.pins));
    if (this.state.user.no_reply_header) return drawBubble({ ...message, reply_to: null });
    return drawBubble(message, message.reply_to && this.state.messages.get(message.reply_to));
  }

  async send(text, subject) {
    this.history.toEnd();
    if (subject?.kind === "edit") return this.act("edit", { message_id: subject.id, text });
    const { topic } = this.places;
    return this.act("send", { text, ...(topic && { topic: topic.id }), ...(subject && { reply_to: subject.id }) });
  }

  passGate() {
    this.act(this.state.view.blocked ? "unblock" : "start").then(() => this.composer.field.focus());
  }

  tapped(event) {
    const element = event.target.closest(".message");
    const message = this.state.messages.get(Number(element?.dataset.id));
    if (!message || event.target.closest(".actions, a, .spoiler:not(.shown)")) return;
    const button = event.target.closest("button");
    if (button?.classList.contains("key")) this.press(button, message);
    else if (button?.matches(".quote, .what")) this.history.jump(Number(button.dataset.jump));
    else if (button?.classList.contains("command")) this.send(button.dataset.command, null);
    else if (!String(getSelection())) this.openActions(element, message);
  }

  keyed(event) {
    if (event.key !== "Enter" || !event.target.classList.contains("message")) return;
    event.preventDefault();
    this.openActions(event.target, this.state.messages.get(Number(event.target.dataset.id)));
  }

  openActions(element, message) {
    const { message_id: id } = message;
    const acts = {
      reply: () => this.composer.turnTo({ kind: "reply", id }, message.text),
      edit: () => this.composer.turnTo({ kind: "edit", id }, message.text),
      react: (_, emoji) => this.act("react", { message_id: id, emoji }),
      remove: () => this.act("delete", { message_id: id }),
    };
    openActions(element, message, acts, message.reactions[this.id]);
  }

  async press(button, message) {
    closeActions(this.history.list);
    button.setAttribute("aria-busy", "true");
    const answer = await this.act("tap", { message_id: message.message_id, button: button.dataset.label });
    button.removeAttribute("aria-busy");
    if (answer && !answer.answered) sorry(new Error("The bot did not answer the tap."));
  }
}
