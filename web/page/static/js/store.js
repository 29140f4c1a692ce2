// What the page knows, in one place, and who wants to hear when it changes.
//
// Changes are told by topic. A card listens to its own photo only, so that one answer among 500
// photos draws one card. Everything that changes the state is in this file; views only read it.
import { groupsOf, matches, passes, sorted, stacked } from './arrange.js';
import { useState, useLayoutEffect } from './html.js';

/**
 * A photo as the page knows it. Entries are replaced, never changed in place.
 * @typedef {Object} Entry
 * @property {string} id        the photo's id on the server as well
 * @property {string} filename
 * @property {string} [thumb]   address of a small picture, made here or the server's
 * @property {File} [file]      the original, while this page holds it
 * @property {{state: 'waiting'|'preparing'|'sending'|'failed'|'stopped'|'sent', progress?: number,
 *   reason?: string}} [upload]
 * @property {number} [position] its place in the person's order, as the server sorts
 * @property {import('../../api.d.ts').Photo} [photo]
 * @property {'saving'|'failed'} [save]   what happens to edits of it
 * @property {string} [saveError]
 */

export const state = {
  /** @type {import('../../api.d.ts').Service|null} */
  service: null,
  serviceProblem: null,
  /**
   * @type {(Partial<Omit<import('../../api.d.ts').Batch, 'state'>> & {state?:
   *   import('../../api.d.ts').Batch['state']|'making'|'loading'})|null} without its photos; its
   *   state is 'making' or 'loading' before it is there
   */
  batch: null,
  batchSeen: 0, // performance.now() when batch arrived
  gone: null, // why the batch on show is no longer there
  retrying: false, // it is asked for again: the server could not be reached
  ending: null, // when its time is over, in ms, if that is soon
  sending: false, // another tab sends photos to it
  /** @type {Map<string, Entry>} */
  photos: new Map(),
  order: [], // their ids as they came
  /** @type {Set<string>} */
  removed: new Set(), // photos that the person took out: what is still told of them counts no more
  /** @type {import('../../api.d.ts').Batch[]|null} this session's batches */
  recent: null,
  connection: 'live', // live, polling, lost
  newer: false, // the server has a newer page
  hold: null, // {until, message}: a limit was reached, uploads go on then
  lost: null, // {names}: photos that had not been sent when the page was closed
  refused: [], // {name, reason}
  ignored: 0, // other files in dropped folders
  filter: 'all',
  search: '',
  typed: '', // in the search field; what is shown follows a moment later
  sort: 'own',
  size: 1, // of the pictures, 0 to 3
  allKeywords: false, // shown in every card
  stacks: false, // photos that look alike are shown as one
  /** @type {Set<string>} */
  openStacks: new Set(), // groups that are shown all the same
  pinned: new Set(), // shown although the filter no longer fits: they were changed while it was on
  layout: 'grid', // grid, table
  selected: new Set(),
  preview: null, // id of the photo that is shown large
  dialog: null, // name of the open dialog
  toasts: [], // {id, text, action, run, kind, subject}
  /** @type {import('./steps.js').Step[]} */
  undo: [], // see history.js
  /** @type {import('./steps.js').Step[]} */
  redo: [],
  context: '', // of the shoot, for the next batch
  /** @type {import('../../api.d.ts').Brief} */
  brief: {}, // what the words of the next batch shall be
  agencies: [], // that new batches are for, by name
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
    if (topic === 'counts' || topic === 'view' || topic === 'order') version++;
    for (const fn of listeners.get(topic) ?? []) fn();
    // Photos come and go from a list that shows some only; the whole list is nobody's affair but
    // its cards'.
    if (topic === 'counts' && !plainView()) changed('filtered');
  }
}

/** Changes members of the state and tells the topic. */
export function set(topic, members) {
  Object.assign(state, members);
  changed(topic);
}

/**
 * Draws the component that calls it again whenever one of the topics changes. Returns the state.
 */
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
  for (const entry of fresh) {
    state.photos.set(entry.id, entry);
    state.removed.delete(entry.id);
  }
  state.order = state.order.concat(fresh.map((entry) => entry.id));
  changed('order', 'counts');
}

export function removeEntry(id) {
  const group = state.photos.get(id)?.photo?.group;
  if (!state.photos.delete(id)) return;
  state.order = state.order.filter((other) => other !== id);
  state.selected.delete(id);
  changed('order', 'counts', 'selected', 'group:' + group);
}

