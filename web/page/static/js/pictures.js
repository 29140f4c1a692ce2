// The first pictures of each batch, so that the list of batches can show them. Their addresses are kept in this browser;
// to ask the server for them would count as a look at the batch and keep it longer.
import { recall, remember } from './preferences.js';

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

/** Remembers a batch's first pictures. */
export function notePictures(batch) {
  const images = batch.photos.map((photo) => photo.image).filter(Boolean).slice(0, few);
  if (images.length === 0) return;
  const { [batch.id]: _, ...others } = read();
  remember(key, JSON.stringify(Object.fromEntries([...Object.entries(others), [batch.id, images]].slice(-batches))));
}

/** @returns {string[]} addresses */
export const picturesOf = (batch) => read()[batch.id] ?? [];
