/** On a narrow page one part is shown at a time; each tab names its part by `data-shows`. */

import { byId } from "./dom.js";

/** Show the part whose tab is chosen; tabs may be added later. */
export function followTabs(shown) {
  const tabs = byId("tabs");
  tabs.addEventListener("click", (event) => {
    const chosen = event.target.closest("[data-shows]");
    if (!chosen) return;
    document.body.dataset.tab = chosen.dataset.shows;
    for (const tab of tabs.querySelectorAll("[data-shows]")) {
      tab.setAttribute("aria-current", String(tab === chosen));
    }
    shown();
  });
}
