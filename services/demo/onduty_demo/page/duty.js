/** Who is on duty, on their phones, and how one gets there with one tap. */

/**
 * @param {import("./desk.js").Desk} desk
 * @param {import("/page/phones/phones.js").More} more
 */
export function tellDuty(desk, more) {
  more.status = (id) => {
    if (!desk.isThere) return null;
    return desk.isOnDuty(id) ? "on duty" : "off duty";
  };
  more.offers = (id, messages) => {
    if (!desk.isThere || desk.isOnDuty(id)) return [];
    const written = messages.filter((message) => !message.from_bot);
    const isAsked = written.at(-1)?.text === "/on" && messages.at(-1)?.from_bot;
    if (isAsked) return desk.phrase ? [["Send the secret phrase", desk.phrase]] : [];
    return [["/on: go on duty", "/on"]];
  };
  more.shown = (id, element) => {
    element.dataset.duty = desk.isOnDuty(id) ? "on" : "off";
  };
}
