// Edits on their way to the server. They are kept in this browser until the server has them, so that
// neither leaving the batch, nor a reload, nor a lost connection costs a word. They are sent batch
// by batch, many photos with one request, whether the batch is on show or not.
//
// A batch has at most one request under way, since the next edit of a photo must carry the ETag
// that the last one returned. Edits of a tab that was closed are adopted by the next tab that starts.
import * as api from './api.js';
import * as database from './database.js';
import { conflictOf, merge } from './merge.js';
import { heldElsewhere, presence, tab } from './tabs.js';

/**
 * @typedef {import('./merge.js').Edit} Edit
 * @typedef {Object} Listener
 * @property {(batch: string, photo: string) => string|undefined} etag the newest that is known
 * @property {(batch: string, photos: Object[], edits: Map<string, Edit>) => void} saved what the server made of the edits
 * @property {(edit: Edit, theirs: Object) => void} clash somebody else changed the same fields; these win
 * @property {(edit: Edit, error: Error) => void} refused
 * @property {(batch: string, edits: Edit[]) => void} gone the batch is no longer there
 * @property {() => void} changed more or fewer edits wait
 * @property {(failures: number, error: Error) => void} late
 */

const portion = 200; // photos in one request
const longest = 20; // seconds between two tries

/** @type {Map<string, Map<string, Edit>>} */
const waiting = new Map(); // batch -> photo -> edit
/** @type {Map<string, Map<string, Edit>>} */
const underWay = new Map();
/** @type {Listener} */
let listener;
let failures = 0;
let timer;
let settled = []; // who waits until nothing is on its way

const of = (map, batch, photo) => map.get(batch)?.get(photo);
const size = (map) => [...map.values()].reduce((n, edits) => n + edits.size, 0);
const key = (edit, owner = tab) => [edit.batch, edit.photo, owner];

/** How many photos have edits that the server does not have yet; of one batch, or of all. */
export function unsaved(batch) {
  if (!batch) return size(waiting) + size(underWay);
  return new Set([...(waiting.get(batch)?.keys() ?? []), ...(underWay.get(batch)?.keys() ?? [])]).size;
}

/** The fields of a photo that the server does not have yet. */
export function fieldsOf(batch, photo) {
  return { ...of(underWay, batch, photo)?.fields, ...of(waiting, batch, photo)?.fields };
}

/**
 * Takes an edit over and sends it soon.
 * @param {Edit} edit
 */
export function send(edit) {
  const whole = merge(of(waiting, edit.batch, edit.photo), edit);
  if (!waiting.has(edit.batch)) waiting.set(edit.batch, new Map());
  waiting.get(edit.batch).set(edit.photo, whole);
  keep(edit.batch, edit.photo);
  schedule();
}

/**
 * Keeps what is being typed, without sending it yet.
 * @param {Edit} edit
 */
export function keepTyped(edit) {
  keep(edit.batch, edit.photo, edit);
}

/** Brings what is kept in line with what is on its way. */
export function keep(batch, photo, typed) {
  const whole = [of(underWay, batch, photo), of(waiting, batch, photo), typed].reduce((a, b) => (b ? merge(a, b) : a), undefined);
  if (whole) database.put('edits', [batch, photo, tab], { ...whole, tab });
  else database.remove('edits', [batch, photo, tab]);
}

let scheduled = false;

/** Sends in a moment: what one action changed goes with one request. */
function schedule() {
  listener.changed();
  if (scheduled) return;
  scheduled = true;
  queueMicrotask(() => {
    scheduled = false;
    pump();
  });
}

function pump() {
  if (!timer) {
    for (const batch of waiting.keys()) {
      if (!underWay.has(batch)) post(batch);
    }
  }
  if (unsaved() === 0) {
    settled.forEach((resolve) => resolve());
    settled = [];
  }
}

