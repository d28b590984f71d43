// @ts-check

/**
 * What was begun and not sent yet, kept in this browser: words, files that are uploaded, the choices. One entry for each chat.
 * Of a temporary chat nothing outlives the tab.
 * @typedef {{ text?: string, model?: string, think?: string, temporary?: boolean, files?: string[], options?: Record<string, string>, at?: number }} Words
 */

const prefix = "draft:";
const most = 60;

/** @param {string} session empty for a new chat */
export function readDraft(session) {
  for (const store of stores()) {
    const kept = store.getItem(prefix + session);
    if (!kept) continue;
    try {
      return /** @type {Words} */ (JSON.parse(kept));
    } catch {
      store.removeItem(prefix + session);
    }
  }
  return null;
}

/** @param {string} session @param {Words} words @param {boolean} temporary */
export function keepDraft(session, words, temporary) {
  forgetDraft(session);
  const [kept, passing] = stores();
  const store = temporary ? passing : kept;
  if (!store || Object.values(words).every((value) => !value || (typeof value === "object" && Object.keys(value).length === 0))) return;
  try {
    store.setItem(prefix + session, JSON.stringify({ ...words, at: Date.now() }));
    prune(store);
  } catch {
    // No room: the words are in the field, and that is where they stay.
  }
}

/** @param {string} session */
export function forgetDraft(session) {
  for (const store of stores()) store.removeItem(prefix + session);
}

/** The browser may forbid both. @returns {Storage[]} */
function stores() {
  try {
    return [localStorage, sessionStorage];
  } catch {
    return [];
  }
}

/** @param {Storage} store */
function prune(store) {
  const keys = Object.keys(store).filter((key) => key.startsWith(prefix));
  if (keys.length <= most) return;
  const ages = keys.map((key) => ({ key, at: Number(/"at":(\d+)/.exec(store.getItem(key) ?? "")?.[1] ?? 0) })).sort((a, b) => a.at - b.at);
  for (const { key } of ages.slice(0, keys.length - most)) store.removeItem(key);
}
