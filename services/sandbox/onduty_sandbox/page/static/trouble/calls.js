/** What bots sent in the last minute, and what became of it. */

const KEPT_S = 60;
const COUNTED = new Set(["sendMessage", "sendPhoto", "sendDocument", "editMessageText", "editMessageReplyMarkup"]);

// What a bot does not try again: there is nothing to do, or no use in it.
const FINAL = new Set([400, 403]);
const UNCHANGED = /message is not modified/;
const GONE = /not found/;

/** @typedef {{received_at: number, method: string, chat_id: number, status: number, kind: string, isRetry: boolean}} Call */

export class Calls {
  constructor() {
    /** @type {Call[]} */
    this.kept = [];
    this.failedChats = new Set();
  }

  /** Begin with these; what was known before is forgotten. */
  load(calls) {
    this.kept = [];
    this.failedChats.clear();
    this.add(calls);
  }

  /** @param {Call[]} calls in their order */
  add(calls) {
    for (const call of calls) {
      if (!COUNTED.has(call.method) || isNothingToDo(call)) continue;
      const kind = kindOf(call);
      const isRetry = kind === "sent" && this.failedChats.delete(call.chat_id);
      if (kind !== "sent" && (isPage(call) || !FINAL.has(call.status))) this.failedChats.add(call.chat_id);
      this.kept.push({ ...call, kind, isRetry });
    }
    this.forget();
  }

  get last() {
    return this.kept.at(-1);
  }

  /** How many there were of a kind: sent, refused, failed, retried. */
  count(kind) {
    this.forget();
    return this.kept.filter((call) => (kind === "retried" ? call.isRetry : call.kind === kind)).length;
  }

  /** The last minute, second by second, oldest first. */
  minute() {
    this.forget();
    const first = Math.floor(Date.now() / 1000) - KEPT_S + 1;
    const seconds = Array.from({ length: KEPT_S }, () => ({ sent: 0, refused: 0, failed: 0 }));
    for (const call of this.kept) {
      const second = seconds[Math.floor(call.received_at) - first];
      if (second) second[call.kind] += 1;
    }
    return seconds;
  }

  forget() {
    const since = Date.now() / 1000 - KEPT_S;
    const first = this.kept.findIndex((call) => call.received_at > since);
    this.kept = first < 0 ? [] : this.kept.slice(first);
  }
}

/** Whether there was nothing to edit: it shows that already, or is not there any more. */
function isNothingToDo({ method, description }) {
  return UNCHANGED.test(description) || (method.startsWith("edit") && GONE.test(description));
}

/** Whether a proxy answered in Telegram’s place; its status says nothing of the message. */
export function isPage(call) {
  return call.fault === "page";
}

function kindOf(call) {
  const { status } = call;
  if (isPage(call)) return "failed";
  if (status === 200) return "sent";
  return status === 429 ? "refused" : "failed";
}
