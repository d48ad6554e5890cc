/** Who is on duty, in which groups, on their phones, and how one gets there with one tap. */

import { DEFAULT_GROUP } from "./desk.js";

/**
 * @param {import("./desk.js").Desk} desk
 * @param {import("/page/phones/phones.js").More} more
 */
export function tellDuty(desk, more) {
  more.status = (id) => (desk.isThere ? status(desk, id) : null);
  more.heard = (id) => desk.happenedOn(id);
  more.offers = (id) => {
    if (!desk.isThere || desk.isUnsureOf(id)) return [];
    if (desk.isOnDuty(id)) return desk.isSigningIn(id) ? otherPhrases(desk, id) : [];
    if (!desk.isSigningIn(id)) return [["/on: go on duty", "/on"]];
    return desk.phrase ? [["Send the secret phrase", desk.phrase]] : [];
  };
  more.shown = (id, element) => {
    element.dataset.duty = desk.isOnDuty(id) ? "on" : "off";
    element.dataset.paused = String(desk.isPaused(id));
  };
}

/** Who is in support alone is on duty, and no more is said: most are. */
function status(desk, id) {
  if (!desk.isOnDuty(id)) return "off duty";
  const groups = desk.groupsOf(id);
  const where = groups.some((group) => group !== DEFAULT_GROUP) ? `: ${groups.join(", ")}` : "";
  return `on duty${where}${desk.isPaused(id) ? ", paused" : ""}`;
}

/** Who is on duty and has sent /on once more is asked for another group's phrase. */
function otherPhrases(desk, id) {
  const groups = desk.groupsOf(id);
  const others = Object.entries(desk.phrases).filter(([group]) => !groups.includes(group));
  return others.map(([group, phrase]) => [`Send the phrase of ${group}`, phrase]);
}
