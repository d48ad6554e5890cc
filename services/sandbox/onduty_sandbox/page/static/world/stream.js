/** Stays connected: the whole state once, then every change; after a break, the whole again. */

import { ask } from "./api.js";

const KINDS = [
  ...["user", "chat", "message", "message_edited", "message_deleted", "reaction", "pinned", "unpinned"],
  ...["tap", "tap_answered"],
  ...["blocked", "unblocked", "read", "chat_action", "topic", "topics", "commands", "faults", "strangers", "limits", "latency", "reset"],
  "calls",
];
const AGAIN_MS = 700;

/**
 * @param {import("../world/world.js").World} world
 * @param {{loaded: (everything: any) => void, line: (text: string) => void}} tell
 */
export async function follow(world, tell) {
  let everything;
  try {
    everything = await ask("GET", "control/everything");
  } catch {
    tell.line("Not connected");
    setTimeout(follow, AGAIN_MS, world, tell);
    return;
  }
  world.load(everything);
  tell.loaded(everything);
  const source = new EventSource(`/control/events?after=${everything.sequence}&calls=${everything.calls_count}`);
  const again = () => {
    source.close();
    tell.line("Not connected");
    setTimeout(follow, AGAIN_MS, world, tell);
  };
  source.addEventListener("open", () => tell.line("Live"));
  source.addEventListener("error", again);
  for (const kind of KINDS) {
    source.addEventListener(kind, (event) => {
      if (kind === "reset") again();
      else world.hear(kind, JSON.parse(event.data));
    });
  }
}
