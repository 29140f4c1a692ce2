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
  return { ...changed, metadata: { title: '', keywords: [], category: /** @type {any} */ (''), ...photo.metadata, ...texts } };
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
  return { ...first, ...then, fields: { ...first.fields, ...then.fields }, base: { ...then.base, ...first.base }, etag: then.etag ?? first.etag };
}

/**
 * What an edit means for a photo that has changed meanwhile.
 * @param {Edit} edit
 * @param {Object|undefined} theirs the photo as it is now
 * @returns {{same: boolean, clash: boolean}} same: it holds what was written already (the answer to
 *   an earlier request was lost); clash: the same fields were changed to something else
 */
export function conflictOf(edit, theirs) {
  const names = Object.keys(edit.fields);
  const now = (name) => fieldOf(theirs, name);
  return {
    same: names.every((name) => same(edit.fields[name], now(name))),
    clash: names.some((name) => !same(now(name), edit.base[name]) && !same(now(name), edit.fields[name])),
  };
}
