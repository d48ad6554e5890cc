/** A row of names: one stop for Tab, arrows go along it. */

const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

/** Let Tab stop at one of these buttons only, also of those that are added later. */
export function rove(row) {
  row.addEventListener("keydown", (event) => {
    const all = [...row.children];
    const at = all.indexOf(event.target);
    const last = all.length - 1;
    const to = { Home: 0, End: last }[event.key] ?? at + (STEPS[event.key] ?? 0);
    if (at < 0 || to === at || !all[to]) return;
    event.preventDefault();
    all[to].focus();
  });
  row.addEventListener("focusin", (event) => stopAt(row, event.target));
  new MutationObserver(() => stopAt(row)).observe(row, {
    childList: true,
    subtree: true,
    attributeFilter: ["aria-pressed"],
  });
}

/** Stop at this one; else at the chosen one, the one so far, or the first. */
function stopAt(row, wanted) {
  const stop =
    wanted ?? row.querySelector(":scope > [aria-pressed=true]") ?? row.querySelector(":scope > [tabindex='0']") ?? row.firstElementChild;
  for (const one of row.children) one.tabIndex = one === stop ? 0 : -1;
}

/** Bring the chosen one into view, without moving anything else. */
export function showChosen(row, chosen) {
  if (!chosen) return;
  const { left, right } = row.getBoundingClientRect();
  const place = chosen.getBoundingClientRect();
  if (place.left < left) row.scrollLeft -= left - place.left + 8;
  else if (place.right > right) row.scrollLeft += place.right - right + 8;
}
