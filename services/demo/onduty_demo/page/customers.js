/** The customers' side: what they wrote, how far it has come, and what they were answered. */

import { timeOf } from "/page/chat/bubble.js";
import { makeComposer } from "/page/chat/composer.js";
import { History } from "/page/chat/history.js";
import { avatar, byId, make, setText } from "/page/drawing/dom.js";
import { rove, showChosen } from "/page/drawing/pills.js";
import { showPart } from "/page/drawing/tabs.js";
import { tryTo } from "/page/world/api.js";
import { DEFAULT_GROUP } from "./desk.js";
import { progress } from "./progress.js";

const SHOP = "The Shop";
const LONGEST_SHOWN = 12;
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
    this.status = make("span.status");
    this.group = make("select", { onchange: () => this.chooseGroup() });
    this.groupField = make("label.to-group", { hidden: true }, make("span", {}, "writes to"), this.group);
    const head = make("header.phone-head", {}, make("div.who", {}, this.title, this.name, this.status, this.groupField));
    this.people = make("div.people", { id: "conversations", role: "group", "aria-label": "Conversations" });
    this.pane = this.makePane(head);
    this.tab = make("button", { type: "button", hidden: true, data: { shows: "customers" } }, "Customers");
    byId("phones").before(this.pane);
    byId("tabs").prepend(this.tab);
    rove(this.people);
    const skip = byId("skip");
    setText(skip, "Write as a customer");
    skip.href = "#conversation";
    skip.addEventListener("click", (event) => {
      event.preventDefault();
      this.goTo();
    });
  }

  /** Bring the customers into view, ready to write. */
  goTo() {
    showPart("customers");
    this.composer.field.focus();
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
    this.showTabs([...conversations, ...[...this.desk.drafts].map(([id, { name }]) => ({ id, name }))]);
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
    const name = this.desk.chosen ? this.nameOf(this.desk.chosen) : "A new customer";
    this.title.hidden = isDraft;
    this.name.hidden = !isDraft;
    setText(this.title, name);
    if (isDraft && document.activeElement !== this.name) this.name.value = name;
    this.showGroup(isDraft);
    this.composer.field.placeholder = name && this.desk.chosen ? `Write as ${shortened(name)}` : "Write";
    this.composer.keep(`draft of customer ${this.desk.chosen}`);
  }

  /** Which group the customer writes to; one who has not written yet can choose, if there are several. */
  showGroup(isDraft) {
    const { groups } = this.desk;
    const canChoose = isDraft && groups.length > 1;
    this.groupField.hidden = !canChoose;
    this.status.hidden = canChoose;
    const { group } = this.desk.state;
    setText(this.status, isDraft || group === DEFAULT_GROUP ? `writes to ${SHOP}` : `writes to ${SHOP}, ${group}`);
    if (this.group.options.length !== groups.length) {
      this.group.replaceChildren(...groups.map((it) => make("option", { value: it }, it)));
    }
    if (canChoose) this.group.value = this.desk.draftGroup(this.desk.chosen);
  }

  chooseGroup() {
    this.desk.draft(this.desk.chosen, this.nameOf(this.desk.chosen), this.group.value);
  }

  nameOf(id) {
    const known = this.desk.state.conversations.find((it) => it.id === id);
    return known?.name ?? this.desk.drafts.get(id)?.name ?? "";
  }

  showTabs(conversations) {
    const ids = new Set(conversations.map(({ id }) => id));
    for (const [id, tab] of this.tabs) {
      if (ids.has(id)) continue;
      tab.remove();
      this.tabs.delete(id);
    }
    const before = this.tabs.size;
    for (const { id, name } of conversations) {
      let tab = this.tabs.get(id);
      if (!tab) {
        tab = make("button.person", { type: "button", onclick: () => this.choose(id) }, avatar(name, hueOf(id)), make("span", { dir: "auto" }, name));
        this.tabs.set(id, tab);
        this.people.prepend(tab);
      }
      setText(tab.lastElementChild, name);
      setText(tab.firstElementChild, avatar(name, 0).textContent);
      tab.setAttribute("aria-pressed", String(id === this.desk.chosen));
    }
    if (this.shownTab === this.desk.chosen && before === this.tabs.size) return;
    this.shownTab = this.desk.chosen;
    showChosen(this.people, this.tabs.get(this.desk.chosen));
  }

  choose(id) {
    this.desk.choose(id);
    this.show();
  }

  /** A customer who has not written yet. */
  begin({ focus = true } = {}) {
    const taken = new Set([...this.desk.state.conversations.map(({ name }) => name), ...[...this.desk.drafts.values()].map(({ name }) => name)]);
    const name = NAMES.find((it) => !taken.has(it)) ?? `Customer ${taken.size + 1}`;
    const id = crypto.randomUUID();
    this.desk.draft(id, name);
    this.choose(id);
    if (focus) this.composer.field.focus();
  }

  rename() {
    this.desk.draft(this.desk.chosen, this.name.value);
    this.show();
  }

  async send(text) {
    if (!this.desk.chosen) this.begin({ focus: false });
    const conversation = this.desk.chosen;
    const sent = await tryTo("POST", "backend/messages", {
      conversation_id: conversation,
      customer_name: this.nameOf(conversation) || "Customer",
      text,
      ...(this.desk.drafts.has(conversation) ? { group: this.desk.draftGroup(conversation) } : {}),
    });
    if (sent) {
      this.desk.drafts.delete(conversation);
      this.desk.keepDrafts();
      this.history.toEnd();
      await this.desk.look();
    }
    return sent;
  }

  draw(id) {
    const line = this.lines.get(id);
    if (!line) return null;
    const { word, how } = progress(line.state, this.desk.state);
    const data = { id, order: line.order, version: `${word} ${line.text}` };
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

function shortened(name) {
  const letters = [...name];
  return letters.length > LONGEST_SHOWN ? `${letters.slice(0, LONGEST_SHOWN - 1).join("")}…` : name;
}

/** The colour stays with the customer, whatever their name. */
function hueOf(id) {
  return [...id].reduce((sum, letter) => sum + letter.codePointAt(0), 0);
}
