// What the page knows, in one place, and who wants to hear when it changes.
//
// Changes are told by topic. A card listens to its own photo only, so that one answer among 500 photos
// draws one card. Everything that changes the state is in this file; views only read it.
import { useState, useLayoutEffect } from './html.js';

/**
 * A photo as the page knows it. Entries are replaced, never changed in place.
 * @typedef {Object} Entry
 * @property {string} id        the photo's id on the server as well
 * @property {string} filename
 * @property {string} [thumb]   address of a small picture, made here or the server's
 * @property {File} [file]      the original, while this page holds it
 * @property {{state: 'waiting'|'preparing'|'sending'|'failed'|'stopped'|'sent', progress?: number, reason?: string}} [upload]
 * @property {Object} [photo]   the server's Photo
 * @property {'saving'|'failed'} [save]   what happens to edits of it
 * @property {string} [saveError]
 */

export const state = {
  service: null, // GET /service
  serviceProblem: null,
  batch: null, // the Batch on show, without its photos; its state is 'making' or 'loading' before it is there
  batchSeen: 0, // performance.now() when batch arrived
  gone: null, // why the batch on show is no longer there
  /** @type {Map<string, Entry>} */
  photos: new Map(),
  order: [], // their ids as they came
  recent: null, // this session's batches
  connection: 'live', // live, polling, lost
  hold: null, // {until, message}: a limit was reached, uploads go on then
  lost: null, // {names}: photos that had not been sent when the page was closed
  refused: [], // {name, reason}
  ignored: 0, // other files in dropped folders
  filter: 'all',
  pinned: new Set(), // shown although the filter no longer fits: they were changed while it was on
  layout: 'grid', // grid, table
  selected: new Set(),
  preview: null, // id of the photo that is shown large
  dialog: null, // name of the open dialog
  toasts: [], // {id, text, action, run, kind}
  undo: [], // see edits.js
  redo: [],
  agency: '', // the agency that new batches are for
  originals: false, // send originals instead of small copies
};

const listeners = new Map();

/** Calls fn whenever the topic changes, until the returned function is called. */
export function subscribe(topic, fn) {
  if (!listeners.has(topic)) listeners.set(topic, new Set());
  listeners.get(topic).add(fn);
  return () => {
    const set = listeners.get(topic);
    set?.delete(fn);
    if (set?.size === 0) listeners.delete(topic);
  };
}

/** Tells everyone who listens to one of the topics. */
export function changed(...topics) {
  for (const topic of topics) {
    for (const fn of listeners.get(topic) ?? []) fn();
    // Photos come and go from a list that shows one state only; the whole list is nobody's affair but its cards'.
    if (topic === 'counts' && state.filter !== 'all') changed('filtered');
  }
}

/** Changes members of the state and tells the topic. */
export function set(topic, members) {
  Object.assign(state, members);
  changed(topic);
}

/** Draws the component that calls it again whenever one of the topics changes. Returns the state. */
export function useStore(...topics) {
  const [, draw] = useState(0);
  useLayoutEffect(() => {
    const again = () => draw((n) => n + 1);
    const ends = topics.map((topic) => subscribe(topic, again));
    return () => ends.forEach((end) => end());
  }, topics);
  return state;
}

/** The entry of a photo; draws the component again when it changes. */
export function useEntry(id) {
  useStore('photo:' + id);
  return state.photos.get(id);
}

/** Replaces members of a photo's entry, which is made if it is not there. */
export function putEntry(id, members) {
  const before = state.photos.get(id);
  state.photos.set(id, { ...before, ...members, id });
  if (!before) {
    state.order = [...state.order, id];
    changed('order');
  } else {
    changed('photo:' + id);
  }
  changed('counts');
}

/** Adds many entries at once; those that are there already stay as they are. */
export function addEntries(entries) {
  const fresh = entries.filter((entry) => !state.photos.has(entry.id));
  if (fresh.length === 0) return;
  for (const entry of fresh) state.photos.set(entry.id, entry);
  state.order = state.order.concat(fresh.map((entry) => entry.id));
  changed('order', 'counts');
}

export function removeEntry(id) {
  if (!state.photos.delete(id)) return;
  state.order = state.order.filter((other) => other !== id);
  state.selected.delete(id);
  changed('order', 'counts', 'selected');
}