/** Puts the server's photos in, as overlay wants them: edits that are on their way stay. */
export function putPhotos(photos, overlay = (photo) => photo) {
  let added = false;
  const regrouped = new Set();
  for (const photo of photos) {
    if (state.removed.has(photo.id)) continue;
    const before = state.photos.get(photo.id);
    if (before?.photo && stale(before.photo, photo)) continue;
    const next = { ...before, id: photo.id, filename: photo.filename, photo: overlay(photo) };
    if (before?.upload) next.upload = { state: 'sent' };
    if (!next.thumb && photo.image) next.thumb = photo.image;
    state.photos.set(photo.id, next);
    if (before?.photo?.group !== photo.group) regrouped.add(photo.group).add(before?.photo?.group);
    if (before) changed('photo:' + photo.id);
    else {
      state.order = [...state.order, photo.id];
      added = true;
    }
  }
  changed(...(added ? ['order', 'counts'] : ['counts']));
  changed(...[...regrouped].filter(Boolean).map((group) => 'group:' + group));
}

/**
 * Takes over the order of the server, and what is no longer there; photos on their way stay behind
 * them.
 */
export function arrangeAs(batch) {
  const ids = (batch.photos ?? []).map((photo) => photo.id);
  const there = new Set(ids);
  // A photo that has arrived after this answer was made is newer than it.
  const isNew = (entry) => !entry.photo || stale({ etag: String(batch.revision) }, entry.photo) === false;
  for (const [id, entry] of state.photos) if (!there.has(id) && !isNew(entry)) removeEntry(id);
  const order = [...ids.filter((id) => state.photos.has(id)), ...state.order.filter((id) => !there.has(id))];
  if (order.join() === state.order.join()) return;
  set('order', { order });
}

/**
 * Whether what arrives is older than what is there: answers may overtake each other. ETags are
 * revisions.
 */
function stale(have, arrives) {
  const revision = (photo) => Number(String(photo.etag ?? '').replace(/\D/g, '')) || 0;
  return revision(arrives) < revision(have);
}

/** Forgets the batch on show, to make room for another. */
export function clearBatch() {
  clearTimeout(typing);
  for (const entry of state.photos.values()) {
    if (entry.thumb?.startsWith('blob:')) URL.revokeObjectURL(entry.thumb);
  }
  Object.assign(state, {
    batch: null, gone: null, retrying: false, ending: null, sending: false, photos: new Map(), order: [], removed: new Set(), hold: null, lost: null, filter: 'all', search: '', typed: '', sort: 'own', pinned: new Set(), openStacks: new Set(),
    selected: new Set(), preview: null, undo: [], redo: [], refused: [], ignored: 0, connection: 'live',
    toasts: state.toasts.filter((t) => !t.action), // what they would take back is gone
  });
  changed('batch', 'order', 'counts', 'selected', 'preview', 'undo', 'refused', 'view', 'connection', 'hold', 'toasts');
}

/**
 * What a photo is doing, in the words of the page: waiting, uploading, describing, done, draft (no
 * model looked at it), review, failed, or stopped: the batch was cancelled before its turn came.
 * @param {Entry} entry
 */
