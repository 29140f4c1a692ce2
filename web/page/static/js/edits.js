// Changes to titles, keywords and categories: shown at once, saved by themselves (outbox.js), taken
// back step by step (history.js).
import { forgets } from './database.js';
import * as history from './history.js';
import { alike, clashing, fieldOf, mergeWords, same, withFields } from './merge.js';
import * as outbox from './outbox.js';
import { changed, dropToasts, putEntry, putPhotos, state, toast } from './store.js';
import { tell } from './tabs.js';
import { count, list } from './words.js';

export const fieldNames = { title: 'Title', description: 'Description', keywords: 'Keywords', category: 'Category' };
export const empty = { title: '', description: '', keywords: [], category: '', details: {} };

/** What of a field's value can be stored. Says what of a long list of keywords cannot. */
export function fitting(field, value) {
  const most = state.service?.limits.keywords_per_photo;
  if (field !== 'keywords' || !most || value.length <= most) return value;
  toast(`A photo can have at most ${most} keywords: ${count(value.length - most, 'keyword was', 'keywords were')} left out.`, { kind: 'problem', subject: 'keywords' });
  return value.slice(0, most);
}

/** The present value of a field. */
export function valueOf(entry, field) {
  return fieldOf(entry?.photo, field) ?? empty[field];
}

/**
 * Where a photo was taken: as a person says, even if the server does not know it yet, else as its
 * file or its position says.
 */
export function placeOf(entry) {
  const { origins, place_names: names, file_place: file } = entry.photo ?? {};
  return valueOf(entry, 'details').place ?? (origins?.place === 'user' ? file : names) ?? {};
}

/** Whether something of the batch on show, or of any, is not saved yet. */
export const unsettled = (batch) => outbox.unsaved(batch) > 0;

/** Whether a photo's fields may be changed: it has some, or failed and may be filled in by hand. */
export function editable(entry) {
  const s = entry?.photo?.state;
  return s === 'successful' || s === 'needs_review' || s === 'failed';
}

/** Whether a change of many photos touches this one. A failed one stays failed, with its reason. */
export function describedFor(entry) {
  const s = entry?.photo?.state;
  return s === 'successful' || s === 'needs_review';
}

/**
 * Changes a field of a photo. Changes of one visit of a field are one step.
 * @param {string} id
 * @param {string} field
 * @param {any} wanted
 * @param {symbol} [visit]
 * @param {any} [seen] what was in the field when the person began: somebody else may have changed
 *   it since
 * @returns {any} what the field is now
 */
export function edit(id, field, wanted, visit, seen) {
  const entry = state.photos.get(id);
  const before = valueOf(entry, field);
  const changedElsewhere = seen !== undefined && !alike(seen, before) && !alike(before, wanted);
  const value = fitting(field, changedElsewhere && field === 'keywords' ? mergeWords(seen, wanted, before) : wanted);
  // A photo that is being described again takes it when that is over.
  if (!entry?.photo || same(before, value)) {
    outbox.keep(state.batch?.id, id); // what was typed and taken back by hand
    return value;
  }
  if (changedElsewhere) tellClash([entry.filename], field === 'keywords');
  history.remember(`${fieldNames[field] ?? 'Details'} of ${entry.filename}`, [{ id, field, before, after: value }], visit);
  apply(id, field, value, true);
  return value;
}

/** Says that photos were changed elsewhere while they were changed here. */
function tellClash(names, both) {
  const who = names.length === 1 ? `${names[0]} was` : `${photosWord(names.length)} were`;
  toast(`${who} also changed elsewhere. ${both ? 'Both changes were kept.' : 'What you wrote here was kept; Undo brings back the other text.'}`, { seconds: 12, subject: 'clash' });
}

/** Keeps what is being typed, so that not even a killed browser loses it. */
export function typed(id, field, value) {
  const entry = state.photos.get(id);
  if (editable(entry) && state.batch?.id) outbox.keepTyped(envelope(entry, field, value));
}

/**
 * Changes many photos as one step.
 * @param {string} label what was done, such as "Keywords of 12 photos"
 * @param {{id: string, field: string, after: any}[]} wanted
 * @returns {number} how many fields really changed
 */
export function editMany(label, wanted) {
  const changes = wanted
    .map((change) => ({ ...change, after: fitting(change.field, change.after), before: valueOf(state.photos.get(change.id), change.field) }))
    .filter((change) => describedFor(state.photos.get(change.id)) && !same(change.before, change.after));
  if (changes.length === 0) return 0;
  const step = history.remember(label, changes);
  for (const change of changes) apply(change.id, change.field, change.after);
  toast(`${label}: changed.`, { action: 'Undo', run: () => history.undo(step.id), subject: step.id });
  return changes.length;
}

