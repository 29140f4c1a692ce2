// How edits of one photo's fields come together, and what becomes of them when the photo has been
// changed elsewhere. Pure: no page, no network.

/**
 * What somebody changed in one photo.
 * @typedef {Object} Edit
 * @property {string} batch
 * @property {string} photo
 * @property {string} filename
 * @property {Record<string, any>} fields what they are to be
 * @property {Record<string, any>} base what they were when the person saw them
 * @property {string} [etag] of the photo as the person saw it
 * @property {boolean} [over] written while the photo was being described again: what comes of that
 *   is nobody else's change
 * @property {Record<string, any>[]} [tried] fields as they were sent: the server may have them,
 *   although no answer came
 * @property {boolean} [byHand] written for this photo alone, which makes a failed one described
 */

// A field that is missing, empty text, an empty list and an object without members all say nothing.
const plain = (value) => (typeof (value ?? '') === 'object' && Object.keys(value).length === 0 ? '' : value ?? '');

/**
 * A field of a photo as the server has it: the texts stand in its metadata, the details beside
 * them.
 */
export const fieldOf = (photo, field) => (field === 'details' ? photo?.details : photo?.metadata?.[field]);

/**
 * The photo with other fields.
 * @param {import('../../api.d.ts').Photo} photo
 * @param {Record<string, any>} fields
 * @returns {import('../../api.d.ts').Photo}
 */
export function withFields(photo, { details, ...texts }) {
  const changed = details === undefined ? photo : { ...photo, details };
  if (Object.keys(texts).length === 0) return changed;
  const none = { title: '', keywords: [], category: /** @type {any} */ ('') };
  return { ...changed, metadata: { ...none, ...photo.metadata, ...texts } };
}

/** Whether two values of a field are the same. */
export const same = (a, b) => JSON.stringify(plain(a)) === JSON.stringify(plain(b));

/**
 * An edit and a later one of the same photo as one. Later fields count, and so do earlier bases.
 * @param {Edit|undefined} first
 * @param {Edit} then
 * @returns {Edit}
 */
export function merge(first, then) {
  if (!first) return then;
  const tried = [...(first.tried ?? []), ...(then.tried ?? [])];
  return {
    ...first, ...then, fields: { ...first.fields, ...then.fields }, base: { ...then.base, ...first.base }, etag: then.etag ?? first.etag, ...(tried.length > 0 ? { tried } : {}),
  };
}

/**
 * The edit as one that has been sent.
 * @param {Edit} edit
 * @returns {Edit}
 */
export function sentOnce(edit) {
  const tried = edit.tried ?? [];
  return tried.some((fields) => same(fields, edit.fields)) ? edit : { ...edit, tried: [...tried, edit.fields] };
}

// What the server tidies away of a text: case, commas, quotation marks, the last full stop.
const letters = (text) => text.normalize('NFC').toLocaleLowerCase().replace(/[^\p{L}\p{N}]+/gu, '');
const essence = (value) => (Array.isArray(value) ? [...new Set(value.join().split(/[,;|#\n\r]/).map(letters).filter(Boolean))] : typeof value === 'string' ? letters(value) : value);

/** Whether two values of a field are the same but for what the server tidies. */
export const alike = (a, b) => same(essence(a), essence(b));

/**
 * Keywords that two people changed at once: what either added or removed counts, in the order of
 * mine.
 * @param {string[]} base what both had
 * @param {string[]} mine
 * @param {string[]} theirs
 */
export function mergeWords(base, mine, theirs) {
  const key = (word) => word.toLocaleLowerCase();
  const [was, here, there] = [base, mine, theirs].map((words) => new Set(words.map(key)));
  return [...mine.filter((word) => !was.has(key(word)) || there.has(key(word))), ...theirs.filter((word) => !was.has(key(word)) && !here.has(key(word)))];
}

/**
 * The fields of an edit that somebody else has changed meanwhile to something else.
 * @param {Edit} edit
 * @param {Object|undefined} theirs the photo as it is now
 */
export function clashing(edit, theirs) {
  if (edit.over) return [];
  const own = (name, now) => (edit.tried ?? []).some((fields) => name in fields && alike(fields[name], now));
  return Object.keys(edit.fields).filter((name) => {
    const now = fieldOf(theirs, name);
    return !same(now, edit.base[name]) && !same(now, edit.fields[name]) && !own(name, now);
  });
}

/**
 * What an edit means for a photo that has changed meanwhile.
 * @param {Edit} edit
 * @param {Object|undefined} theirs the photo as it is now
 * @returns {{same: boolean, clash: boolean}} same: it holds what was written already (the answer to
 *   an earlier request was lost); clash: the same fields were changed to something else
 */
export function conflictOf(edit, theirs) {
  const sent = (name) => (edit.tried ?? []).some((fields) => same(fields[name], edit.fields[name]));
  const there = (name) => {
    const now = fieldOf(theirs, name);
    return same(edit.fields[name], now) || (sent(name) && alike(edit.fields[name], now));
  };
  return { same: Object.keys(edit.fields).every(there), clash: clashing(edit, theirs).length > 0 };
}

/**
 * The fields of an edit beside another's changes: keywords of both are kept, of other texts mine.
 * @param {Edit} edit
 * @param {Object|undefined} theirs the photo as it is now
 */
export function joined({ fields, base }, theirs) {
  const now = fieldOf(theirs, 'keywords');
  return fields.keywords && base.keywords && now ? { ...fields, keywords: mergeWords(base.keywords, fields.keywords, now) } : fields;
}
