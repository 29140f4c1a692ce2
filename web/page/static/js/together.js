// What is done to several photos at once, each as one step: keywords, titles, categories, findings,
// and keywords that are carried from one photo to others.
import { say } from './announce.js';
import { describedFor, editMany, photosWord, valueOf } from './edits.js';
import { fixesOf } from './fixes.js';
import { recall, remember } from './preferences.js';
import { limits, openDialog, state, toast, visible } from './store.js';
import { count, list, uniqueKeywords } from './words.js';

const get = (id) => state.photos.get(id);
const lower = (word) => word.toLocaleLowerCase();
const shown = (words) => list(words.length > 3 ? [...words.slice(0, 3), `${words.length - 3} more`] : words);

/** Ways in which keywords come together with those that a photo has. */
export const ways = {
  front: ['Put in front', (have, fresh) => uniqueKeywords(fresh, have)],
  end: ['Add at the end', (have, fresh) => uniqueKeywords(have, fresh)],
  remove: ['Remove', (have, fresh) => have.filter((word) => !fresh.some((other) => lower(other) === lower(word)))],
  all: ['Replace all', (have, fresh) => uniqueKeywords(fresh)],
};

/** Changes the keywords of photos in one of the ways. */
export function changeKeywords(ids, words, way) {
  const changes = ids.map((id) => ({ id, field: 'keywords', after: ways[way][1](valueOf(get(id), 'keywords'), words) }));
  const verb = { remove: 'removed in', all: 'as the keywords of' }[way] ?? 'added to';
  return editMany(`${shown(words)} ${verb} ${photosWord(ids.length)}`, changes);
}

/** Puts text before and after the titles. */
export function wrapTitles(ids, before, after) {
  const join = (title) => [before.trim(), title, after.trim()].filter(Boolean).join(' ').replace(/ ([,.;:!?])/g, '$1');
  return editMany(`Titles of ${photosWord(ids.length)}`, ids.filter((id) => valueOf(get(id), 'title')).map((id) => ({ id, field: 'title', after: join(valueOf(get(id), 'title')) })));
}

export const changeCategory = (ids, category) =>
  editMany(`Category of ${photosWord(ids.length)}`, ids.map((id) => ({ id, field: 'category', after: category })));

/** The findings of photos that can be mended at one click. */
export const fixable = (ids) => fixesOf(ids.map(get).filter(describedFor).map((entry) => ({ id: entry.id, findings: entry.photo.findings, metadata: entry.photo.metadata })), limits());

const copiedKey = 'tagroll-copied';
let copied = [];

/** The keywords that were copied last, in this tab or another. */
export function copiedKeywords() {
  try {
    return JSON.parse(recall(copiedKey)) ?? copied;
  } catch {
    return copied;
  }
}

export function copyKeywords(id) {
  copied = valueOf(get(id), 'keywords');
  remember(copiedKey, JSON.stringify(copied));
  // A page without the permission still has its own copy.
  navigator.clipboard?.writeText(copied.join(', ')).catch(() => {});
  toast(`${count(copied.length, 'keyword')} of ${get(id).filename} copied.`, { subject: 'copied' });
}

/** Adds the copied keywords to photos, behind those that they have. */
export function pasteKeywords(ids) {
  const words = copiedKeywords();
  if (words.length === 0) toast('No keywords are copied yet: press C on a photo first.', { subject: 'copied' });
  else if (changeKeywords(ids, words, 'end') === 0) say('The photos have these keywords already.');
}

/** Gives a photo the title, keywords and category of the one before it. */
export function sameAsBefore(id) {
  const ids = visible();
  const from = get(ids[ids.indexOf(id) - 1]);
  if (!from?.photo?.metadata) {
    toast('There is no described photo before this one.');
    return;
  }
  editMany(`${get(id).filename} the same as ${from.filename}`, ['title', 'keywords', 'category'].map((field) => ({ id, field, after: valueOf(from, field) })));
}

/** Opens the dialog for keywords of these photos. */
export function applyKeywords(ids) {
  if (!ids.every((id) => state.selected.has(id))) state.selected = new Set(ids);
  openDialog('apply');
}
