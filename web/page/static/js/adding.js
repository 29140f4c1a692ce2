// Photos come in: from what was dropped, pasted or chosen to a batch that is open for them, and its
// closing when the last one has been sent.
import * as api from './api.js';
import { briefProblem, withLabels } from './brief.js';
import { continueBatch, gone, leave, mayLeave, see, track } from './batches.js';
import { overlay } from './edits.js';
import { prepareEmbedding } from './embedding.js';
import { ended } from './events.js';
import { check, idOf } from './files.js';
import { forgetShoot, loadRecent } from './service.js';
import { addEntries, clearBatch, putEntry, putPhotos, set, state, subscribe, toast } from './store.js';
import * as tabs from './tabs.js';
import { noteUnsent, watchUnsent, whenComplete } from './unsent.js';
import { enqueue } from './upload.js';
import { count } from './words.js';

// The ID of the batch that this tab sends photos to, and closes when they have arrived.
let toClose = null;
let closing = null; // id of the batch that is being closed: nothing may join it any more

let lastPosition = 0;

/** The next place in the person's order: what is dropped later comes behind. */
function nextPosition() {
  const now = (Math.floor(api.now() / 1000) - 1.6e9) * 1000;
  lastPosition = Math.max(lastPosition + 1, now);
  return lastPosition;
}

/**
 * Whether photos go into the batch on show. One that is finished opens again; a cancelled one takes
 * none.
 */
const joinable = () => state.batch && !state.gone && !['loading', 'cancelled'].includes(state.batch.state);

/** What is dropped before the server has answered waits for it, and is lost neither way. */
async function ready() {
  const waits = () => !state.service || (state.batch?.state === 'loading' && (!state.gone || state.retrying));
  if (waits()) toast('The photos are added as soon as the server answers.', { subject: 'drop' });
  while (waits()) {
    await new Promise((resolve) => {
      const ends = ['service', 'batch'].map((topic) => subscribe(topic, () => {
        ends.forEach((end) => end());
        resolve();
      }));
    });
  }
}

/** Takes files that were dropped, pasted or chosen: into the batch that is open, or a new one. */
export async function addFiles(files) {
  if (files.length === 0) return;
  await ready();
  const wrong = !state.batch && briefProblem(state.brief);
  if (wrong) {
    toast(`${wrong} Fix this, then drop the photos again.`, { kind: 'problem' });
    return;
  }
  const room = (state.service.limits.photos_per_batch || Infinity) - (joinable() ? state.order.length : 0);
  const { photos, refused, ignored, paired } = await check(files, state.service, room);
  if (photos.length > 0 && !joinable()) {
    if (!mayLeave()) return;
    if (state.batch?.state === 'cancelled') toast('A cancelled batch takes no more photos. These go into a new one.');
    leave();
  }
  set('refused', { refused: [...state.refused, ...refused], ignored: state.ignored + ignored });
  if (paired > 0) toast(`${count(paired, 'raw file was', 'raw files were')} left out: the ${paired === 1 ? 'photo of the same name is' : 'photos of the same names are'} described.`);
  if (photos.length === 0) {
    if (refused.length === 0) toast('None of these files is a photo.');
    return;
  }
  const entries = entriesOf(photos);
  // What was left out is sent after all.
  const leftOut = ({ id }) => ['stopped', 'failed'].includes(state.photos.get(id)?.upload?.state) && !state.photos.get(id).photo;
  const known = photos.length - entries.length + entries.filter((entry) => state.photos.has(entry.id) && !leftOut(entry)).length;
  for (const entry of entries.filter(leftOut)) putEntry(entry.id, { file: entry.file, upload: { state: 'waiting' } });
  if (known > 0) toast(`${count(known, 'photo is', 'photos are')} already here and will not be sent again.`);
  // The originals are within reach again.
  for (const { id, file } of entries) if (state.photos.get(id)?.photo) putEntry(id, { file });
  addEntries(entries);
  if (state.batch?.state === 'making') return; // they are sent with the others when it is made
  if (!state.batch && !(await begin())) return;
  set('hold', { lost: null });
  // A batch that is being closed is opened again afterwards.
  while (closing === state.batch?.id && closing) await new Promise((resolve) => setTimeout(resolve, 50));
  if (!state.batch) return;
  sendAll();
}

