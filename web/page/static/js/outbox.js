// Edits on their way to the server. They are kept in this browser until the server has them, so
// that neither leaving the batch, nor a reload, nor a lost connection costs a word. They are sent
// batch by batch, many photos with one request, whether the batch is on show or not.
//
// A batch has at most one request under way, since the next edit of a photo must carry the ETag
// that the last one returned. Edits of a tab that was closed are adopted by the next tab that
// starts, or by one that waited for its end.
import * as api from './api.js';
import * as database from './database.js';
import { conflictOf, joined, merge, sentOnce } from './merge.js';
import { heldElsewhere, others, presence, tab, whenGone } from './tabs.js';

/**
 * @typedef {import('./merge.js').Edit} Edit
 * @typedef {Object} Listener
 * @property {(batch: string, photo: string) => string|undefined} etag the newest that is known
 * @property {(batch: string, photos: Object[], edits: Map<string, Edit>) => void} saved what the
 *   server made of the edits
 * @property {(batch: string, edits: {edit: Edit, theirs: Object, fields: Record<string, any>}[]) =>
 *   void} clash somebody else changed the same fields; fields are what they become
 * @property {(edit: Edit, error: Error) => void} refused
 * @property {(batch: string, edits: Edit[]) => void} gone the batch is no longer there
 * @property {() => void} changed more or fewer edits wait
 * @property {(failures: number, error: Error) => void} late
 */

const most = 200; // photos in one request
const longest = 20; // seconds between two tries
const restTime = 3000; // ms until a photo that is being described is tried again

// Codes of answers about the text itself, which is the same at the next try. Everything else
// passes.
const final = new Set(['invalid_metadata', 'bad_request', 'request_too_large', 'precondition_required', 'not_found', 'photo_failed']);

/** @type {Map<string, Map<string, Edit>>} */
const waiting = new Map(); // batch -> photo -> edit
/** @type {Map<string, Map<string, Edit>>} */
const underWay = new Map();
/** @type {Map<string, Map<string, Edit>>} */
const resting = new Map(); // their photos cannot be changed yet, since they are being described
/** @type {Map<string, Map<string, Edit & {problem: string}>>} */
const refused = new Map(); // kept and shown until the person writes something else
/** @type {Listener} */
let listener;
let failures = 0;
let portion = most;
let timer;
let restTimer;
let settled = []; // [resolve, reject] of those who wait until nothing is on its way

const of = (map, batch, photo) => map.get(batch)?.get(photo);
const size = (map) => [...map.values()].reduce((n, edits) => n + edits.size, 0);

function putIn(map, edit) {
  if (!map.has(edit.batch)) map.set(edit.batch, new Map());
  map.get(edit.batch).set(edit.photo, edit);
}

function takeFrom(map, batch, photo) {
  const edit = of(map, batch, photo);
  map.get(batch)?.delete(photo);
  if (map.get(batch)?.size === 0) map.delete(batch);
  return edit;
}
const key = (edit, owner = tab) => [edit.batch, edit.photo, owner];

/** How many photos have edits that the server does not have yet; of one batch, or of all. */
export function unsaved(batch) {
  if (!batch) return size(waiting) + size(underWay) + size(resting);
  return new Set([waiting, underWay, resting].flatMap((map) => [...(map.get(batch)?.keys() ?? [])])).size;
}

/** The fields of a photo that the server does not have, in the order in which they were written. */
export function fieldsOf(batch, photo) {
  return Object.assign({}, ...[refused, resting, underWay, waiting].map((map) => of(map, batch, photo)?.fields));
}

/**
 * What becomes of the edits of a photo, as its entry says it.
 * @returns {{save: 'saving'|'failed'|undefined, saveError: string|undefined}}
 */
export function outlook(batch, photo) {
  if ([waiting, underWay, resting].some((map) => of(map, batch, photo))) return { save: 'saving', saveError: undefined };
  const edit = refused.get(batch)?.get(photo);
  return { save: edit ? 'failed' : undefined, saveError: edit?.problem };
}

