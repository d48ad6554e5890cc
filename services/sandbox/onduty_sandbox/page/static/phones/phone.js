/** One person's phone, open at the chat with the bot. */

import { closeActions, openActions } from "../chat/actions.js";
import { sorry, tryTo } from "../world/api.js";
import { drawBubble, quoted } from "../chat/bubble.js";
import { makePinned } from "../chat/pinned.js";
import { drawService } from "../chat/service.js";
import { makeComposer } from "../chat/composer.js";
import { avatar, flash, make, setText, sign } from "../drawing/dom.js";
import { History } from "../chat/history.js";
import { makeMenu } from "./phone_menu.js";

const TYPING_MS = 5000;
const TOAST_MS = 4000;

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
    this.isTyping = false;
    const { first_name: name } = this.state.user;
    this.history = new History(`${name}’s chat`, (message) => this.draw(message));
    this.history.list.addEventListener("click", (event) => this.tapped(event));
    this.history.scroll.addEventListener("keydown", (event) => this.keyed(event));
    this.pinned = makePinned((id) => this.history.jump(id));
    this.name = make("h3", { dir: "auto" });
    this.status = make("span.status");
    this.badge = make("span.badge", { hidden: true });
    this.bell = make("span.bell", {}, sign("bell"));
    this.commands = make("div.commands", { hidden: true, role: "menu", "aria-label": "Commands", id: `commands-${id}` });
    this.opener = make(
      "button.icon.slash",
      { type: "button", "aria-label": "Commands", "aria-expanded": "false", "aria-controls": this.commands.id, onclick: () => this.toggleCommands() },
      "/",
    );
    this.composer = makeComposer({
      label: `Write as ${name}`,
      send: (text, subject) => this.send(text, subject),
      before: [this.opener],
      keep: `draft of ${id}`,
    });
    this.description = make("p.description", { hidden: true, dir: "auto" });
    this.gate = make("button.gate", { type: "button", hidden: true, onclick: () => this.passGate() });
    this.toast = make("div.toast", { role: "status" });
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
      this.pinned.element,
      this.history.element,
      this.description,
      this.toast,
      this.commands,
      this.composer.element,
      this.gate,
    );
    for (const kind of ["pointerdown", "focusin", "keydown"]) {
      this.element.addEventListener(kind, () => this.read());
    }
    this.element.addEventListener("keydown", (event) => event.key === "Escape" && this.toggleCommands(false));
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
    this.history.show([...this.state.messages.keys()]);
    this.showHead();
  }

  showHead() {
    const { user, view } = this.state;
    setText(this.name, [user.first_name, user.last_name].filter(Boolean).join(" "));
    setText(this.status, this.statusText());
    const unread = this.world.unread(this.id);
    this.badge.hidden = unread === 0;
    setText(this.badge, String(unread));
    this.badge.setAttribute("aria-label", `${unread} unread`);
    this.pinned.show(this.state.messages.values());
    this.gate.hidden = view.opened && !view.blocked;
    const description = this.state.messages.size ? "" : this.world.description(this.id);
    this.description.hidden = description === "";
    setText(this.description, description);
    setText(this.gate, view.blocked ? "Unblock the bot" : "Start");
    this.composer.element.hidden = !this.gate.hidden;
    this.showChips();
    this.more.shown(this.id, this.element);
  }

  statusText() {
    if (this.state.view.blocked) return "has blocked the bot";
    if (this.isTyping) return "bot is typing…";
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
    const { view, messages } = this.state;
    // What one has just written is answered first: until then nobody knows what comes next.
    if (!view.opened || view.blocked || ![...messages.values()].at(-1)?.from_bot) return [];
    return this.more.offers(this.id);
  }

  /** Something about this phone changed. */
  heard(kind, fields) {
    switch (kind) {
      case "message":
        this.isTyping = false;
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
        this.isTyping = true;
        clearTimeout(this.typingEnds);
        this.typingEnds = setTimeout(() => {
          this.isTyping = false;
          this.showHead();
        }, TYPING_MS);
        break;
      case "tap_answered":
        this.answered(fields);
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

  ring() {
    flash(this.element, "ringing");
  }

  /** What the bot says to a tap: for a moment, or until one has read it. */
  answered({ text, show_alert: isAlert }) {
    if (!text) return;
    clearTimeout(this.toastEnds);
    const hide = () => {
      this.toast.replaceChildren();
      if (this.toast.classList.replace("alert", "toast")) this.history.scroll.focus();
    };
    this.toast.classList.toggle("alert", isAlert);
    this.toast.replaceChildren(make("p", { dir: "auto" }, text));
    if (isAlert) {
      const leave = (event) => event.key === "Escape" && hide();
      const button = make("button", { type: "button", onclick: hide, onkeydown: leave }, "OK");
      this.toast.append(button);
      button.focus();
    } else {
      this.toastEnds = setTimeout(hide, TOAST_MS);
    }
  }

  read() {
    if (this.world.unread(this.id) === 0 || this.isReading) return;
    this.isReading = true;
    this.act("read").finally(() => {
      this.isReading = false;
    });
  }

  draw(id) {
    const message = this.state?.messages.get(id);
    if (!message) return null;
    if (message.pins) return drawService(message, this.state.messages.get(message.pins));
    return drawBubble(message, message.reply_to && this.state.messages.get(message.reply_to));
  }

  async send(text, subject) {
    this.history.toEnd();
    if (subject?.kind === "edit") return this.act("edit", { message_id: subject.id, text });
    return this.act("send", { text, ...(subject ? { reply_to: subject.id } : {}) });
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

  toggleCommands(open = this.commands.hidden) {
    const menu = open ? this.world.commands(this.id) : [];
    const choose = (command) => {
      this.toggleCommands(false);
      this.send(`/${command}`, null);
      this.composer.field.focus();
    };
    this.commands.replaceChildren(
      ...menu.map(({ command, description }) =>
        make(
          "button",
          { type: "button", role: "menuitem", onclick: () => choose(command) },
          make("span", {}, description),
          make("code", {}, `/${command}`),
        ),
      ),
    );
    this.commands.hidden = menu.length === 0;
    this.opener.setAttribute("aria-expanded", String(menu.length > 0));
    if (menu.length) this.commands.firstElementChild.focus();
    if (open && !menu.length) sorry(new Error("The bot has no command menu yet."));
  }
}
