// The life of a batch as the page sees it: begun with the first photo that is dropped, open while
// photos are on their way, closed when all have been sent, followed to its end, and found again
// after a reload.
import * as api from './api.js';
import { withLabels } from './brief.js';
import { describedFor, fieldNames, overlay, photosWord, postman, unsettled, valueOf } from './edits.js';
import { prepareEmbedding } from './embedding.js';
import { ended, follow } from './events.js';
import * as expiry from './expiry.js';
import * as history from './history.js';
import * as names from './names.js';
import * as newer from './newer.js';
import * as outbox from './outbox.js';
import { forgets } from './database.js';
import { loadRecent, loadService } from './service.js';
import { arrangeAs, changed, clearBatch, closeDialog, dropToasts, putEntry, putPhotos, removeEntry, set, state, status, subscribe, toast } from './store.js';
import * as tabs from './tabs.js';
import { notePictures } from './pictures.js';
import { watchUnsent } from './unsent.js';
import { busy, resend, stopUploads, withdraw } from './upload.js';

let stopFollowing = () => {};
let seenETag = null;

/**
 * Learns what this server offers and shows the batch that the address names, or the one that is
 * running.
 */
export async function start() {
  addEventListener('hashchange', show);
  addEventListener('beforeunload', (event) => {
    changed('leaving');
    if (busy() || (forgets() && unsettled())) event.preventDefault();
  });
  addEventListener('pagehide', () => changed('leaving'));
  document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && refresh());
  addEventListener('online', refresh); // what other tabs told meanwhile could not be looked at
  subscribe('gone', gone);
  // The batch has been opened again.
  subscribe('arrived', () => {
    if (!state.batch || !ended(state.batch)) return;
    refresh();
    tellChanged(state.batch.id);
  });
  tabs.hear(heard);
  expiry.start(refresh, stillThere);
  newer.watch();
  await outbox.start(postman);
  names.onTheirWay().forEach(sendName);
  await loadService();
  if (location.hash.length > 1) await show();
  await loadRecent();
  if (state.recent) history.forgetOthers(state.recent);
  const running = (state.recent ?? []).filter((batch) => !ended(batch));
  if (state.batch || location.hash.length > 1 || running.length !== 1) return;
  // What another tab has on show is that tab's.
  const taken = (await tabs.heldElsewhere(tabs.viewer(running[0].id))) || (await tabs.heldElsewhere(tabs.sender(running[0].id)));
  if (!taken && !state.batch && location.hash.length < 2) openBatch(running[0].id);
}

/** Tells the other tabs that they may show what is no longer so. */
const tellChanged = (batch) => tabs.tell({ kind: 'changed', batch });

/** Another tab of this browser has done something. */
function heard({ kind, batch }) {
  if (kind === 'deleted' && state.batch?.id === batch) gone();
  if (kind === 'deleted' || !state.batch) loadRecent();
  if (kind === 'changed' && state.batch?.id === batch) refresh();
}

/** Opens a batch by its address, so that Back returns to where one was. */
export function openBatch(id) {
  location.hash = id;
}

/** Leaves the batch on show, which goes on without the page. */
export function leaveBatch() {
  location.hash = '';
}

export const mayLeave = () => !busy() || confirm('Some photos have not been sent yet. Leave them out?');

/** Shows what the address names. */
async function show() {
  const id = decodeURIComponent(location.hash.slice(1));
  if (id === (state.batch?.id ?? '')) return;
  // Back closes a dialog, and only the next one leaves the batch.
  const inDialog = id === '' && state.dialog;
  closeDialog();
  if (inDialog || !mayLeave()) {
    location.hash = state.batch?.id ?? '';
    return;
  }
  leave();
  if (id === '') {
    loadRecent();
    return;
  }
  set('batch', { batch: { id, state: 'loading' } });
  tabs.hold(tabs.viewer(id));
  history.recall(id);
  try {
    const { batch, etag } = await api.batch(id);
    if (state.batch?.id !== id) return;
    seenETag = etag;
    takeOver(batch);
    if (batch.state === 'open') watchUnsent();
    track(batch);
  } catch (error) {
    if (state.batch?.id !== id) return;
    if (error.gone) {
      gone();
      return;
    }
    set('batch', { gone: error.message, retrying: true });
    setTimeout(() => {
      if (state.gone && state.batch?.id === id) {
        clearBatch();
        show();
      }
    }, 3000);
  }
}

/** Takes the batch off show. What was typed goes to the outbox, which goes on without it. */
export function leave() {
  changed('leaving');
  notePictures();
  stopFollowing();
  stopUploads();
  if (state.batch?.id) {
    tabs.letGo(tabs.viewer(state.batch.id));
    tabs.letGo(tabs.sender(state.batch.id));
  }
  seenETag = null;
  clearBatch();
}