/** The photos of a batch with texts that the server has refused. */
export const refusedOf = (batch) => [...(refused.get(batch)?.keys() ?? [])];

/**
 * Takes an edit over and sends it soon.
 * @param {Edit} edit
 */
export function send(edit) {
  supersede(edit);
  const rested = takeFrom(resting, edit.batch, edit.photo);
  putIn(waiting, merge(merge(rested, of(waiting, edit.batch, edit.photo) ?? edit), edit));
  keep(edit.batch, edit.photo);
  schedule();
}

/** What the person writes now takes the place of what was refused. */
function supersede(edit) {
  const old = takeFrom(refused, edit.batch, edit.photo);
  const fields = Object.fromEntries(Object.entries(old?.fields ?? {}).filter(([name]) => !(name in edit.fields)));
  if (old && Object.keys(fields).length > 0) putIn(refused, { ...old, fields });
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
  const whole = [...[refused, resting, underWay, waiting].map((map) => of(map, batch, photo)), typed].reduce((a, b) => (b ? merge(a, b) : a), undefined);
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
  if (size(waiting) + size(underWay) === 0) {
    settled.forEach(([resolve]) => resolve());
    settled = [];
  }
}

async function post(batch) {
  const all = waiting.get(batch);
  const edits = new Map([...all].slice(0, portion).map(([photo, edit]) => [photo, sentOnce(edit)]));
  for (const photo of edits.keys()) all.delete(photo);
  if (all.size === 0) waiting.delete(batch);
  underWay.set(batch, edits);
  let answers;
  try {
    answers = await api.patchPhotos(batch, [...edits.values()].map((edit) => ({
      id: edit.photo, etag: listener.etag(batch, edit.photo) ?? edit.etag ?? '*', changes: edit.fields, byHand: edit.byHand,
    })));
  } catch (error) {
    underWay.delete(batch);
    failed(batch, edits, error);
    return;
  }
  underWay.delete(batch);
  const late = settle(batch, edits, answers);
  if (late) pause(late);
  else failures = 0;
  listener.changed();
  pump();
}

/**
 * Goes through the answers, one a photo. Returns the problem of those that the server cannot store
 * just now.
 * @returns {Error|undefined}
 */
function settle(batch, edits, answers) {
  const saved = [];
  const clashes = [];
  let late;
  const sent = new Map(edits); // those that the photos in saved are the answer to
  for (const [photo, edit] of edits) {
    const answer = answers.find((a) => a.id === photo);
    if (answer?.photo) saved.push(answer.photo);
    else if (answer?.again) requeue(edit);
    else if (answer?.problem?.code === 'changed') {
      if (!again(edit, answer.problem.body.photo, saved, clashes)) sent.delete(photo);
    } else if (answer?.problem?.code === 'photo_unfinished') rest(edit);
    else if (answer?.problem && final.has(answer.problem.code)) refuse(edit, answer.problem);
    else {
      late = answer?.problem ?? new Error('The server did not say what became of the change.');
      requeue(edit);
    }
    keep(batch, photo);
  }
  // The steps hear of a clash before they hear what was stored.
  if (clashes.length > 0) listener.clash(batch, clashes);
  if (saved.length > 0) listener.saved(batch, saved, sent);
  return late;
}

/** The photo is being described: its edit waits for the end of that, and holds up no other. */
function rest(edit) {
  const later = takeFrom(waiting, edit.batch, edit.photo);
  putIn(resting, later ? merge(edit, later) : edit);
  clearTimeout(restTimer);
  restTimer = setTimeout(awaken, restTime);
}

function awaken() {
  for (const edits of [...resting.values()]) for (const edit of [...edits.values()]) requeue(takeFrom(resting, edit.batch, edit.photo));
  pump();
}

/**
 * The text itself is refused. It stays on the page and in this browser; a photo that is gone keeps
 * nothing.
 */
function refuse(edit, problem) {
  if (problem.code !== 'not_found') putIn(refused, { ...merge(takeFrom(refused, edit.batch, edit.photo), edit), problem: problem.message });
  listener.refused(edit, problem);
}

