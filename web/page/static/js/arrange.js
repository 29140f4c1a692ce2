// Which photos are shown, and in which order: the filter, the search and the sorting. Pure: no
// page.

/** @typedef {import('./store.js').Entry} Entry */

/** Orders by name; the first is the person's own. */
export const sorts = { own: 'As added', name: 'Name', taken: 'Time taken', state: 'State' };

const states = ['failed', 'review', 'describing', 'uploading', 'waiting', 'stopped', 'draft', 'done'];

/** Letters without case and accents, so that "cafe" finds "Café". */
export const fold = (text) => text.normalize('NFD').replace(/\p{M}+/gu, '').toLocaleLowerCase();

/**
 * Whether a photo's texts hold every one of the words.
 * @param {Entry} entry
 * @param {string} search
 */
export function matches(entry, search) {
  const words = fold(search).split(/\s+/).filter(Boolean);
  if (words.length === 0) return true;
  const m = entry.photo?.metadata;
  const text = fold([entry.filename, m?.title, m?.description, ...(m?.keywords ?? []), m?.category].filter(Boolean).join('\n'));
  return words.every((word) => text.includes(word));
}

/**
 * Whether a photo passes a filter.
 * @param {Entry} entry
 * @param {string} filter
 * @param {{status: (entry: Entry) => string, seen: (id: string) => boolean}} about
 */
export function passes(entry, filter, about) {
  switch (filter) {
    case 'all': return true;
    case 'warnings': return (entry.photo?.findings ?? []).length > 0;
    case 'edited': return Boolean(entry.photo?.edited_at) || entry.save === 'saving';
    case 'unseen': return ['done', 'draft', 'review'].includes(about.status(entry)) && !about.seen(entry.id);
    case 'working': return ['waiting', 'uploading', 'describing'].includes(about.status(entry));
    case 'done': return ['done', 'draft'].includes(about.status(entry));
  }
  return about.status(entry) === filter;
}

const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

/**
 * Puts ids in order. Photos that are alike in what is sorted by keep the person's order.
 * @param {string[]} ids in the person's order
 * @param {(id: string) => Entry} get
 * @param {string} sort
 * @param {(entry: Entry) => string} status
 */
export function sorted(ids, get, sort, status) {
  if (sort === 'own') return ids;
  const key = {
    name: (entry) => entry.filename,
    taken: (entry) => entry.photo?.taken_at ?? '\uffff', // without a time: last
    state: (entry) => String(states.indexOf(status(entry))),
  }[sort];
  const keys = new Map(ids.map((id) => [id, key(get(id))]));
  const compare = sort === 'taken' ? (a, b) => (a < b ? -1 : Number(a > b)) : collator.compare;
  return ids.slice().sort((a, b) => compare(keys.get(a), keys.get(b)));
}

/** File names that more than one photo has: agencies match rows by name. */
export function sameNames(entries) {
  const count = new Map();
  for (const { filename } of entries) {
    const key = filename.normalize('NFC').toLocaleLowerCase();
    count.set(key, [...(count.get(key) ?? []), filename]);
  }
  return [...count.values()].filter((names) => names.length > 1).map((names) => names[0]);
}

/**
 * Names of which none is there twice, as the server numbers them in its files: the first stays, the
 * next ones are "IMG_1-2.jpg", "IMG_1-3.jpg".
 * @param {string[]} names
 */
export function distinctNames(names) {
  const key = (name) => name.normalize('NFC').toLocaleLowerCase();
  const taken = new Set(names.map(key));
  const seen = new Set();
  return names.map((name) => {
    if (!seen.has(key(name))) {
      seen.add(key(name));
      return name;
    }
    for (let n = 2; ; n++) {
      const other = name.replace(/(\.[^.]*)?$/, `-${n}$1`);
      if (taken.has(key(other))) continue;
      taken.add(key(other));
      return other;
    }
  });
}

/**
 * The groups of photos that look alike, of two and more.
 * @param {string[]} ids
 * @param {(id: string) => Entry} get
 * @returns {Map<string, string[]>} by the group's name
 */
export function groupsOf(ids, get) {
  const groups = new Map();
  for (const id of ids) {
    const group = get(id)?.photo?.group;
    if (!group) continue;
    if (!groups.has(group)) groups.set(group, []);
    groups.get(group).push(id);
  }
  for (const [group, members] of groups) if (members.length < 2) groups.delete(group);
  return groups;
}

/**
 * Lays the photos of each group on one stack: the first of those that are shown stands for all,
 * unless the stack is open.
 * @param {string[]} ids
 * @param {(id: string) => string|undefined} groupOf
 * @param {Set<string>} open
 */
export function stacked(ids, groupOf, open) {
  const there = new Set();
  return ids.filter((id) => {
    const group = groupOf(id);
    if (group === undefined || open.has(group)) return true;
    if (there.has(group)) return false;
    there.add(group);
    return true;
  });
}