/** Takes over all that the server says of the batch and its photos. */
function takeOver(batch) {
  if (batch.photos) {
    putPhotos(batch.photos, overlay);
    arrangeAs(batch);
    for (const id of outbox.refusedOf(batch.id)) if (state.photos.has(id)) putEntry(id, outbox.outlook(batch.id, id));
  }
  see(batch);
}

/** Keeps what the server says of the batch; its photos are kept apart. */
export function see(batch) {
  const { photos: _, ...rest } = batch;
  if (state.batch?.id === rest.id && rest.revision < (state.batch.revision ?? 0)) return;
  set('batch', { batch: names.named(rest), batchSeen: performance.now(), gone: null });
  changed('counts');
}

/** Follows the batch until it ends. */
export function track(batch) {
  stopFollowing();
  if (ended(batch)) return;
  stopFollowing = follow(batch.id, batch.revision, {
    batch: see,
    photos: (photos) => putPhotos(photos, overlay),
    removed: (id) => {
      state.removed.delete(id);
      removeEntry(id);
    },
    done: (last) => {
      see(last);
      notePictures();
      prepareEmbedding();
      if (state.connection !== 'live') set('connection', { connection: 'live' });
      loadRecent();
    },
    gone,
    link: (connection) => state.connection !== connection && set('connection', { connection }),
  });
}

/** The batch is no longer there. What is shown of it stays, to be saved as a file. */
export function gone() {
  if (state.gone || !state.batch) return;
  changed('leaving');
  stopFollowing();
  stopUploads();
  if (state.batch.id) history.forget(state.batch.id);
  const over = Date.parse(state.batch.expires_at ?? '') <= api.now();
  set('batch', { retrying: false, gone: over ? 'This batch has expired, and the server has deleted it.' : 'This batch is no longer on the server: it was deleted or has expired.' });
  // The notice is above what is in view.
  if (scrollY > 0) toast(`${state.gone} At the top of the page you can save what is shown.`, { kind: 'problem', seconds: 60, subject: 'gone' });
}

const pauseBetweenLooks = 5; // seconds, where the server could not be asked
let lookAgain;

/** Looks again at a batch that has ended: another window may have changed a word. */
async function refresh() {
  if (state.batch?.id && !state.gone && ended(state.batch)) await look();
}

async function look() {
  const { id } = state.batch;
  clearTimeout(lookAgain);
  try {
    const answer = await api.batch(id, seenETag);
    if (!answer || state.batch?.id !== id) return;
    seenETag = answer.etag;
    takeOver(answer.batch);
    track(answer.batch);
  } catch (error) {
    if (state.batch?.id !== id) return;
    if (error.gone) gone();
    else lookAgain = setTimeout(refresh, 1000 * (error.retryAfter ?? pauseBetweenLooks));
  }
}

/** Asks whether the batch on show is there, and until when, without a look at it. */
async function stillThere() {
  const id = state.batch?.id;
  try {
    const found = (await api.batches()).find((batch) => batch.id === id);
    if (state.batch?.id !== id) return;
    if (found) set('batch', { batch: { ...state.batch, expires_at: found.expires_at } });
    else gone();
  } catch {
    // The server is away; asked again in a moment.
  }
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
    tellChanged(id);
    if (state.batch?.id !== id) return;
    takeOver(batch);
  } catch (error) {
    toast(error.message, { kind: 'problem' });
  }
}

/**
 * Does something to the batch on show and takes over what the server says of it. Returns whether it
 * worked.
 */
async function change(call) {
  const id = state.batch?.id;
  try {
    const answer = await call(id);
    tellChanged(id);
    if (state.batch?.id !== id) return false;
    const batch = answer.batch ?? answer;
    takeOver(batch);
    track(batch);
    return true;
  } catch (error) {
    if (error.gone) gone();
    else toast(withLabels(error.message, state.service?.agencies ?? []), { kind: 'problem' });
    return false;
  }
}

/** Goes on with a cancelled batch: the photos that were not described are. */
export const continueBatch = () => change(api.continueBatch);

/** Another hour. */
export const extendBatch = () => change(api.extendBatch);

/** Gives a batch a name; its files are called so. It is kept in this browser until it is stored. */
export function renameBatch(id, name) {
  if (state.batch?.id !== id) return;
  names.keep(id, name);
  set('batch', { batch: names.named(state.batch) });
  sendName(id);
}

const nameAgain = 3; // seconds until a name that could not be stored is sent again

/** @type {Map<string, Promise<void>>} */
const sendings = new Map();