/** Sends the photos that wait, and closes the batch when they have arrived. */
function sendAll() {
  noteUnsent();
  toClose = state.batch.id;
  tabs.hold(tabs.sender(state.batch.id));
  enqueue(unsent(), allSent);
  prepareEmbedding();
}

/** Goes on with a cancelled batch: with what was not described, and with what was not sent. */
export async function continueAll() {
  const id = state.batch?.id;
  if (!(await continueBatch()) || state.batch?.id !== id) return;
  const left = [...state.photos.values()].filter((entry) => !entry.photo && entry.file && entry.upload?.state === 'stopped');
  if (left.length === 0) {
    if (state.batch.state === 'open') watchUnsent(); // what was left to send is not within reach
    return;
  }
  for (const entry of left) putEntry(entry.id, { upload: { state: 'waiting' } });
  sendAll();
}

function entriesOf(files) {
  const entries = new Map();
  for (const file of files) {
    const id = idOf(file);
    if (!entries.has(id)) entries.set(id, { id, filename: file.name, file, position: nextPosition(), upload: { state: 'waiting' } });
  }
  return [...entries.values()];
}

const unsent = () => state.order.filter((id) => state.photos.get(id).upload?.state === 'waiting');

/**
 * Makes the batch that the dropped photos go into; waits where a limit says so. Returns whether
 * there is one.
 */
async function begin() {
  const making = { state: 'making', agencies: state.agencies, describer: state.service.describer };
  set('batch', { batch: making });
  for (let tries = 0; ; tries++) {
    try {
      const { agencies, context, brief } = state;
      const batch = await api.createBatch({ ...(agencies.length > 0 ? { agencies } : {}), ...(context ? { context } : {}), ...(Object.keys(brief).length > 0 ? { brief } : {}) });
      if (state.batch !== making) return false;
      set('hold', { hold: null });
      // Why the last drop was refused is not told any more.
      set('toasts', { toasts: state.toasts.filter((t) => t.subject !== 'drop') });
      see(batch);
      tabs.hold(tabs.viewer(batch.id));
      forgetShoot();
      location.hash = batch.id;
      track(batch);
      return true;
    } catch (error) {
      if (state.batch !== making) return false;
      if (!error.passing) {
        clearBatch();
        toast(`${withLabels(error.message, state.service.agencies)} Then drop the photos again.`, { kind: 'problem', seconds: 60, subject: 'drop' });
        return false;
      }
      const seconds = error.retryAfter ?? Math.min(30, 2 ** tries);
      set('hold', { hold: { until: Date.now() + seconds * 1000, message: error.message } });
      await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
      if (state.batch !== making) return false;
    }
  }
}

/**
 * Closes the batch when the last photo has been sent; without a single one on the server it is
 * dropped.
 */
async function allSent() {
  const batch = state.batch;
  if (!batch?.id || toClose !== batch.id || closing === batch.id) return;
  tabs.letGo(tabs.sender(batch.id));
  // Another tab still sends to the batch.
  if (await tabs.heldElsewhere(tabs.sender(batch.id))) watchUnsent();
  else if (state.batch?.id === batch.id && unsent().length === 0) await closeBatch();
}

/** Finishes the batch as it is, unless another tab still sends photos to it. */
export async function finishWithout() {
  if (await tabs.heldElsewhere(tabs.sender(state.batch.id))) {
    toast('Another tab is still sending photos to this batch. It is finished when they have arrived.');
    return;
  }
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
      toClose = null;
      putPhotos(batch.photos ?? [], overlay);
      see(batch);
      track(batch);
      if (ended(batch)) loadRecent();
      break;
    } catch (error) {
      if (state.batch?.id !== id) break;
      if (!error.passing) {
        if (error.gone) gone();
        else toast(error.message, { kind: 'problem' });
        break;
      }
      await new Promise((resolve) => setTimeout(resolve, (error.retryAfter ?? Math.min(30, 2 ** tries)) * 1000));
    }
  }
  closing = null;
}

whenComplete(closeBatch);

