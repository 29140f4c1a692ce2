// Which photos the person has looked at and found right. Kept in this browser, by batch.
import { recall, remember } from './preferences.js';
import { changed, seenBy, state } from './store.js';

const key = 'tagroll-seen';
const batches = 20; // the newest are remembered

let all; // batch -> ids

function read() {
  try {
    return Object.entries(JSON.parse(recall(key) ?? '{}')).map(([batch, ids]) => [batch, new Set(ids)]);
  } catch {
    return []; // not ours
  }
}

function ofBatch() {
  all ??= new Map(read());
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
  const kept = [...all].slice(-batches).map(([batch, set]) => [batch, [...set]]);
  remember(key, JSON.stringify(Object.fromEntries(kept)));
  changed('counts');
}

seenBy(isSeen);
