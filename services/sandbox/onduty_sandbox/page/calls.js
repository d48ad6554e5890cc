/** Counts what bots send, second by second, and what became of it. */

const KEPT_S = 60;
const COUNTED = new Set(["sendMessage", "sendPhoto", "sendDocument", "editMessageText", "editMessageReplyMarkup"]);

export class Calls {
  constructor() {
    /** @type {{second: number, sent: number, refused: number, failed: number}[]} */
    this.seconds = [];
    this.failedChats = new Set();
    this.retried = 0;
    this.refused = 0;
    this.sent = 0;
    this.failed = 0;
    this.last = null;
  }

  /** @param {{received_at: number, method: string, chat_id: number, status: number}[]} calls */
  add(calls) {
    for (const call of calls) {
      if (!COUNTED.has(call.method)) continue;
      const second = this.at(Math.floor(call.received_at));
      this.last = call;
      if (call.status === 200) {
        second.sent += 1;
        this.sent += 1;
        if (this.failedChats.delete(call.chat_id)) this.retried += 1;
      } else if (call.status === 429) {
        second.refused += 1;
        this.refused += 1;
        this.failedChats.add(call.chat_id);
      } else {
        second.failed += 1;
        this.failed += 1;
        if (call.status === 0 || call.status >= 500) this.failedChats.add(call.chat_id);
      }
    }
  }

  /** The last minute, oldest first, ending now. */
  minute(now) {
    const end = Math.floor(now);
    this.seconds = this.seconds.filter(({ second }) => second > end - KEPT_S);
    const known = new Map(this.seconds.map((it) => [it.second, it]));
    return Array.from({ length: KEPT_S }, (_, index) => {
      const second = end - KEPT_S + 1 + index;
      return known.get(second) ?? { second, sent: 0, refused: 0, failed: 0 };
    });
  }

  at(second) {
    let found = this.seconds.findLast((it) => it.second === second);
    if (!found) {
      found = { second, sent: 0, refused: 0, failed: 0 };
      this.seconds.push(found);
    }
    return found;
  }
}
