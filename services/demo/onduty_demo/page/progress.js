/** How far a customer's message has come. */

import { DEFAULT_GROUP } from "./desk.js";

/** In a few words, where a customer's message is. */
export function progress(state, desk) {
  if (!state) return { word: "", how: "quiet" };
  const { queued = 0, quiet = 0, waiting = 0, attempting = 0, given_up: lost = 0 } = state;
  const sent = (state.sent ?? 0) + quiet; // quiet: drawn into the card that is there already
  const all = sent + waiting + attempting;
  if (!isAnyRunning(desk) && (queued || waiting || attempting)) {
    return { word: "waits: no dispatcher runs", how: "bad" };
  }
  if (queued) return { word: "queued", how: "slow" };
  if (all === 0 && lost === 0) return { word: `nobody is on duty${where(desk)}: it waits for /on`, how: "slow" };
  if (waiting || attempting) return { word: `waiting for a permit, sent to ${sent} of ${all}`, how: "slow" };
  if (lost) return { word: `sent to ${sent}, given up for ${lost}`, how: "bad" };
  return { word: `on ${sent} ${sent === 1 ? "phone" : "phones"}`, how: "good" };
}

/** Support goes without saying. */
function where({ group }) {
  return group === DEFAULT_GROUP ? "" : ` in ${group}`;
}

function isAnyRunning(desk) {
  return Object.values(desk.dispatchers).some(Boolean);
}
