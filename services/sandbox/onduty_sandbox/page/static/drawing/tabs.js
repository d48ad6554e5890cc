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

/** Bring a part of the page into view: its tab on a narrow page, unfolded on a wide one. */
export function showPart(name) {
  byId("tabs").querySelector(`[data-shows="${name}"]`)?.click();
  const opener = document.querySelector(`[aria-controls="${name}"][aria-expanded="false"]`);
  if (opener?.checkVisibility()) opener.click();
}
