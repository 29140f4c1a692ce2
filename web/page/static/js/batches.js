// The life of a batch as the page sees it: begun with the first photo that is dropped, open while photos are on their
// way, closed when all have been sent, followed to its end, and found again after a reload.
import * as api from './api.js';
import { forgetEdits, overlay, unsettled } from './edits.js';
import { ended, follow } from './events.js';
import { check, idOf } from './files.js';
import { recall, remember } from './preferences.js';
import { addEntries, changed, clearBatch, putEntry, putPhotos, set, state, toast } from './store.js';
import { busy, enqueue, resend, stopUploads } from './upload.js';
import { count } from './words.js';

let stopFollowing = () => {};
let seenETag = null;
let closing = null; // id of the batch that is being closed: nothing may join it any more

/** Learns what this server offers and shows the batch that the address names, or the one that is running. */
export async function start() {
  addEventListener('hashchange', show);
  addEventListener('beforeunload', (event) => {
    if (busy() || unsettled()) event.preventDefault();
  });
  document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && refresh());
  await loadService();
  if (location.hash.length > 1) await show();
  await loadRecent();
  const running = (state.recent ?? []).filter((batch) => !ended(batch));
  if (!state.batch && location.hash.length < 2 && running.length === 1) openBatch(running[0].id);
}

export async function loadService() {
  try {
    const service = await api.service();
    const wanted = recall('tagroll-agency');
    const agency = service.agencies.find((a) => a.name === wanted) ?? service.agencies.find((a) => a.default) ?? service.agencies[0];
    set('service', { service, serviceProblem: null, agency: agency?.name ?? '', originals: recall('tagroll-originals') === 'yes' });
  } catch (error) {
    set('service', { serviceProblem: error.message });
    setTimeout(loadService, 3000);
  }
}

export async function loadRecent() {
  try {
    set('recent', { recent: await api.batches() });
  } catch {
    // The list is a convenience; the server's absence is told where it matters.
  }
}

export function chooseAgency(agency) {
  remember('tagroll-agency', agency);
  set('service', { agency });
}

export function sendOriginals(originals) {
  remember('tagroll-originals', originals ? 'yes' : 'no');
  set('service', { originals });
}

/** Opens a batch by its address, so that Back returns to where one was. */
export function openBatch(id) {
  location.hash = id;
}

/** Leaves the batch on show, which goes on without the page. */
export function leaveBatch() {
  location.hash = '';
}

const mayLeave = () => !busy() || confirm('Some photos have not been sent yet. Leave them out?');

/** Shows what the address names. */
async function show() {
  const id = decodeURIComponent(location.hash.slice(1));
  if (id === (state.batch?.id ?? '')) return;
  if (!mayLeave()) {
    location.hash = state.batch?.id ?? '';
    return;
  }
  leave();
  if (id === '') {
    loadRecent();
    return;
  }
  set('batch', { batch: { id, state: 'loading' } });
  try {
    const { batch, etag } = await api.batch(id);
    if (state.batch?.id !== id) return;
    seenETag = etag;
    putPhotos(batch.photos ?? []);
    see(batch);
    if (batch.state === 'open') findLost(batch);
    track(batch);
  } catch (error) {
    if (state.batch?.id !== id) return;
    if (!error.passing) {
      gone();
      return;
    }
    set('batch', { gone: error.message });
    setTimeout(() => {
      if (state.gone && state.batch?.id === id) {
        clearBatch();
        show();
      }
    }, 3000);
  }
}

function leave() {
  stopFollowing();
  stopUploads();
  forgetEdits();
  seenETag = null;
  clearBatch();
}

/** Keeps what the server says of the batch; its photos are kept apart. */
function see(batch) {
  const { photos: _, ...rest } = batch;
  if (state.batch?.id === rest.id && rest.revision < (state.batch.revision ?? 0)) return;
  set('batch', { batch: rest, batchSeen: performance.now(), gone: null });
  changed('counts');
}

function track(batch) {
  stopFollowing();
  if (ended(batch)) return;
  stopFollowing = follow(batch.id, batch.revision, {
    batch: see,
    photos: (photos) => putPhotos(photos, overlay),
    done: (last) => {
      see(last);
      if (state.connection !== 'live') set('connection', { connection: 'live' });
      loadRecent();
    },
    gone,
    link: (connection) => state.connection !== connection && set('connection', { connection }),
  });
}

function gone() {
  stopFollowing();
  stopUploads();
  set('batch', { gone: 'This batch is no longer here: it was deleted, or its time was over.' });
}

/** Looks again at a batch that has ended: another window may have changed a word. */
async function refresh() {
  const id = state.batch?.id;
  if (!id || !ended(state.batch) || unsettled()) return;
  try {
    const answer = await api.batch(id, seenETag);
    if (!answer || state.batch?.id !== id) return;
    seenETag = answer.etag;
    putPhotos(answer.batch.photos ?? [], overlay);
    see(answer.batch);
    track(answer.batch);
  } catch (error) {
    if (error.status === 404) gone();
  }
}

const joinable = () => state.batch && !state.gone && (state.batch.state === 'making' || (state.batch.state === 'open' && closing !== state.batch.id));

