// Changes to titles, keywords and categories: shown at once, saved by themselves, undone one by one.
//
// Each photo has at most one save under way, since the next one must carry the ETag that the last one returned.
// What the server answers is shown, except for fields that were changed again meanwhile.
import * as api from './api.js';
import { changed, putEntry, putPhotos, set, state, toast } from './store.js';
import { count } from './words.js';

const atOnce = 3;
const remembered = 200; // steps of undo

/** Unsaved fields by photo: {fields, base}. base is what the fields were when the person saw them. */
const unsaved = new Map();
const saving = new Map(); // id -> fields under way
let due = []; // ids in the order in which they changed
let failures = 0;
let timer = 0;
let settled = []; // who waits for everything to be saved

export const fieldNames = { title: 'Title', keywords: 'Keywords', category: 'Category' };
const empty = { title: '', keywords: [], category: '' };
const same = (a, b) => JSON.stringify(a ?? null) === JSON.stringify(b ?? null);

/** The present value of a field. */
export function valueOf(entry, field) {
  return entry?.photo?.metadata?.[field] ?? empty[field];
}

/** Whether something is not saved yet. */
export const unsettled = () => unsaved.size + saving.size > 0;

/** Whether a photo's fields may be changed: it has some, or failed and may be filled in by hand. */
export function editable(entry) {
  const s = entry?.photo?.state;
  return s === 'successful' || s === 'needs_review' || s === 'failed';
}

/**
 * Changes a field of a photo. Changes with the same session (the time that a field had the focus) are one step of undo.
 */
export function edit(id, field, value, session) {
  const entry = state.photos.get(id);
  const before = valueOf(entry, field);
  if (!editable(entry) || same(before, value)) return;
  const last = state.undo.at(-1);
  if (session !== undefined && last?.session === session) {
    last.changes[0].after = value;
  } else {
    step(`${fieldNames[field]} of ${entry.filename}`, [{ id, field, before, after: value }], session);
  }
  apply(id, field, value);
}

/**
 * Changes many photos as one step.
 * @param {string} label what was done, such as "Keywords of 12 photos"
 * @param {{id: string, field: string, after: any}[]} wanted
 * @returns {number} how many fields really changed
 */
export function editMany(label, wanted) {
  const changes = wanted
    .map((change) => ({ ...change, before: valueOf(state.photos.get(change.id), change.field) }))
    .filter((change) => editable(state.photos.get(change.id)) && !same(change.before, change.after));
  if (changes.length === 0) return 0;
  step(label, changes);
  for (const change of changes) apply(change.id, change.field, change.after);
  toast(`${label} changed.`, { action: 'Undo', run: undo });
  return changes.length;
}

function step(label, changes, session) {
  state.undo = [...state.undo, { label, changes, session }].slice(-remembered);
  state.redo = [];
  changed('undo');
}

export function undo() {
  const last = state.undo.at(-1);
  if (!last) return;
  set('undo', { undo: state.undo.slice(0, -1), redo: [...state.redo, last] });
  for (const change of last.changes) apply(change.id, change.field, change.before);
  changed('undone');
  toast(`${last.label}: undone.`, { action: 'Redo', run: redo });
}

export function redo() {
  const last = state.redo.at(-1);
  if (!last) return;
  set('undo', { redo: state.redo.slice(0, -1), undo: [...state.undo, { ...last, session: undefined }] });
  for (const change of last.changes) apply(change.id, change.field, change.after);
  changed('undone');
}

function apply(id, field, value) {
  const entry = state.photos.get(id);
  if (!entry?.photo) return;
  const open = unsaved.get(id) ?? { fields: {}, base: {} };
  if (!(field in open.fields)) open.base[field] = valueOf(entry, field);
  open.fields[field] = value;
  unsaved.set(id, open);
  state.pinned.add(id);
  const metadata = { ...empty, ...entry.photo.metadata, [field]: value };
  putEntry(id, { photo: { ...entry.photo, metadata }, save: 'saving', saveError: undefined });
  if (!due.includes(id)) due.push(id);
  pump();
}

/** Lays unsaved fields over what the server says of a photo. */
export function overlay(photo) {
  const fields = { ...saving.get(photo.id)?.fields, ...unsaved.get(photo.id)?.fields };
  if (Object.keys(fields).length === 0) return photo;
  return { ...photo, metadata: { ...empty, ...photo.metadata, ...fields } };
}

function pump() {
  if (timer) return;
  while (saving.size < atOnce) {
    const at = due.findIndex((id) => !saving.has(id));
    if (at < 0) break;
    save(due.splice(at, 1)[0]);
  }
  if (!unsettled()) {
    settled.forEach((resolve) => resolve());
    settled = [];
  }
}

async function save(id) {
  const batchID = state.batch?.id;
  const job = unsaved.get(id);
  unsaved.delete(id);
  if (!job || !batchID) return;
  saving.set(id, job);
  try {
    const photo = await patch(batchID, id, job);
    failures = 0;
    saving.delete(id);
    if (state.batch?.id === batchID) {
      putPhotos([photo], overlay);
      if (!unsaved.has(id)) putEntry(id, { save: undefined });
    }
  } catch (error) {
    saving.delete(id);
    failed(id, job, error);
  }
  pump();
}

/** Saves one photo's fields. If it was changed elsewhere, what was typed here counts, and the person is told. */
async function patch(batchID, id, job) {
  try {
    return await api.patchPhoto(batchID, id, job.fields, state.photos.get(id)?.photo.etag);
  } catch (error) {
    if (error.code !== 'changed') throw error;
    const theirs = error.body.photo;
    const clash = Object.keys(job.fields).some((field) => !same(theirs?.metadata?.[field] ?? empty[field], job.base[field]));
    if (clash) toast(`${theirs?.filename ?? 'The photo'} was changed elsewhere as well. What you wrote here was kept.`);
    return api.patchPhoto(batchID, id, job.fields, theirs?.etag ?? '*');
  }
}

function failed(id, job, error) {
  const entry = state.photos.get(id);
  if (!entry) return;
  if (error.passing) {
    // Later changes of the same fields count, earlier bases too.
    const later = unsaved.get(id);
    unsaved.set(id, { fields: { ...job.fields, ...later?.fields }, base: { ...later?.base, ...job.base } });
    if (!due.includes(id)) due.unshift(id);
    failures++;
    const seconds = error.retryAfter ?? Math.min(20, 2 ** (failures - 1));
    if (failures === 2) toast('Your changes are not saved yet; the page keeps trying.', { kind: 'problem' });
    timer = setTimeout(again, seconds * 1000);
    return;
  }
  putEntry(id, { save: 'failed', saveError: error.message });
  toast(`${entry.filename}: ${error.message}`, { kind: 'problem' });
}

function again() {
  clearTimeout(timer);
  timer = 0;
  pump();
}

addEventListener('online', again);

/** Resolves when everything is saved, as a download wants it. */
export function saved() {
  if (!unsettled()) return Promise.resolve();
  return new Promise((resolve) => settled.push(resolve));
}

/** Forgets what is not saved, with the batch that it belonged to. */
export function forgetEdits() {
  unsaved.clear();
  due = [];
  again();
}

/** "12 photos" for labels of steps. */
export const photosWord = (n) => count(n, 'photo');