/** Resolves when a batch's name is stored, or cannot be. */
export const nameSaved = (id) => sendings.get(id);

function sendName(id) {
  if (!sendings.has(id)) sendings.set(id, sendNames(id).finally(() => sendings.delete(id)));
}

/** Sends a batch's name, and the next one if it was renamed meanwhile, one after the other. */
async function sendNames(id) {
  for (let name = names.waiting(id); name !== undefined; name = names.waiting(id)) {
    try {
      const batch = await api.changeBatch(id, { name });
      if (names.waiting(id) === name) names.keep(id);
      tellChanged(id);
      dropToasts('name');
      if (state.batch?.id === id) see(batch);
    } catch (error) {
      if (error.passing) {
        toast('The name is not saved yet, and the page keeps trying. It is kept in this browser.', { kind: 'problem', subject: 'name' });
        await new Promise((resolve) => setTimeout(resolve, 1000 * (error.retryAfter ?? nameAgain)));
        continue;
      }
      if (names.waiting(id) === name) names.keep(id);
      if (!error.gone) toast(error.message, { kind: 'problem' });
      seenETag = null;
      if (state.batch?.id === id) look();
    }
  }
  loadRecent();
}

/**
 * Says what the describer should know of the shoot, what the words shall be, and what the batch is
 * called. Returns whether the server has it.
 * @param {import('../../api.d.ts').BatchTexts} texts
 */
export const changeShoot = (texts) => change((id) => api.changeBatch(id, texts));

/**
 * Describes photos again, as one step. Fields that were written by hand stay, unless they are to be
 * overwritten.
 * @param {string[]} ids
 * @param {boolean} overwrite
 */
export async function describeAgain(ids, overwrite) {
  const failed = ids.filter((id) => status(state.photos.get(id)) === 'failed');
  const done = ids.filter((id) => describedFor(state.photos.get(id)));
  if (failed.length > 0) await retry(failed);
  if (done.length === 0) return;
  const changes = done.flatMap((id) => Object.keys(fieldNames).map((field) => ({ id, field, before: valueOf(state.photos.get(id), field), after: undefined })));
  if (!(await change((batch) => outbox.saved().then(() => api.describeAgain(batch, done, overwrite))))) return;
  const step = history.remember(`${photosWord(done.length)} described again`, changes);
  // Some may have been described before the answer came.
  for (const id of done) if (describedFor(state.photos.get(id))) history.learn(state.photos.get(id).photo);
  toast(`${photosWord(done.length)} will be described again.`, { action: 'Undo', run: () => history.undo(step.id), subject: step.id });
}

const atOnce = 4; // photos that are removed

/**
 * Takes photos out of the batch, also those that are on their way there. Their texts cannot be
 * brought back. Goes on if the person leaves the batch meanwhile.
 */
export async function removePhotos(ids) {
  const batch = state.batch?.id;
  const there = ids.filter((id) => state.photos.get(id)?.photo);
  withdraw(ids.filter((id) => !state.photos.get(id)?.photo));
  /** @type {Error|undefined} */
  let failed;
  const queue = [...there];
  const work = async () => {
    while (queue.length > 0 && !failed) {
      const id = queue.shift();
      if (state.batch?.id === batch) state.removed.add(id);
      try {
        await api.removePhoto(batch, id);
      } catch (error) {
        if (!error.gone) {
          state.removed.delete(id);
          failed ??= error;
          return;
        }
      }
      if (state.batch?.id === batch) removeEntry(id);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  if (there.length > 0) tellChanged(batch);
  const { message } = failed ?? {};
  if (message) toast(message, { kind: 'problem' });
  else toast(`${photosWord(ids.length)} removed from the batch.`);
}

/** Has failed photos described again: the named ones, or all that failed. */
export async function retry(ids) {
  const id = state.batch?.id;
  const local = (ids ?? state.order).filter((one) => !state.photos.get(one).photo && state.photos.get(one).upload?.state === 'failed');
  for (const one of local) resend(one);
  if (ids && local.length === ids.length) return;
  try {
    const { batch } = await api.retryPhotos(id, ids?.filter((one) => !local.includes(one)));
    tellChanged(id);
    if (state.batch?.id !== id) return;
    takeOver(batch);
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
    if (!error.gone) {
      toast(error.message, { kind: 'problem' });
      return;
    }
  }
  outbox.forget(id);
  history.forget(id);
  names.keep(id);
  tabs.tell({ kind: 'deleted', batch: id });
  if (state.batch?.id === id) {
    leave();
    location.hash = '';
  }
  toast('The batch and everything in it has been deleted.');
  loadRecent();
}
