/** What the sandbox has told: people, their chats with the bot, and how it behaves today. */

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

  /** How many messages of the bot this phone's owner has not looked at. */
  unread(id) {
    const phone = this.phones.get(id);
    if (!phone) return 0;
    let count = 0;
    for (const message of phone.messages.values()) {
      if (message.from_bot && message.message_id > phone.view.read_up_to) count += 1;
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
        if (isOurs) phone.view.read_up_to = fields.read_up_to;
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
  return { opened: false, blocked: false, read_up_to: 0, version: 0 };
}
