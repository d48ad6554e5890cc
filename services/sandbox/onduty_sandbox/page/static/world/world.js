/** What the sandbox has told: people, their chats with the bot, and how it behaves today. */

import { isService } from "./message.js";

/** @typedef {{user: any, view: any, messages: Map<number, any>}} Phone what one phone shows */

export class World {
  constructor() {
    /** @type {Map<number, Phone>} */
    this.phones = new Map();
    this.bot = null;
    this.bots = [];
    this.limits = {};
    this.faults = [];
    this.strangers = { writing: false };
    this.latency = 0;
    this.heard = () => {};
  }

  /** Take the state of one moment; what was known before is replaced. */
  load(everything) {
    this.bots = everything.bots;
    this.bot = everything.bots[0];
    this.limits = everything.limits;
    this.faults = everything.faults;
    this.strangers = everything.strangers;
    this.latency = everything.latency_s;
    this.phones = new Map(
      everything.users.map((user) => [user.id, { user, view: nothingYet(), messages: new Map() }]),
    );
    for (const { messages, ...view } of everything.chats) {
      const phone = this.phones.get(view.chat.id);
      if (!phone || view.bot_id !== this.bot.user.id) continue;
      phone.view = view;
      for (const message of messages) phone.messages.set(message.message_id, message);
    }
  }

  /** Whether this phone shows the chat by its topics. */
  isForum(id) {
    return Boolean(this.bot?.has_topics) && this.phones.get(id)?.view.topics.length > 0;
  }

  /**
   * How many messages of the bot this phone's owner has not looked at.
   * @param {number|null} [topic] only those of this topic; null: only those outside of any
   */
  unread(id, topic) {
    const phone = this.phones.get(id);
    if (!phone) return 0;
    const { read_up_to: all, topics } = phone.view;
    const readIn = new Map(topics.map((it) => [it.id, this.isForum(id) ? it.read_up_to : Math.max(it.read_up_to, all)]));
    let count = 0;
    for (const message of phone.messages.values()) {
      if (!message.from_bot || (message.topic && isService(message))) continue;
      if (topic !== undefined && (message.topic ?? null) !== topic) continue;
      if (message.message_id > (readIn.get(message.topic) ?? all)) count += 1;
    }
    return count;
  }

  /** The command menu that this person sees: the nearest scope, their language first. */
  commands(id) {
    const language = this.phones.get(id)?.user.language_code ?? "";
    const menus = this.bot?.commands ?? [];
    const scopes = [
      (scope) => scope.type === "chat" && scope.chat_id === String(id),
      (scope) => scope.type === "all_private_chats",
      (scope) => scope.type === "default",
    ];
    for (const fits of scopes) {
      for (const wanted of [language, ""]) {
        const menu = menus.find((it) => fits(JSON.parse(it.scope)) && it.language_code === wanted);
        if (menu) return menu.commands;
      }
    }
    return [];
  }

  /** What the bot says of itself in an empty chat, in this person's language. */
  description(id) {
    const texts = this.bot?.descriptions ?? {};
    return texts[this.phones.get(id)?.user.language_code ?? ""] ?? texts[""] ?? "";
  }

  /** Take one event of the stream, and tell who draws. */
  hear(kind, fields) {
    const phone = this.phones.get(fields.chat_id);
    const isOurs = phone !== undefined && fields.bot_id === this.bot?.user.id;
    switch (kind) {
      case "user": {
        if (fields.user.stranger) return;
        const known = this.phones.get(fields.user.id);
        if (known) known.user = fields.user;
        else this.phones.set(fields.user.id, { user: fields.user, view: nothingYet(), messages: new Map() });
        break;
      }
      case "message":
      case "message_edited":
      case "message_deleted":
      case "reaction":
      case "pinned":
      case "unpinned":
        if (!isOurs) return;
        phone.view.opened = true;
        if (fields.message.deleted) phone.messages.delete(fields.message_id);
        else phone.messages.set(fields.message_id, fields.message);
        break;
      case "blocked":
      case "unblocked":
        if (isOurs) phone.view.blocked = kind === "blocked";
        break;
      case "read":
        if (isOurs) (topicOf(phone, fields.topic) ?? phone.view).read_up_to = fields.read_up_to;
        break;
      case "topic":
        if (!isOurs) return;
        phone.view.topics = phone.view.topics.filter((topic) => topic.id !== fields.topic.id);
        if (!fields.topic.deleted) phone.view.topics.push(fields.topic);
        break;
      case "topics":
        Object.assign(this.bots.find((bot) => bot.user.id === fields.bot_id), fields);
        break;
      case "limits":
      case "faults":
      case "strangers":
        this[kind] = fields[kind];
        break;
      case "latency":
        this.latency = fields.latency_s;
        break;
      default:
        break;
    }
    this.heard(kind, fields);
  }
}

function nothingYet() {
  return { opened: false, blocked: false, read_up_to: 0, version: 0, topics: [] };
}

const topicOf = (phone, id) => phone.view.topics.find((topic) => topic.id === id);