async function post(batch) {
  const all = waiting.get(batch);
  const edits = new Map([...all].slice(0, portion));
  for (const photo of edits.keys()) all.delete(photo);
  if (all.size === 0) waiting.delete(batch);
  underWay.set(batch, edits);
  let answers;
  try {
    answers = await api.patchPhotos(batch, [...edits.values()].map((edit) => ({
      id: edit.photo, etag: listener.etag(batch, edit.photo) ?? edit.etag ?? '*', changes: edit.fields, byHand: edit.byHand,
    })));
    failures = 0;
  } catch (error) {
    underWay.delete(batch);
    failed(batch, edits, error);
    return;
  }
  underWay.delete(batch);
  settle(batch, edits, answers);
  listener.changed();
  pump();
}

/** Goes through the answers, one a photo. */
function settle(batch, edits, answers) {
  const saved = [];
  const sent = new Map(edits); // those that the photos in saved are the answer to
  for (const [photo, edit] of edits) {
    const answer = answers.find((a) => a.id === photo);
    if (answer?.photo) saved.push(answer.photo);
    else if (answer?.again) requeue(edit);
    else if (answer?.problem?.code === 'changed') {
      sent.delete(photo);
      again(edit, answer.problem.body.photo, saved);
    } else listener.refused(edit, answer?.problem ?? new Error('The server did not say what became of the change.'));
    keep(batch, photo);
  }
  if (saved.length > 0) listener.saved(batch, saved, sent);
}

/** The photo has changed on the server. What was written here counts, and the person is told. */
function again(edit, theirs, saved) {
  const { same, clash } = conflictOf(edit, theirs);
  if (theirs) saved.push(theirs);
  if (same) return;
  if (clash) listener.clash(edit, theirs);
  requeue({ ...edit, etag: theirs?.etag ?? '*', base: { ...edit.base, ...theirs?.metadata } });
}

/** Puts an edit back in line; later changes of the same fields count. */
function requeue(edit) {
  const later = of(waiting, edit.batch, edit.photo);
  if (!waiting.has(edit.batch)) waiting.set(edit.batch, new Map());
  waiting.get(edit.batch).set(edit.photo, later ? merge(edit, later) : edit);
}

function failed(batch, edits, error) {
  if (error.passing) {
    for (const edit of edits.values()) requeue(edit);
    failures++;
    listener.late(failures, error);
    clearTimeout(timer);
    timer = setTimeout(retry, 1000 * (error.retryAfter ?? Math.min(longest, 2 ** (failures - 1))));
  } else if (error.status === 404) {
    const lost = [...edits.values(), ...(waiting.get(batch)?.values() ?? [])];
    forget(batch);
    listener.gone(batch, lost);
  } else {
    // Where one photo's text cannot be stored, the others' are sent without it.
    const named = edits.get(error.body?.id);
    for (const edit of edits.values()) {
      if (named && edit !== named) requeue(edit);
      else listener.refused(edit, error);
      keep(batch, edit.photo);
    }
  }
  listener.changed();
  pump();
}

/** Tries again now. */
export function retry() {
  clearTimeout(timer);
  timer = undefined;
  pump();
}

/** Forgets all edits of a batch, as when it is deleted. */
export function forget(batch) {
  waiting.delete(batch);
  database.removeBelow('edits', [batch]);
  listener.changed();
}

/** Resolves when everything has been sent, as a download wants it. */
export function saved() {
  if (unsaved() === 0) return Promise.resolve();
  retry();
  return new Promise((resolve) => settled.push(resolve));
}

/**
 * Begins: adopts the edits of tabs that are no longer there.
 * @param {Listener} listens
 */
export async function start(listens) {
  listener = listens;
  addEventListener('online', retry);
  for (const kept of await database.all('edits')) {
    if (kept.tab === tab || (await heldElsewhere(presence(kept.tab)))) continue;
    const { tab: owner, ...edit } = kept;
    await database.remove('edits', key(edit, owner));
    send(edit);
  }
}
