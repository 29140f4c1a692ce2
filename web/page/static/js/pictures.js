// The first pictures of each batch, so that the list of batches can show them. Their addresses are
// kept in this browser; to ask the server for them would count as a look at the batch and keep it
// longer.
import { recall, remember } from './preferences.js';
import { state } from './store.js';

const key = 'tagroll-pictures';
const few = 4;
const batches = 40;

function read() {
  try {
    return JSON.parse(recall(key)) ?? {};
  } catch {
    return {};
  }
}

/** Remembers the first pictures of the batch on show. */
export function notePictures() {
  const id = state.batch?.id;
  const images = state.order.map((one) => state.photos.get(one).photo?.image).filter(Boolean).slice(0, few);
  if (!id || images.length === 0) return;
  const { [id]: _, ...others } = read();
  remember(key, JSON.stringify(Object.fromEntries([...Object.entries(others), [id, images]].slice(-batches))));
}

/** @returns {string[]} addresses */
export const picturesOf = (batch) => read()[batch.id] ?? [];
