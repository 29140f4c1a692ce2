// What the person asks of the words of a batch, beyond what the agencies ask. Pure: no page.
import { count, list, parseKeywords, uniqueKeywords } from './words.js';

/** @typedef {import('../../api.d.ts').Brief} Brief */

/** Languages that are offered, by their codes; English is the usual one. */
export const languages = {
  cs: 'Czech', da: 'Danish', de: 'German', es: 'Spanish', fi: 'Finnish', fr: 'French', it: 'Italian', ja: 'Japanese', ko: 'Korean', nl: 'Dutch', nb: 'Norwegian', pl: 'Polish', pt: 'Portuguese', sv: 'Swedish', tr: 'Turkish', uk: 'Ukrainian', zh: 'Chinese',
};

/** The name of a brief's language. The server keeps names, the form has codes. */
export const languageName = (language = '') => languages[language] ?? language;

/** A brief's language as a code, for the browser's spelling marks. */
export const codeOf = (language = '') => (language === '' || language === 'English' ? 'en' : Object.keys(languages).find((code) => code === language || languages[code] === language) ?? (/^[a-z]{2,3}$/.test(language) ? language : undefined));

const english = (language) => ['', 'en', 'English'].includes(language ?? '');

/**
 * A brief with some of its wishes changed; what is empty is left out, and what the form does not
 * show stays.
 * @param {Brief} brief
 * @param {Brief} wishes
 * @returns {Brief}
 */
export function withWishes(brief, wishes) {
  const changed = { ...brief, ...wishes };
  for (const part of ['keywords', 'title', 'existing']) {
    const all = full({ ...brief[part], ...wishes[part] });
    changed[part] = Object.keys(all).length > 0 ? all : undefined;
  }
  return full(changed);
}

const full = (object) => Object.fromEntries(Object.entries(object).filter(([, value]) => value && !(Array.isArray(value) && value.length === 0)));

/**
 * Why a brief cannot be followed; empty if it can.
 * @param {Brief} brief
 */
export function briefProblem(brief) {
  const k = keywordsOf(brief);
  if (k.min && k.max && k.min > k.max) return `At least ${k.min} and at most ${k.max} keywords: the first number must be the smaller one.`;
  const banned = new Set((k.ban ?? []).map((word) => word.toLocaleLowerCase()));
  const both = (k.require ?? []).filter((word) => banned.has(word.toLocaleLowerCase()));
  if (both.length > 0) return `“${both[0]}” is under both “Always” and “Never”.`;
  if (k.max && (k.require ?? []).length > k.max) return `“Always” has ${k.require.length} keywords, more than the ${k.max} allowed.`;
  const { max, prefix = '', suffix = '' } = brief.title ?? {};
  if (max && prefix.length + suffix.length >= max) return `What titles begin and end with takes all of their ${max} characters.`;
  return '';
}

/** @returns {import('../../api.d.ts').KeywordBrief} */
const keywordsOf = (brief) => brief.keywords ?? {};

/**
 * A brief in a few words, such as "25–40 keywords, always azores, in German"; empty if nothing is
 * asked.
 * @param {Brief} brief
 */
export function briefText(brief) {
  const { language, editorial } = brief;
  const k = keywordsOf(brief);
  const parts = [];
  if (k.min && k.max) parts.push(`${k.min}–${k.max} keywords`);
  else if (k.max) parts.push(`at most ${count(k.max, 'keyword')}`);
  else if (k.min) parts.push(`at least ${count(k.min, 'keyword')}`);
  if (k.single_words) parts.push('single words');
  if (k.require?.length) parts.push(`always ${list(k.require.slice(0, 3))}${k.require.length > 3 ? '…' : ''}`);
  if (k.ban?.length) parts.push(`never ${list(k.ban.slice(0, 3))}${k.ban.length > 3 ? '…' : ''}`);
  if (k.vocabulary?.length) parts.push(`only ${count(k.vocabulary.length, 'keyword')} of your own`);
  if (brief.title) parts.push('titles in your form');
  if (brief.existing) parts.push(`words already in a file ${policies[existingOf(brief)] ?? 'are treated by field'}`);
  if (!english(language)) parts.push(`in ${languageName(language)}`);
  if (editorial) parts.push('editorial');
  return parts.join(', ');
}

/** What becomes of words that a file has, in words. */
export const policies = { use: 'are shown to the model', keep: 'stay', merge: 'stay, and keywords are added', replace: 'are replaced', skip: 'stay; no model is asked if they are complete' };

/**
 * What becomes of words that a file has, if it is the same for all fields; undefined if it differs.
 */
export function existingOf({ existing = {} }) {
  const [first, ...others] = ['title', 'description', 'keywords'].map((field) => existing[field] ?? 'use');
  return others.every((other) => other === first) ? first : undefined;
}

/**
 * A number of keywords or characters as it is typed: 0 for none.
 * @param {string} text
 * @param {number} [most]
 */
export const numberOf = (text, most = Infinity) => Math.max(0, Math.min(most, Math.floor(Number(text)) || 0));

/**
 * A message of the server, which names agencies as options do, with their names for people.
 * @param {string} text
 * @param {{name: string, label: string}[]} agencies
 */
export const withLabels = (text, agencies) => agencies.reduce((all, { name, label }) => all.replace(new RegExp(`(?<![\\w-])${name}(?![\\w-])`, 'g'), label), text);

/** Lines of a field, without those that are empty. */
export const linesOf = (text) => text.split('\n').map((line) => line.trim()).filter(Boolean);

/** Words of a field, each once. */
export const wordsOf = (text) => uniqueKeywords(parseKeywords(text));
