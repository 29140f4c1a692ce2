// Keywords that somebody may be about to type: those of the batch, and those that were typed
// before. Pure.
import { fold } from './arrange.js';

/**
 * @param {string} typed
 * @param {Map<string, number>} words how often each was used
 * @param {string[]} have what the photo has already
 * @param {number} most
 * @returns {string[]} the most used first
 */
export function suggest(typed, words, have, most = 8) {
  const start = fold(typed.trim());
  if (start === '') return [];
  const there = new Set(have.map(fold));
  /** @type {[string, number][]} */
  const found = [];
  for (const [word, n] of words) {
    const key = fold(word);
    if (key.startsWith(start) && key !== start && !there.has(key)) found.push([word, n]);
  }
  return found.sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0], 'en')).slice(0, most).map(([word]) => word);
}

/** How often each keyword is used, whatever its case. */
export function usage(lists) {
  const words = new Map();
  for (const list of lists) for (const word of list) words.set(word.toLocaleLowerCase(), (words.get(word.toLocaleLowerCase()) ?? 0) + 1);
  return words;
}
