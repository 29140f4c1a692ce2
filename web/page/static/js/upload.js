// The way of dropped photos to the server: shrink, then send, a few at a time, again and again
// until each has arrived or was refused for good. Sending the same photo twice is harmless, since
// each carries its own id.
import * as api from './api.js';
import { shrink } from './shrink.js';
import { changed, putEntry, putPhotos, removeEntry, set, state, toast } from './store.js';

// A browser has six connections for a server; events and edits need the others.
const atOnce = 4;
// So many small copies are kept ready. Thumbnails come with them, so they run ahead of the uploads.
const ahead = 64;

let queue = []; // ids that wait to be prepared
let ready = []; // ids that wait to be sent, with their small copies
let preparing = 0;
const sending = new Map(); // id -> abort
const copies = new Map(); // id -> {small, head}
let failures = 0; // in a row, of the connection
let wake = 0; // timer
let finished = () => {};

/** Whether photos of this page are still on their way. */
export const busy = () => queue.length + ready.length + preparing + sending.size > 0;

/** Queues photos whose entries exist. done is called when none is left to send. */
export function enqueue(ids, done) {
  finished = done;
  const underWay = new Set([...queue, ...ready, ...sending.keys()]);
  queue.push(...ids.filter((id) => !underWay.has(id)));
  pump();
}

/** Forgets everything that was not sent, as when the batch is cancelled. */
export function stopUploads() {
  clearTimeout(wake);
  wake = 0;
  queue = [];
  ready = [];
  copies.clear();
  for (const abort of sending.values()) abort();
  sending.clear();
  failures = 0;
  if (state.hold) set('hold', { hold: null });
}

/**
 * Takes photos back that have not arrived. One that is on its way is removed from the server when
 * it is there.
 */
export function withdraw(ids) {
  if (ids.length === 0) return;
  const gone = new Set(ids);
  queue = queue.filter((id) => !gone.has(id));
  ready = ready.filter((id) => !gone.has(id));
  for (const id of ids) {
    if (!sending.has(id)) copies.delete(id);
    state.removed.add(id);
    removeEntry(id);
  }
  pump();
}

/** Starts whatever may start now. */
function pump() {
  while (queue.length > 0 && preparing + ready.length < ahead) prepare(queue.shift());
  if (wake) return;
  while (ready.length > 0 && sending.size < atOnce) send(ready.shift());
  if (!busy()) finished();
}

async function prepare(id) {
  const entry = state.photos.get(id);
  if (!entry?.file) return;
  const batch = state.batch;
  preparing++;
  putEntry(id, { upload: { state: 'preparing' } });
  const made = await shrink(id, entry.file, state.originals, state.service?.image);
  preparing--;
  if (state.batch?.id !== batch?.id) return; // another batch is on show by now
  if (state.photos.get(id)?.upload?.state !== 'preparing') { // cancelled or removed meanwhile
    pump();
    return;
  }
  if (made.thumb) putEntry(id, { thumb: URL.createObjectURL(made.thumb) });
  if (made.problem) {
    putEntry(id, { upload: { state: 'failed', reason: made.problem } });
  } else {
    copies.set(id, made);
    ready.push(id);
  }
  pump();
}

async function send(id) {
  const entry = state.photos.get(id);
  const batchID = state.batch?.id;
  if (!entry || !batchID) return;
  const { small, head } = copies.get(id) ?? {};
  const upload = api.sendPhoto(batchID, { id, position: entry.position, head: small && head, body: small ?? entry.file, filename: entry.filename }, (progress) => {
    if (state.photos.has(id)) putEntry(id, { upload: { state: 'sending', progress } });
  });
  sending.set(id, upload.abort);
  putEntry(id, { upload: { state: 'sending', progress: 0 } });
  try {
    const { photos } = await upload.done;
    if (sending.get(id) !== upload.abort) return; // cancelled meanwhile
    sending.delete(id);
    copies.delete(id);
    failures = 0;
    // Whether the photo was there at all is not known.
    if (state.removed.has(id)) await api.removePhoto(batchID, id).catch(() => {});
    else arrived(id, photos);
  } catch (error) {
    if (sending.get(id) !== upload.abort) return;
    sending.delete(id);
    if (!state.removed.has(id)) failed(id, error);
  }
  pump();
}

function arrived(id, photos) {
  if (state.connection === 'lost') set('connection', { connection: 'live' });
  if (photos.length > 0 && photos[0].id !== id) removeEntry(id); // the server named it
  // The original stays within reach, for the large view and for texts that are written into it. It
  // is a name, not its bytes.
  else putEntry(id, { upload: { state: 'sent' } });
  putPhotos(photos);
  changed('arrived');
}

function failed(id, error) {
  if (!(error instanceof api.Problem)) {
    putEntry(id, { upload: { state: 'failed', reason: error.message } });
    return;
  }
  if (error.passing) {
    putEntry(id, { upload: { state: 'waiting' } });
    ready.unshift(id);
    pause(error);
    return;
  }
  if (error.gone || error.code === 'batch_closed') {
    // Cancelled or deleted elsewhere: no photo of this batch can arrive any more.
    putEntry(id, { upload: { state: 'failed', reason: error.message } });
    for (const other of [...queue, ...ready]) putEntry(other, { upload: { state: 'failed', reason: error.message } });
    queue = [];
    ready = [];
    return;
  }
  copies.delete(id);
  putEntry(id, { upload: { state: 'failed', reason: error.message } });
}

const longWait = 20; // seconds, from which on the person is told why nothing is sent

/** Holds all uploads: as long as the server says, else a little longer each time. */
function pause(error) {
  failures++;
  const seconds = error.retryAfter ?? Math.min(30, 2 ** (failures - 1));
  if (error.status === 0) set('connection', { connection: 'lost' });
  if (error.status === 429 || (error.retryAfter ?? 0) > longWait) {
    set('hold', { hold: { until: Date.now() + seconds * 1000, message: error.message } });
  } else if (failures === 3) {
    toast(error.message, { kind: 'problem' });
  }
  clearTimeout(wake);
  wake = setTimeout(resume, seconds * 1000);
}

/** Goes on after a pause; also when the browser is back online, or at the person's wish. */
export function resume() {
  clearTimeout(wake);
  wake = 0;
  if (state.hold) set('hold', { hold: null });
  pump();
}

addEventListener('online', () => busy() && resume());

/** Tries a photo again that could not be sent, if its file is still here. */
export function resend(id) {
  const entry = state.photos.get(id);
  if (!entry?.file) return false;
  putEntry(id, { upload: { state: 'waiting' } });
  queue.push(id);
  changed('counts');
  pump();
  return true;
}
