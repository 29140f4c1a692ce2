// Which keywords may be misspelt: those with a word that a list of English words does not have. The
// list is a Bloom filter (static/words.bin, made by scripts/wordlist), so that 80,000 words take 80
// kB: of the words that it lacks, two in a hundred go unmarked. A browser marks spelling only in
// fields that somebody is in, and keywords are chips.
import { codeOf } from './brief.js';
import { fold } from './arrange.js';
import { changed, state } from './store.js';

const hashes = 5;
const shortest = 4; // letters; shorter ones are abbreviations as often as words

/** The bits of a word in a list of so many. */
export function bitsOf(word, size) {
  let [a, b] = [0x811c9dc5, 0x9747b28c];
  for (let i = 0; i < word.length; i++) {
    a = Math.imul(a ^ word.charCodeAt(i), 0x01000193);
    b = Math.imul(b ^ word.charCodeAt(i), 0x85ebca6b);
    b ^= b >>> 15;
  }
  return Array.from({ length: hashes }, (_, i) => (((a + Math.imul(i, b)) >>> 0) % size));
}

/**
 * The first word of a keyword that a list lacks; empty if all are there. Words in capitals are
 * names, other scripts are not judged.
 * @param {Uint8Array} list
 * @param {string} keyword
 */
export function unknownIn(list, keyword) {
  const has = (word) => bitsOf(word, list.length * 8).every((bit) => list[bit >> 3] & (1 << (bit & 7)));
  return keyword.split(/[^\p{L}]+/u).find((word) => word.length >= shortest && /^\p{Ll}+$/u.test(word) && /^[a-z]+$/.test(fold(word)) && !has(fold(word))) ?? '';
}

/** @type {Uint8Array|null} */
let list = null;
let asked = false;
const judged = new Map();

/** Fetches the list, once; without one nothing is marked. */
export async function load() {
  if (asked) return;
  asked = true;
  try {
    const answer = await fetch(new URL('../words.bin', import.meta.url));
    if (answer.ok) list = new Uint8Array(await answer.arrayBuffer());
    changed('spelling');
  } catch {
    asked = false; // the next keywords that are drawn ask again
  }
}

/**
 * Whether a keyword of the batch on show may be misspelt. Names are right: what the person says of
 * the shoot, and what stands in a title or in the place of a photo.
 * @param {string} keyword
 * @param {import('../../api.d.ts').Photo} [photo]
 */
export function misspelt(keyword, photo) {
  if (!list || codeOf(state.batch?.brief?.language) !== 'en') return false;
  if (!judged.has(keyword)) judged.set(keyword, unknownIn(list, keyword));
  const word = judged.get(keyword);
  if (!word) return false;
  const { context = '', brief, name = '' } = state.batch ?? {};
  return !fold([context, name, ...(brief?.keywords?.require ?? []), photo?.metadata?.title, photo?.place].join(' ')).includes(fold(word));
}
