/** What the owner of a phone can set: the language, what is deleted, and whether the bot is blocked. */

import { tryTo } from "../world/api.js";
import { make, sign } from "../drawing/dom.js";

const LANGUAGES = [
  ["en", "English"],
  ["ru", "Русский"],
  ["de", "Deutsch"],
  ["es", "Español"],
  ["fr", "Français"],
  ["uk", "Українська"],
];

/** @param {import("./phone.js").PhoneView} phone */
export function makeMenu(phone) {
  const language = make(
    "select",
    { onchange: () => tryTo("PATCH", `control/users/${phone.id}`, { language_code: language.value }) },
    ...LANGUAGES.map(([code, name]) => make("option", { value: code, lang: code }, name)),
  );
  const block = make("button.quiet", {
    type: "button",
    onclick: () => phone.act(phone.state.view.blocked ? "unblock" : "block").then(() => panel.hidePopover()),
  });
  const removal = make("button.quiet", {
    type: "button",
    onclick: () => phone.act("delete_topic", { topic: phone.places.topic.id }).then(() => panel.hidePopover()),
  }, "Delete this topic");
  const clearing = make("button.quiet", {
    type: "button",
    onclick: () => phone.act("clear_history").then(() => panel.hidePopover()),
  }, "Clear history");
  const panel = make(
    "div.panel",
    { id: `panel-${phone.id}` },
    make("label", {}, "Language", language),
    removal,
    clearing,
    block,
  );
  panel.setAttribute("popover", "auto");
  const opener = make(
    "button.icon",
    { type: "button", "aria-label": `Settings of ${phone.state.user.first_name}`, onclick: open },
    sign("more"),
  );
  function open() {
    const { user, view } = phone.state;
    const code = user.language_code ?? "en";
    if (![...language.options].some((option) => option.value === code)) {
      language.append(make("option", { value: code }, code));
    }
    language.value = code;
    block.textContent = view.blocked ? "Unblock the bot" : "Block the bot";
    removal.hidden = !phone.places.topic;
    clearing.hidden = !phone.places.isForum;
    panel.showPopover();
    const place = opener.getBoundingClientRect();
    panel.style.top = `${place.bottom + 4}px`;
    panel.style.left = `${Math.max(8, place.right - panel.offsetWidth)}px`;
    language.focus();
  }
  return make("div.menu", {}, opener, panel);
}
