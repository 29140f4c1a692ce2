// Handing files to the person as downloads.
import { valueOf } from './edits.js';
import { toCSV, toJSON } from './rescue.js';
import { state } from './store.js';

/** @param {Blob} blob */
export function hand(blob, name) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

/** What the files of the batch on show are called, as the server names its own. */
export const downloadName = () => state.batch?.download_name ?? 'tagroll';

/** Saves what is shown, without asking the server, which may not have all of it. */
export function handShown(extension) {
  const rows = state.order.map((id) => state.photos.get(id)).filter((entry) => entry.photo?.metadata).map((entry) => ({
    filename: entry.filename, title: valueOf(entry, 'title'), description: valueOf(entry, 'description'), keywords: valueOf(entry, 'keywords'), category: valueOf(entry, 'category'), details: valueOf(entry, 'details'),
  }));
  // Adobe Stock's numbers are the positions in the list of categories.
  const numbered = state.batch?.agencies?.[0] === 'adobe-stock' ? state.service?.categories : undefined;
  const text = extension === 'csv' ? toCSV(rows, numbered) : toJSON(rows);
  hand(new Blob([text], { type: extension === 'csv' ? 'text/csv' : 'application/json' }), `${downloadName()}.${extension}`);
}
