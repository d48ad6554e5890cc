/** The customers' side: what they wrote, how far it has come, and what they were answered. */

import { timeOf } from "/page/chat/bubble.js";
import { makeComposer } from "/page/chat/composer.js";
import { History } from "/page/chat/history.js";
import { avatar, byId, make, setText } from "/page/drawing/dom.js";
import { tryTo } from "/page/world/api.js";
import { progress } from "./progress.js";

const NAMES = ["Alice", "Bilal", "Carol", "Dmitri", "Emma", "Farah", "Georg", "Hiro", "Isla", "Jamal", "Kira", "Luis"];

export class Customers {
  /** @param {import("./desk.js").Desk} desk */
  constructor(desk) {
    this.desk = desk;
    this.lines = new Map();
    this.tabs = new Map();
    this.shown = "";
    this.history = new History("The customer’s chat", (id) => this.draw(id));
    this.name = make("input", { "aria-label": "Name of the customer", maxLength: 64, oninput: () => this.rename() });
    this.title = make("h3", { dir: "auto" });
    this.composer = makeComposer({ label: "Write as the customer", send: (text) => this.send(text) });
    const head = make("header.phone-head", {}, make("div.who", {}, this.title, this.name, make("span.status", {}, "writes to The Shop")));
    this.people = make("div.people", { id: "conversations", role: "group", "aria-label": "Conversations" });
    this.pane = this.makePane(head);
    this.tab = make("button", { type: "button", hidden: true, data: { shows: "customers" } }, "Customers");
    byId("phones").before(this.pane);
    byId("tabs").prepend(this.tab);
  }

  makePane(head) {
    return make(
      "section.pane.customers",
      { id: "customers", "aria-labelledby": "customers-title", hidden: true },
      make(
        "div.pane-head",
        {},
        make("h2", { id: "customers-title" }, "Customers"),
        make("button.quiet", { type: "button", id: "new-customer", onclick: () => this.begin() }, "New customer"),
      ),
      this.people,
      make("div.frame", { id: "conversation" }, head, this.history.element, this.composer.element),
    );
  }

  /** Show what the backend said. */
  show() {
    this.pane.hidden = false;
    this.tab.hidden = false;
    const { conversations, lines, conversation } = this.desk.state;
    this.showTabs([...conversations, ...[...this.desk.drafts].map(([id, name]) => ({ id, name }))]);
    const isDraft = this.desk.drafts.has(this.desk.chosen);
    const current = isDraft ? [] : lines;
    if (!isDraft && conversation !== this.desk.chosen) return;
    if (this.shown !== this.desk.chosen) {
      this.history.list.replaceChildren();
      this.history.drawn.clear();
      this.shown = this.desk.chosen;
    }
    this.lines = new Map(current.map((line, order) => [line.id, { ...line, order }]));
    this.history.show([...this.lines.keys()]);
    const name = this.nameOf(this.desk.chosen);
    this.title.hidden = isDraft;
    this.name.hidden = !isDraft;
    setText(this.title, name);
    if (isDraft && document.activeElement !== this.name) this.name.value = name;
    this.composer.field.placeholder = name ? `Write as ${name}` : "Write";
    if (!this.desk.chosen) this.begin({ focus: false });
  }

  nameOf(id) {
    const known = this.desk.state.conversations.find((it) => it.id === id);
    return known?.name ?? this.desk.drafts.get(id) ?? "";
  }

  showTabs(conversations) {
    const ids = new Set(conversations.map(({ id }) => id));
    for (const [id, tab] of this.tabs) {
      if (ids.has(id)) continue;
      tab.remove();
      this.tabs.delete(id);
    }
    for (const { id, name } of conversations) {
      let tab = this.tabs.get(id);
      if (!tab) {
        tab = make("button.person", { type: "button", onclick: () => this.choose(id) }, avatar(name, hueOf(name)), make("span", { dir: "auto" }, name));
        this.tabs.set(id, tab);
        this.people.prepend(tab);
      }
      setText(tab.lastElementChild, name);
      tab.setAttribute("aria-pressed", String(id === this.desk.chosen));
    }
  }

  choose(id) {
    this.desk.choose(id);
    this.show();
  }

  /** A customer who has not written yet. */
  begin({ focus = true } = {}) {
    const taken = new Set([...this.desk.state.conversations.map(({ name }) => name), ...this.desk.drafts.values()]);
    const name = NAMES.find((it) => !taken.has(it)) ?? `Customer ${taken.size + 1}`;
    const id = crypto.randomUUID();
    this.desk.drafts.set(id, name);
    this.choose(id);
    if (focus) this.composer.field.focus();
  }

  rename() {
    this.desk.drafts.set(this.desk.chosen, this.name.value);
    this.show();
  }

  async send(text) {
    const conversation = this.desk.chosen;
    const sent = await tryTo("POST", "backend/messages", {
      conversation_id: conversation,
      customer_name: this.nameOf(conversation) || "Customer",
      text,
    });
    if (sent) {
      this.desk.drafts.delete(conversation);
      this.history.toEnd();
      await this.desk.look();
    }
    return sent;
  }

  draw(id) {
    const line = this.lines.get(id);
    if (!line) return null;
    const { word, how } = progress(line.state, this.desk.state);
    const data = { id, order: line.order, version: word };
    if (line.kind === "note") return make("p.message.aside", { tabIndex: -1, data }, line.text);
    return make(
      `article.message.${line.kind === "customer" ? "out" : "in"}`,
      { tabIndex: -1, data },
      make(
        "div.bubble",
        {},
        line.kind === "operator" && make("strong.by", { dir: "auto" }, line.by),
        make("div.text", { dir: "auto" }, line.text),
        make("span.meta", {}, make("time", {}, timeOf(line.at_ms / 1000))),
      ),
      line.kind === "customer" && make(`p.progress.${how}`, {}, word),
    );
  }
}

function hueOf(name) {
  return [...name].reduce((sum, letter) => sum + letter.codePointAt(0), 0);
}