/** Whether a photo is being described, perhaps again. */
export const unfinished = (photo) => photo?.state === 'pending' || photo?.state === 'processing';

/** @returns {import('./merge.js').Edit} */
const envelope = (entry, field, value, byHand = true) => ({
  byHand, batch: state.batch.id, photo: entry.id, filename: entry.filename, etag: entry.photo.etag, ...(unfinished(entry.photo) ? { over: true } : {}),
  fields: { [field]: value }, base: { [field]: valueOf(entry, field) },
});

function apply(id, field, value, byHand = false) {
  const entry = state.photos.get(id);
  if (!entry?.photo || !state.batch?.id) return;
  const envelopeOfThis = envelope(entry, field, value, byHand);
  state.pinned.add(id);
  // Of a batch that is gone nothing can be saved any more but what is shown, as a file.
  putEntry(id, { photo: withFields(entry.photo, { [field]: value }), save: state.gone ? undefined : 'saving', saveError: undefined });
  if (!state.gone) outbox.send(envelopeOfThis);
}

/** Lays what is not saved yet over what the server says of a photo. */
export function overlay(photo) {
  if (!unfinished(photo)) history.learn(photo);
  const fields = outbox.fieldsOf(state.batch?.id, photo.id);
  return withFields(photo, fields);
}

/**
 * What the server made of words on its own: capitals, words that were there twice, commas in a
 * title.
 */
function tidied(before, photo) {
  if (!before?.photo || before.save !== 'saving') return undefined;
  const was = valueOf(before, 'keywords');
  const is = photo.metadata?.keywords ?? [];
  const plain = (text = '') => text.normalize('NFC').replace(/\s+/g, ' ').trim();
  const key = (word) => plain(word).toLocaleLowerCase();
  const title = photo.metadata?.title ?? '';
  const titles = plain(valueOf(before, 'title')) === plain(title) ? [] : [`the title is “${title}”`];
  if (same(was, is) && titles.length === 0) return undefined;
  const found = was.filter((word) => !is.includes(word)).map((word) => {
    const now = is.find((other) => key(other) === key(word));
    return now ? `${word} → ${now}` : `${word} left out`;
  });
  const all = [...titles, ...found.slice(0, 4)];
  return all.length > 0 ? `Tidied: ${list(all)}` : undefined;
}

/** What the page does when the outbox has news. */
export const postman = {
  etag: (batch, photo) => (state.batch?.id === batch ? state.photos.get(photo)?.photo?.etag : undefined),
  saved(batch, photos, edits) {
    tell({ kind: 'changed', batch });
    for (const { id } of photos) dropToasts(`refused ${id}`);
    if (state.batch?.id !== batch) return;
    history.stored(photos, edits);
    const notes = new Map(photos.map((photo) => [photo.id, tidied(state.photos.get(photo.id), photo)]));
    putPhotos(photos, overlay);
    for (const { id } of photos) {
      const outlook = outbox.outlook(batch, id);
      putEntry(id, outlook.save === 'saving' ? outlook : { ...outlook, tidied: notes.get(id) });
    }
  },
  clash(batch, clashes) {
    let both = true;
    for (const { edit, theirs, fields } of clashes) {
      for (const name of clashing(edit, theirs)) {
        both &&= name === 'keywords';
        if (state.batch?.id === batch) history.clashed(edit.photo, name, edit.fields[name], fieldOf(theirs, name) ?? empty[name], fields[name]);
      }
    }
    tellClash(clashes.map(({ edit, theirs }) => theirs?.filename ?? edit.filename), both);
  },
  refused(edit, error) {
    if (state.batch?.id === edit.batch && state.photos.has(edit.photo)) putEntry(edit.photo, { save: 'failed', saveError: error.message });
    toast(`${edit.filename}: ${error.message}`, { kind: 'problem', subject: `refused ${edit.photo}` });
  },
  gone(batch, edits) {
    if (state.batch?.id === batch) changed('gone');
    else toast(`${count(edits.length, 'change')} could not be saved: the batch no longer exists.`, { kind: 'problem' });
  },
  changed() {
    if (!unsettled()) dropToasts('late');
    changed('saving');
  },
  late(failures) {
    if (failures !== 2) return;
    const kept = forgets() ? 'Keep this page open: this browser cannot store them.' : 'They are kept in this browser.';
    toast(`Your changes are not saved yet, and the page keeps trying. ${kept}`, { kind: 'problem', subject: 'late' });
  },
};

history.start({
  apply, valueOf(id, field) {
    const entry = state.photos.get(id);
    // One that is being described again has its old texts until then.
    return entry?.photo?.metadata || editable(entry) ? valueOf(entry, field) : undefined;
  },
});

/** "12 photos" for labels of steps. */
export const photosWord = (n) => count(n, 'photo');
