// The described photos as files with their texts in them: as an archive, or written into a folder
// of this computer.
import { distinctNames } from './arrange.js';
import { placeOf, valueOf } from './edits.js';
import { downloadName, hand } from './files-out.js';
import { hasOrigin, rootsOf, writeBack, writeWhole } from './origins.js';
import { fieldsOf } from './outbox.js';
import { putEntry, state } from './store.js';
import { sentence } from './words.js';
import { limit, zip } from './zip.js';

/** Whether this browser writes into folders. */
export const writesFolders = () => 'showDirectoryPicker' in globalThis;

/** The described photos whose originals this page holds, in the order of the batch. */
export const withOriginals = (review) => state.order.map((id) => state.photos.get(id))
  .filter((entry) => entry.file && (entry.photo?.state === 'successful' || (review && entry.photo?.state === 'needs_review')));

/**
 * @typedef {{written: number, problems: {name: string, reason: string}[]}} Outcome
 */

/**
 * The description as it stands in the file: that of an editorial photo begins with place and date,
 * and a caption that the file has stays where there is no other. The server makes that beginning.
 */
function captionOf(entry, title) {
  const { dateline, caption = '' } = entry.photo;
  const text = valueOf(entry, 'description');
  const editorial = valueOf(entry, 'details').editorial || state.batch?.brief?.editorial;
  if (editorial && 'details' in fieldsOf(state.batch?.id, entry.id)) throw new DOMException('The server does not have the details yet.', 'InvalidStateError');
  if (!dateline || !editorial) return text || caption;
  return text.startsWith(dateline) ? text : dateline + (text || title);
}

const embedder = () => import('./embed/jpeg.js').catch(() => {
  throw new DOMException('The part of the page that writes into photos cannot be loaded.', 'NetworkError');
});

/**
 * Loads what writes into photos, while the server is there and has it: an upgrade would take it
 * away.
 */
// What fails here is tried again when it is needed.
export const prepareEmbedding = () => state.order.some((id) => state.photos.get(id).file) && embedder().catch(() => {});

/**
 * A photo's JPEG with its texts in it. The module that writes them is loaded when there is
 * something to write.
 */
async function withTexts(entry) {
  const { embedJPEG } = await embedder();
  const title = valueOf(entry, 'title');
  const { copyright = '' } = valueOf(entry, 'details');
  const fields = { title, headline: title, description: captionOf(entry, title), keywords: valueOf(entry, 'keywords'), category: valueOf(entry, 'category'), copyright, place: placeOf(entry) };
  const bytes = embedJPEG(new Uint8Array(await entry.file.arrayBuffer()), fields, state.service.categories);
  return new Blob([/** @type {Uint8Array<ArrayBuffer>} */ (bytes)], { type: 'image/jpeg' });
}

/** The files' names, each once: those that the CSV has where twins are numbered. */
function namesOf(entries) {
  const there = state.order.filter((id) => state.photos.get(id).photo);
  const distinct = distinctNames(there.map((id) => state.photos.get(id).filename));
  return entries.map((entry) => distinct[there.indexOf(entry.id)] ?? entry.filename);
}

const unreadable = 'The file can no longer be read. Was it moved or changed? Drop it here again.';
const forbidden = 'The browser is not allowed to write here. Click the button again and allow it, or take the photos as ZIP.';
/** What the browser's errors mean here, by their names, and what to do. */
const reasons = {
  NotReadableError: unreadable,
  NotFoundError: unreadable,
  NotAllowedError: forbidden,
  SecurityError: forbidden,
  QuotaExceededError: 'The disk is full. The file is as it was: make room, then click the button again.',
  NetworkError: 'A part of this page is still to be loaded, and the server cannot be reached. Click the button again when the server is back.',
  InvalidStateError: 'An editorial photo whose details are not saved yet: its description begins with place and date, which the server puts there. Try again when your changes are saved.',
  NoModificationAllowedError: 'Another program is using the file. Close it there, then click the button again.',
};

/** Why a photo was not written, and what to do. */
const reasonOf = (error) => reasons[error.name] ?? `${sentence(error.message).replace(/\.$/, '')}. Take the XMP sidecar instead.`;

/** Makes the files one by one, each handed on before the next is begun. */
async function each(entries, progress, take) {
  const problems = [];
  let written = 0;
  const names = namesOf(entries);
  for (const [i, entry] of entries.entries()) {
    try {
      // The server may have tidied the texts since.
      const latest = state.photos.get(entry.id) ?? entry;
      await take(names[i], await withTexts(latest), latest);
      written++;
    } catch (error) {
      problems.push({ name: entry.filename, reason: reasonOf(error) });
    }
    progress(i + 1);
  }
  return { written, problems };
}

/**
 * Downloads the photos as one archive.
 * @returns {Promise<Outcome>}
 */
export async function saveArchive(entries, progress) {
  if (entries.reduce((sum, entry) => sum + entry.file.size, 0) > limit) throw new Error(`The photos are more than 4 GB together, too much for a ZIP file: ${writesFolders() ? 'write them into a folder' : 'take the XMP sidecars'} instead.`);
  const files = [];
  const outcome = await each(entries, progress, (name, blob) => files.push({ name, blob }));
  if (files.length > 0) hand(await zip(files), `${downloadName()}.zip`);
  return outcome;
}

/** The photos that were dropped in a way that lets them be written to. */
export const writable = (entries) => entries.filter((entry) => hasOrigin(entry.file));

/**
 * Writes the texts into the dropped files themselves. The browser asks the person for each folder,
 * and each single file.
 * @returns {Promise<Outcome>}
 */
export async function saveBack(entries, progress) {
  for (const root of await rootsOf(entries.map((entry) => entry.file))) {
    const allowed = (await root.requestPermission?.({ mode: 'readwrite' })) ?? 'granted';
    if (allowed !== 'granted') return { written: 0, problems: [{ name: root.name, reason: forbidden }] };
  }
  return each(entries, progress, async (_, blob, entry) => putEntry(entry.id, { file: await writeBack(entry.file, blob) }));
}

/**
 * Writes the photos into a folder that the person chooses. Files that are there already are
 * replaced only if they say so; each is replaced as a whole or stays.
 * @param {(names: string[]) => boolean} mayReplace
 * @returns {Promise<Outcome|null>} null: the person chose no folder
 */
export async function saveFolder(entries, progress, mayReplace) {
  let folder;
  try {
    const { showDirectoryPicker } = /** @type {any} */ (globalThis);
    folder = await showDirectoryPicker({ mode: 'readwrite', id: 'tagroll' });
  } catch (error) {
    if (error.name === 'AbortError') return null;
    throw new Error(reasonOf(error));
  }
  // Some systems know files by their names in any case.
  const wanted = new Set(namesOf(entries).map((name) => name.toLowerCase()));
  const there = [];
  try {
    for await (const name of folder.keys()) if (wanted.has(name.toLowerCase())) there.push(name);
  } catch (error) {
    throw new Error(error.name === 'NotFoundError' ? 'The folder is no longer there. Choose another.' : reasonOf(error));
  }
  if (there.length > 0 && !mayReplace(there)) return null;
  const old = new Set(there.map((name) => name.toLowerCase()));
  return each(entries, progress, async (name, blob) => {
    const handle = await folder.getFileHandle(name, { create: true });
    try {
      await writeWhole(handle, blob);
    } catch (error) {
      // An empty file under the photo's name would pass for the photo.
      if (!old.has(name.toLowerCase())) await folder.removeEntry(name).catch(() => {});
      throw error;
    }
  });
}
