/** What one has typed and not sent, and what one has folded: kept when the page is loaded again. */

/** @param {Storage} storage */
function makeMemory(storage) {
  return {
    /** @returns {string} what was kept; "" when nothing was */
    get(key) {
      try {
        return storage.getItem(key) ?? "";
      } catch {
        return ""; // the browser keeps nothing here
      }
    },
    /** Keep a text; an empty one is forgotten. */
    set(key, text) {
      try {
        if (text) storage.setItem(key, text);
        else storage.removeItem(key);
      } catch {
        // the browser keeps nothing here
      }
    },
    /** Forget all of it. */
    clear() {
      try {
        storage.clear();
      } catch {
        // the browser keeps nothing here
      }
    },
  };
}

/** Of this tab alone. */
export const memory = makeMemory(sessionStorage);
