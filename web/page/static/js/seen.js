// Which photos the person has looked at and found right. Kept in this browser, by batch.
import { recall, remember } from './preferences.js';
import { changed, seenBy, state } from './store.js';

const key = 'tagroll-seen';
const batches = 20; // the newest are remembered

/** @type {Map<string, Set<string>>} */
let all; // by batch

/** @returns {Map<string, Set<string>>} */
function read() {
  const found = new Map();
  try {
    for (const [batch, ids] of Object.entries(JSON.parse(recall(key) ?? '{}'))) found.set(batch, new Set(ids));
  } catch {
    // Not ours.
  }
  return found;
}

function ofBatch() {
  all ??= read();
  const id = state.batch?.id;
  if (id && !all.has(id)) all.set(id, new Set());
  return all.get(id) ?? new Set();
}

/** @param {string} id */
export const isSeen = (id) => ofBatch().has(id);

/** Marks photos as seen, or as not seen. */
export function mark(ids, is = true) {
  const seen = ofBatch();
  for (const id of ids) {
    if (is) seen.add(id);
    else seen.delete(id);
    state.pinned.add(id);
    changed('photo:' + id);
  }
  // Other tabs have marked photos of other batches since.
  const kept = [...[...read()].filter(([batch]) => batch !== state.batch?.id), [state.batch?.id, seen]].slice(-batches);
  remember(key, JSON.stringify(Object.fromEntries(kept.map(([batch, set]) => [batch, [...set]]))));
  changed('counts');
}

// Another tab has marked photos, perhaps of the batch that is on show here as well.
globalThis.addEventListener?.('storage', (event) => {
  if (event.key !== key) return;
  all = read();
  changed(...state.order.map((id) => 'photo:' + id), 'counts');
});

seenBy(isSeen);