/** Puts the server's photos in, as overlay wants them: edits that are on their way stay. */
export function putPhotos(photos, overlay = (photo) => photo) {
  let added = false;
  for (const photo of photos) {
    const before = state.photos.get(photo.id);
    if (before?.photo && stale(before.photo, photo)) continue;
    const next = { ...before, id: photo.id, filename: photo.filename, photo: overlay(photo) };
    if (before?.upload) next.upload = { state: 'sent' };
    if (!next.thumb && photo.image) next.thumb = photo.image;
    state.photos.set(photo.id, next);
    if (before) changed('photo:' + photo.id);
    else {
      state.order = [...state.order, photo.id];
      added = true;
    }
  }
  changed(...(added ? ['order', 'counts'] : ['counts']));
}

/** Whether what arrives is older than what is there: answers may overtake each other. ETags are revisions. */
function stale(have, arrives) {
  const revision = (photo) => Number(String(photo.etag ?? '').replace(/\D/g, '')) || 0;
  return revision(arrives) < revision(have);
}

/** Forgets the batch on show, to make room for another. */
export function clearBatch() {
  for (const entry of state.photos.values()) {
    if (entry.thumb?.startsWith('blob:')) URL.revokeObjectURL(entry.thumb);
  }
  Object.assign(state, {
    batch: null, gone: null, photos: new Map(), order: [], hold: null, lost: null, filter: 'all', pinned: new Set(),
    selected: new Set(), preview: null, undo: [], redo: [], refused: [], ignored: 0, connection: 'live',
    toasts: state.toasts.filter((t) => !t.action), // what they would take back is gone
  });
  changed('batch', 'order', 'counts', 'selected', 'preview', 'undo', 'refused', 'view', 'connection', 'hold', 'toasts');
}

/**
 * What a photo is doing, in the words of the page: waiting, uploading, describing, done, review, failed, or
 * stopped: the batch was cancelled before its turn came.
 * @param {Entry} entry
 */
export function status(entry) {
  const over = state.batch?.state === 'cancelled';
  switch (entry.photo?.state) {
    case 'successful': return 'done';
    case 'needs_review': return 'review';
    case 'failed': return 'failed';
    case 'processing': return over ? 'stopped' : 'describing';
    case 'pending': return over ? 'stopped' : 'waiting';
  }
  switch (entry.upload?.state) {
    case 'failed': return 'failed';
    case 'stopped': return 'stopped';
    case 'sending': return 'uploading';
  }
  return 'waiting';
}

/** How many photos are in each status, and in all. */
export function counts() {
  const n = { total: state.order.length, waiting: 0, uploading: 0, describing: 0, done: 0, review: 0, failed: 0, stopped: 0, unsent: 0 };
  for (const entry of state.photos.values()) {
    n[status(entry)]++;
    if (!entry.photo && entry.upload && !['failed', 'stopped'].includes(entry.upload.state)) n.unsent++;
  }
  n.completed = n.done + n.review + n.failed;
  return n;
}

/** Whether a photo is shown under the chosen filter. */
export function passes(entry, filter = state.filter) {
  const s = status(entry);
  if (filter === 'all' || s === filter) return true;
  if (filter === 'working') return s === 'waiting' || s === 'uploading' || s === 'describing';
  return false;
}

/** The ids on show, in order. */
export function visible() {
  if (state.filter === 'all') return state.order;
  return state.order.filter((id) => state.pinned.has(id) || passes(state.photos.get(id)));
}

export function setFilter(filter) {
  set('view', { filter, pinned: new Set() });
}

let lastToast = 0;

/** Shows a short message at the bottom; action and run make a button of it. Returns its id. */
export function toast(text, { action, run, kind = 'note', seconds = action ? 10 : 6 } = {}) {
  const id = ++lastToast;
  state.toasts = [...state.toasts.filter((t) => t.text !== text), { id, text, action, run, kind, seconds }].slice(-3);
  changed('toasts');
  return id;
}

export function dropToast(id) {
  set('toasts', { toasts: state.toasts.filter((t) => t.id !== id) });
}

/** The limits of the agency that the batch on show is for, else of the one that is chosen. */
export function agency() {
  const name = state.batch?.agencies?.[0] || state.agency;
  return state.service?.agencies.find((a) => a.name === name) ?? state.service?.agencies[0];
}