export function status(entry) {
  const over = state.batch?.state === 'cancelled';
  switch (entry.photo?.state) {
    case 'successful': return entry.photo.draft ? 'draft' : 'done';
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

let counted = { version: -1, of: undefined, n: undefined };

/** How many photos are in each status, and in all. */
export function counts() {
  if (counted.version !== version || counted.of !== state.batch?.state) counted = { version, of: state.batch?.state, n: count() };
  return counted.n;
}

function count() {
  const n = { total: state.order.length, waiting: 0, uploading: 0, describing: 0, done: 0, draft: 0, review: 0, failed: 0, stopped: 0, unsent: 0 };
  for (const entry of state.photos.values()) {
    n[status(entry)]++;
    if (!entry.photo && entry.upload && !['failed', 'stopped'].includes(entry.upload.state)) n.unsent++;
  }
  n.completed = n.done + n.draft + n.review + n.failed;
  return n;
}

/** Whether all photos are shown, in their own order. */
const plainView = () => state.filter === 'all' && state.search.trim() === '' && state.sort === 'own' && !state.stacks;

let grouped = { version: -1, groups: new Map() };

/** The groups of photos that look alike, by name. */
export function groups() {
  if (grouped.version !== version) grouped = { version, groups: groupsOf(state.order, (id) => state.photos.get(id)) };
  return grouped.groups;
}

/** The photos that look like this one, itself among them; undefined if there is no other. */
export const alike = (id) => groups().get(state.photos.get(id)?.photo?.group);

/** The photos that a card stands for: those of its stack, if that is closed. */
export function standsFor(id) {
  const group = state.photos.get(id)?.photo?.group;
  return (state.stacks && !state.openStacks.has(group) && alike(id)) || [id];
}

let isSeen = () => false;

/** Says which photos the person has seen; seen.js knows. */
export const seenBy = (fn) => (isSeen = fn);

let shown = { version: -1, ids: [] };
let version = 0;

/** The ids on show, in order. */
export function visible() {
  if (plainView()) return state.order;
  if (shown.version === version) return shown.ids;
  const get = (id) => state.photos.get(id);
  const about = { status, seen: isSeen };
  const ids = state.order.filter((id) => state.pinned.has(id) || (passes(get(id), state.filter, about) && matches(get(id), state.search)));
  const groupOf = (id) => (alike(id) ? get(id).photo.group : undefined);
  const inOrder = sorted(ids, get, state.sort, status);
  shown = { version, ids: state.stacks ? stacked(inOrder, groupOf, state.openStacks) : inOrder };
  return shown.ids;
}

/** How many photos pass each of some filters. */
export function countsOf(filters) {
  const about = { status, seen: isSeen };
  const n = Object.fromEntries(filters.map((name) => [name, 0]));
  for (const entry of state.photos.values()) for (const name of filters) if (passes(entry, name, about)) n[name]++;
  return n;
}

let typing = 0; // the timer of what was typed and not yet searched for

/**
 * Changes what is shown: filter, search, sort. What was pinned is let go, and a new search takes
 * the place of what is being typed.
 */
export function setView(members) {
  if ('search' in members) {
    clearTimeout(typing);
    state.typed = members.search;
  }
  set('view', { ...members, pinned: new Set() });
}

/** Searches for what is typed once nothing more has been typed for a moment. */
export function typeSearch(text) {
  clearTimeout(typing);
  set('typed', { typed: text });
  typing = setTimeout(() => setView({ search: text }), 150);
}

export const openDialog = (dialog) => set('dialog', { dialog });
export const closeDialog = () => set('dialog', { dialog: null });

let lastToast = 0;

/**
 * Shows a short message at the bottom; action and run make a button of it. A message about a
 * subject takes the place of the last one about it, and only the newest offers an action: two
 * buttons that contradict each other would be a trap. Returns its id.
 * @param {string} text
 * @param {{action?: string, run?: () => void, kind?: 'note'|'problem', subject?: string, seconds?:
 *   number}} [how]
 */
export function toast(text, { action, run, kind = 'note', subject, seconds = kind === 'problem' ? 15 : action ? 10 : 6 } = {}) {
  const id = ++lastToast;
  const old = (t) => t.text === text || (subject && t.subject === subject) || (action && t.action);
  state.toasts = [...state.toasts.filter((t) => !old(t)), { id, text, action, run, kind, subject, seconds }].slice(-3);
  changed('toasts');
  return id;
}

export function dropToast(id) {
  set('toasts', { toasts: state.toasts.filter((t) => t.id !== id) });
}

/** Takes the messages about a subject away: what they say no longer holds. */
export function dropToasts(subject) {
  if (state.toasts.some((t) => t.subject === subject)) set('toasts', { toasts: state.toasts.filter((t) => t.subject !== subject) });
}

/** The agencies that the batch on show is for, else those that are chosen. */
export function agencies() {
  const names = state.batch?.agencies?.length ? state.batch.agencies : state.agencies;
  const all = state.service?.agencies ?? [];
  const found = all.filter((a) => names.includes(a.name));
  return found.length > 0 ? found : all.slice(0, 1);
}

const strictest = {
  title_max: Math.min, title_warn_above: Math.min, description_max: Math.min, description_warn_above: Math.min, keywords_min: Math.max, keywords_max: Math.min, keywords_warn_below: Math.max, keywords_warn_above: Math.min, leading_keywords: Math.max,
};

/** What fits all agencies that count: of each limit the strictest. Zero is no limit. */
export function limits() {
  const each = agencies().map((a) => a.limits);
  return Object.fromEntries(Object.entries(strictest).map(([name, pick]) => [name, each.reduce((a, l) => (a && l[name] ? pick(a, l[name]) : a || l[name] || 0), 0)]));
}
