// What can be done at one click about what an agency's rules have against a photo. Pure: no page.
import { escaped, standsAlone, uniqueKeywords } from './words.js';

/**
 * @typedef {{field: string, severity: string, rule: string, message: string}} Finding
 * @typedef {{label: string, what: string, field: string, value: any}} Fix label: of the button;
 *   what: for the list of steps
 */

/**
 * What several agencies say in the same words is said once, as severe as the severest has it.
 * @template {Finding} F
 * @param {F[]} findings
 * @returns {F[]}
 */
export function once(findings) {
  /** @type {Map<string, F>} */
  const said = new Map();
  for (const finding of findings) {
    const key = finding.rule + finding.message;
    if (!said.has(key) || finding.severity === 'error') said.set(key, finding);
  }
  return [...said.values()];
}

/** What stands in quotation marks in a message. */
function quoted(message) {
  return [...message.matchAll(/"(?:[^"\\]|\\.)*"/g)].map(([text]) => {
    try {
      return JSON.parse(text);
    } catch {
      return text.slice(1, -1);
    }
  });
}

const comma = /\s*[,\uff0c\u3001]\s*/g;
const tidy = (text) => text.replace(/\s+([.;:!?])/g, '$1').replace(/\s+/g, ' ').trim();
const lower = (text) => text.toLocaleLowerCase();

/** The pattern for a phrase in any case. */
const patternOf = (phrase) => new RegExp(escaped(phrase), 'giu');

/** A text without what fits a pattern as whole words. */
const without = (text, pattern) => text.replace(pattern, (found, at) => (standsAlone(text, at, at + found.length) ? ' ' : found));

function sentenceCase(title) {
  const small = lower(title);
  return small.charAt(0).toLocaleUpperCase() + small.slice(1);
}

/**
 * What would mend a finding; null where only a person can.
 * @param {Finding} finding
 * @param {{title?: string, keywords?: string[]}} metadata
 * @param {Record<string, number>} limits of the agency
 * @returns {Fix|null}
 */
export function fixOf(finding, metadata, limits = {}) {
  const made = finding.field === 'title' ? ofTitle(finding, metadata.title ?? '') : finding.field === 'keywords' ? ofKeywords(finding, metadata.keywords ?? [], limits) : null;
  if (!made) return null;
  const before = finding.field === 'title' ? metadata.title ?? '' : (metadata.keywords ?? []).join('\n');
  const after = finding.field === 'title' ? made.value : made.value.join('\n');
  return after === before || after === '' ? null : { field: finding.field, ...made };
}

function ofTitle({ rule, message }, title) {
  if (rule === 'title-comma') return { label: 'Remove', what: 'Comma in title', value: tidy(title.replace(comma, ' ')) };
  if (rule === 'title-all-capitals') return { label: 'Lower case', what: 'Capitals in title', value: sentenceCase(title) };
  if (rule === 'title-control-characters') return { label: 'Remove', what: 'Invisible characters in title', value: tidy(title.replace(/[\p{Cc}\p{Cf}]/gu, ' ')) };
  if (rule === 'title-emoji') return { label: 'Remove', what: 'Symbols in title', value: tidy(title.replace(/[\p{Extended_Pictographic}\u{1F3FB}-\u{1F3FF}\uFE0F\u20E3]/gu, ' ')) };
  const [words] = quoted(message);
  if (!words || !/leave (it|the name) out/.test(message)) return null;
  const value = tidy(without(title, patternOf(words)));
  return { label: 'Remove', what: `“${words}” in title`, value: value.charAt(0).toLocaleUpperCase() + value.slice(1) };
}

function ofKeywords({ rule, message }, keywords, limits) {
  const named = quoted(message);
  switch (rule) {
    case 'keywords-lack-title-words': {
      const room = limits.keywords_max ? limits.keywords_max - keywords.length : named.length;
      return { label: 'Add', what: 'Title words', value: uniqueKeywords(keywords, named.slice(0, Math.max(0, room))) };
    }
    case 'keyword-duplicate': return { label: 'Remove', what: 'Duplicate keywords', value: uniqueKeywords(keywords) };
    case 'keyword-empty': return { label: 'Remove', what: 'Empty keywords', value: keywords.filter((word) => word.trim()) };
    case 'keyword-comma': return { label: 'Split', what: 'Keywords with commas', value: uniqueKeywords(keywords.flatMap((word) => word.split(comma).filter(Boolean))) };
    case 'keywords-too-many': return first(keywords, limits.keywords_max);
    case 'keywords-many': return first(keywords, limits.keywords_warn_above);
  }
  if (named.length === 0) return null;
  const whole = lower(named[0]);
  const part = patternOf(named.at(-1));
  const rest = keywords.filter((word) => lower(word) !== whole && without(word, part) === word);
  return { label: 'Remove', what: `“${named.at(-1)}” in keywords`, value: rest };
}

const first = (keywords, n) => (n > 0 ? { label: `Keep the first ${n}`, what: 'Keywords beyond the limit', value: keywords.slice(0, n) } : null);

/**
 * What can be mended in several photos, by rule, the most frequent first.
 * @param {{id: string, findings: Finding[], metadata: Object}[]} photos
 * @param {Record<string, number>} limits
 * @returns {{rule: string, label: string, severity: string, changes: {id: string, field: string,
 *   after: any}[]}[]}
 */
export function fixesOf(photos, limits) {
  const rules = new Map();
  for (const { id, findings, metadata } of photos) {
    const mended = { ...metadata }; // a photo may break a rule several times
    for (const finding of findings ?? []) {
      const key = finding.rule;
      const fix = fixOf(finding, rules.get(key)?.texts.get(id) ?? mended, limits);
      if (!fix) continue;
      const one = rules.get(key) ?? { rule: key, label: fix.label, severity: finding.severity, changes: new Map(), texts: new Map() };
      one.changes.set(id, { id, field: fix.field, after: fix.value });
      one.texts.set(id, { ...(one.texts.get(id) ?? mended), [fix.field]: fix.value });
      rules.set(key, one);
    }
  }
  return [...rules.values()].map(({ texts: _, ...one }) => ({ ...one, changes: [...one.changes.values()] })).sort((a, b) => b.changes.length - a.changes.length);
}

const names = {
  'title-comma': 'Comma in title', 'title-all-capitals': 'Title all in capitals', 'keywords-lack-title-words': 'Title words missing among keywords',
  'keyword-duplicate': 'Duplicate keywords', 'keyword-empty': 'Empty keywords', 'keyword-comma': 'Comma in keyword', 'keywords-too-many': 'Too many keywords',
  'keywords-many': 'Many keywords', 'title-possible-person': 'Possible person in title', 'unsupported-name': 'Name to check',
};

/** A rule's name for a person: "Brand in title". */
export function ruleName(rule) {
  if (names[rule]) return names[rule];
  const [, where, rest] = /^(title|keyword)s?-(.+)$/.exec(rule) ?? [null, '', rule];
  const words = rest.replace(/^possible-(.*)/, 'possible $1').replaceAll('-', ' ');
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}${where ? ` in ${where}` : ''}`;
}
