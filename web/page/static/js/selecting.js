// Selection as file managers have it, as plain data: a click selects one, Ctrl adds or takes away,
// Shift selects from the anchor to here. Pure: no page.

/**
 * @typedef {{selected: Set<string>, anchor: string|null}} Selection
 */

const between = (ids, a, b) => {
  const from = ids.indexOf(a);
  const to = ids.indexOf(b);
  return from < 0 || to < 0 ? [b] : ids.slice(Math.min(from, to), Math.max(from, to) + 1);
};

/**
 * @param {Selection} now
 * @param {string[]} ids what is shown, in its order
 * @param {string} id what was clicked
 * @param {{shift?: boolean, ctrl?: boolean}} keys
 * @returns {Selection}
 */
export function click(now, ids, id, { shift = false, ctrl = false } = {}) {
  if (shift && now.anchor !== null && ids.includes(now.anchor)) {
    const range = between(ids, now.anchor, id);
    return { selected: new Set(ctrl ? [...now.selected, ...range] : range), anchor: now.anchor };
  }
  if (!ctrl) return { selected: new Set([id]), anchor: id };
  const selected = new Set(now.selected);
  if (!selected.delete(id)) selected.add(id);
  return { selected, anchor: id };
}

/**
 * A checkbox: sets one, or with Shift all from the anchor to it, and leaves the others.
 * @param {Selection} now
 * @param {string[]} ids
 * @param {string} id
 * @param {boolean} on
 * @param {boolean} shift
 * @returns {Selection}
 */
export function check(now, ids, id, on, shift) {
  const selected = new Set(now.selected);
  const touched = shift && now.anchor !== null && ids.includes(now.anchor) ? between(ids, now.anchor, id) : [id];
  for (const one of touched) {
    if (on) selected.add(one);
    else selected.delete(one);
  }
  return { selected, anchor: id };
}

/**
 * How often each keyword is among some photos, the most frequent first: those that all have, and
 * the others.
 * @param {string[][]} lists
 * @returns {{word: string, n: number, all: boolean}[]}
 */
export function tallyKeywords(lists) {
  const found = new Map();
  for (const list of lists) {
    const seen = new Set();
    for (const word of list) {
      const key = word.toLocaleLowerCase();
      if (seen.has(key)) continue;
      seen.add(key);
      const one = found.get(key) ?? { word, n: 0 };
      one.n++;
      found.set(key, one);
    }
  }
  return [...found.values()].sort((a, b) => b.n - a.n).map((one) => ({ ...one, all: one.n === lists.length }));
}
