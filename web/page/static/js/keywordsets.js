// Keyword sets: lists with a name, kept in this browser, and the keywords that were typed before.
import { recall, remember } from './preferences.js';
import { state } from './store.js';
import { usage } from './suggest.js';

const setsKey = 'tagroll-keyword-sets';
const typedKey = 'tagroll-keywords-typed';
const remembered = 500; // keywords

function read(key, empty) {
  try {
    return JSON.parse(recall(key)) ?? empty;
  } catch {
    return empty;
  }
}

/** @returns {Record<string, string[]>} by name */
export const keywordSets = () => read(setsKey, {});

/** Keeps a set; an empty list deletes it. */
export function saveKeywordSet(name, words) {
  const sets = keywordSets();
  if (words.length === 0) delete sets[name];
  else sets[name] = words;
  remember(setsKey, JSON.stringify(sets));
}

/** Remembers keywords that a person has typed. */
export function noteTyped(words) {
  const known = read(typedKey, []).filter((word) => !words.includes(word));
  remember(typedKey, JSON.stringify([...known, ...words].slice(-remembered)));
}

let made = { photos: 0, at: 0, words: new Map() };
const fresh = 3000; // ms that the count of the batch's keywords is used again

/** How often keywords are used in this batch, with those typed before. */
export function knownKeywords() {
  if (performance.now() - made.at < fresh && made.photos === state.photos.size) return made.words;
  const lists = [...state.photos.values()].map((entry) => entry.photo?.metadata?.keywords ?? []);
  made = { photos: state.photos.size, at: performance.now(), words: usage([...lists, read(typedKey, [])]) };
  return made.words;
}
