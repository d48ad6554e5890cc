/** The bot's command menu, behind the slash beside the field. */

import { make } from "../drawing/dom.js";
import { sorry } from "../world/api.js";

/**
 * @param {number} id the person
 * @param {{menu: () => any[], chosen: (command: string) => void}} phone
 */
export function makeCommands(id, { menu, chosen }) {
  const element = make("div.commands", { hidden: true, role: "menu", "aria-label": "Commands", id: `commands-${id}` });
  const opener = make(
    "button.icon.slash",
    { type: "button", "aria-label": "Commands", "aria-expanded": "false", "aria-controls": element.id, onclick: () => toggle() },
    "/",
  );

  function toggle(open = element.hidden) {
    const commands = open ? menu() : [];
    const choose = (command) => {
      toggle(false);
      chosen(command);
    };
    element.replaceChildren(
      ...commands.map(({ command, description }) =>
        make(
          "button",
          { type: "button", role: "menuitem", onclick: () => choose(command) },
          make("span", {}, description),
          make("code", {}, `/${command}`),
        ),
      ),
    );
    element.hidden = commands.length === 0;
    opener.setAttribute("aria-expanded", String(commands.length > 0));
    if (commands.length) element.firstElementChild.focus();
    if (open && !commands.length) sorry(new Error("The bot has no command menu yet."));
  }

  return { element, opener, toggle };
}