/**
 * The photo has changed on the server. What was written here counts, and the person is told.
 * Returns whether the server has it already, since the answer to an earlier request was lost.
 */
function again(sent, theirs, saved, clashes) {
  if (theirs) saved.push(theirs);
  if (theirs?.state === 'pending' || theirs?.state === 'processing') {
    rest(sent); // it shows what it had until it is described again
    return false;
  }
  if (conflictOf(sent, theirs).same) return true;
  const later = takeFrom(waiting, sent.batch, sent.photo);
  const edit = later ? merge(sent, later) : sent;
  const { clash } = conflictOf(edit, theirs);
  const fields = clash ? joined(edit, theirs) : edit.fields;
  if (clash) clashes.push({ edit, theirs, fields });
  requeue({ ...edit, fields, etag: theirs?.etag ?? '*', base: { ...edit.base, ...theirs?.metadata, details: theirs?.details } });
  return false;
}

/** Puts an edit back in line; later changes of the same fields count. */
function requeue(edit) {
  const later = of(waiting, edit.batch, edit.photo);
  putIn(waiting, later ? merge(edit, later) : edit);
}

/** Sends nothing for a while: as long as the server says, else a little longer each time. */
function pause(error) {
  failures++;
  listener.late(failures, error);
  if (failures > 1 || error.status === 0) {
    settled.forEach(([, reject]) => reject(error));
    settled = [];
  }
  clearTimeout(timer);
  timer = setTimeout(retry, 1000 * (error.retryAfter ?? Math.min(longest, 2 ** (failures - 1))));
}

function failed(batch, edits, error) {
  if (error.gone) {
    const lost = [...edits.values(), ...(waiting.get(batch)?.values() ?? [])];
    forget(batch);
    listener.gone(batch, lost);
  } else if (error.status === 413 && edits.size > 1) {
    portion = Math.ceil(edits.size / 2); // a server in front of ours takes less at once
    for (const edit of edits.values()) requeue(edit);
  } else if (final.has(error.code) || error.status === 413) {
    // Where one photo's text cannot be stored, the others' are sent without it.
    const named = edits.get(error.body?.id);
    for (const edit of edits.values()) {
      if (named && edit !== named) requeue(edit);
      else refuse(edit, error);
      keep(batch, edit.photo);
    }
  } else {
    // No connection, a server that is busy or closing, a password that is asked for anew: nothing
    // of it is the text's fault.
    for (const edit of edits.values()) requeue(edit);
    pause(error);
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
  for (const map of [waiting, resting, refused]) map.delete(batch);
  database.removeBelow('edits', [batch]);
  listener.changed();
}

/**
 * Resolves when everything has been sent that can be sent now, as a download wants it. Fails if the
 * server does not take it.
 */
export function saved() {
  if (size(waiting) + size(underWay) === 0) return Promise.resolve();
  return new Promise((resolve, reject) => {
    settled.push([resolve, reject]);
    retry();
  });
}

/**
 * Begins. The edits of tabs that are gone, or will be, are adopted.
 * @param {Listener} listens
 */
export async function start(listens) {
  listener = listens;
  addEventListener('online', retry);
  addEventListener('focus', adoptAll); // the person has closed another tab and comes to this one
  await adoptAll();
}

const awaited = new Set(); // tabs whose end is waited for

// A tab that is there may write its last edit at any time, and end before this one comes to look.
async function adoptAll() {
  const writers = (await database.all('edits')).map((kept) => kept.tab);
  for (const owner of new Set([...writers, ...(await others())])) {
    if (owner === tab || awaited.has(owner)) continue;
    awaited.add(owner);
    const there = await heldElsewhere(presence(owner));
    const adopted = whenGone(owner, () => adopt(owner)).finally(() => awaited.delete(owner));
    if (!there) await adopted; // one that is there, or still closing, holds nothing up
  }
}

async function adopt(owner) {
  for (const { tab: of, ...edit } of await database.all('edits')) {
    if (of !== owner) continue;
    send(sentOnce(edit)); // kept under this tab's name, before it goes from the other's
    await database.remove('edits', key(edit, owner));
  }
}