/** Takes files that were dropped, pasted or chosen: into the batch that is open, or a new one. */
export async function addFiles(files) {
  if (files.length === 0 || !state.service) return;
  const room = (state.service.limits.photos_per_batch || Infinity) - (joinable() ? state.order.length : 0);
  const { photos, refused, ignored } = await check(files, state.service, room);
  if (photos.length > 0 && !joinable()) {
    if (!mayLeave()) return;
    leave();
  }
  set('refused', { refused: [...state.refused, ...refused], ignored: state.ignored + ignored });
  if (photos.length === 0) {
    if (refused.length === 0) toast('There are no photos in what you gave.');
    return;
  }
  const entries = entriesOf(photos);
  const known = photos.length - entries.length + entries.filter((entry) => state.photos.has(entry.id)).length;
  if (known > 0) toast(`${count(known, 'photo is', 'photos are')} here already and will not be sent again.`);
  addEntries(entries);
  if (state.batch?.state === 'making') return; // they are sent with the others when it is made
  if (!state.batch && !(await begin())) return;
  set('hold', { lost: null });
  noteUnsent();
  enqueue(unsent(), allSent);
}

function entriesOf(files) {
  const entries = new Map();
  for (const file of files) {
    const id = idOf(file);
    if (!entries.has(id)) entries.set(id, { id, filename: file.name, file, upload: { state: 'waiting' } });
  }
  return [...entries.values()];
}

const unsent = () => state.order.filter((id) => state.photos.get(id).upload?.state === 'waiting');

/** Makes the batch that the dropped photos go into; waits where a limit says so. Returns whether there is one. */
async function begin() {
  const making = { state: 'making', agencies: [state.agency], describer: state.service.describer };
  set('batch', { batch: making });
  for (let tries = 0; ; tries++) {
    try {
      const batch = await api.createBatch(state.agency ? [state.agency] : []);
      if (state.batch !== making) return false;
      set('hold', { hold: null });
      see(batch);
      location.hash = batch.id;
      track(batch);
      return true;
    } catch (error) {
      if (state.batch !== making) return false;
      if (!error.passing) {
        toast(error.message, { kind: 'problem' });
        clearBatch();
        return false;
      }
      const seconds = error.retryAfter ?? Math.min(30, 2 ** tries);
      set('hold', { hold: { until: Date.now() + seconds * 1000, message: error.message } });
      await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
      if (state.batch !== making) return false;
    }
  }
}

/** Remembers what is on its way, so that after a reload the page can name what is missing. */
function noteUnsent() {
  const names = state.order.map((id) => [id, state.photos.get(id).filename]);
  remember('tagroll-unsent', JSON.stringify({ batch: state.batch.id, names }));
}

/** After a reload in the middle of sending: which photos never left this computer. */
function findLost(batch) {
  let noted = null;
  try {
    noted = JSON.parse(recall('tagroll-unsent'));
  } catch {
    // Not ours, or from an older version.
  }
  const there = new Set((batch.photos ?? []).map((photo) => photo.id));
  const names = noted?.batch === batch.id ? noted.names.filter(([id]) => !there.has(id)).map(([, name]) => name) : [];
  set('hold', { lost: { names } });
}

/** Closes the batch when the last photo has been sent; without a single one on the server it is dropped. */
async function allSent() {
  const batch = state.batch;
  if (!batch?.id || batch.state !== 'open' || closing === batch.id) return;
  await closeBatch();
}

/** Says that no more photos will come. */
export async function closeBatch() {
  const id = state.batch.id;
  closing = id;
  set('hold', { lost: null });
  for (let tries = 0; state.batch?.id === id; tries++) {
    try {
      const batch = await api.closeBatch(id);
      if (state.batch?.id !== id) break;
      putPhotos(batch.photos ?? [], overlay);
      see(batch);
      if (ended(batch)) {
        track(batch);
        loadRecent();
      }
      break;
    } catch (error) {
      if (state.batch?.id !== id) break;
      if (!error.passing) {
        if (error.status === 404) gone();
        else toast(error.message, { kind: 'problem' });
        break;
      }
      await new Promise((resolve) => setTimeout(resolve, (error.retryAfter ?? Math.min(30, 2 ** tries)) * 1000));
    }
  }
  closing = null;
}

/** Ends the batch now; what is done stays. */
export async function cancelBatch() {
  const id = state.batch?.id;
  stopUploads();
  for (const entry of state.photos.values()) {
    if (!entry.photo && entry.upload?.state !== 'failed') putEntry(entry.id, { upload: { state: 'stopped' } });
  }
  if (!id) {
    set('batch', { batch: { ...state.batch, state: 'cancelled' } });
    return;
  }
  try {
    const batch = await api.cancelBatch(id);
    if (state.batch?.id !== id) return;
    putPhotos(batch.photos ?? [], overlay);
    see(batch);
  } catch (error) {
    toast(error.message, { kind: 'problem' });
  }
}

/** Has failed photos described again: the named ones, or all that failed. */
export async function retry(ids) {
  const id = state.batch?.id;
  const local = (ids ?? state.order).filter((one) => !state.photos.get(one).photo && state.photos.get(one).upload?.state === 'failed');
  for (const one of local) resend(one);
  if (ids && local.length === ids.length) return;
  try {
    const { batch } = await api.retryPhotos(id, ids?.filter((one) => !local.includes(one)));
    if (state.batch?.id !== id) return;
    putPhotos(batch.photos ?? [], overlay);
    see(batch);
    track(batch);
  } catch (error) {
    if (error.code !== 'nothing_to_retry') toast(error.message, { kind: 'problem' });
  }
}

/** Deletes a batch, everything of it, now. */
export async function removeBatch(id) {
  try {
    await api.deleteBatch(id);
  } catch (error) {
    if (error.status !== 404) {
      toast(error.message, { kind: 'problem' });
      return;
    }
  }
  if (state.batch?.id === id) {
    leave();
    location.hash = '';
  }
  toast('The batch is deleted, with everything of it.');
  loadRecent();
}
