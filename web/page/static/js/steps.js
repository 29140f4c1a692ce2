// The list of steps that can be taken back, as plain data: no page, no network.
//
// Each change that a person makes is one step, whether it touched one photo or three hundred. A
// step can be taken back in its turn (Ctrl Z) or out of turn (a message's Undo, the list of steps);
// then only what nobody has changed since goes back.
import { same } from './merge.js';

/**
 * @typedef {Object} Change
 * @property {string} id the photo
 * @property {string} field
 * @property {any} before
 * @property {any} after undefined: not known yet, as while a photo is described again
 *
 * @typedef {Object} Step
 * @property {string} id
 * @property {number} at ms since 1970
 * @property {string} label what was done, such as "Keywords of 12 photos"
 * @property {Change[]} changes
 * @property {symbol} [visit] of the field that was typed into; changes of one visit are one step
 *
 * @typedef {{undo: Step[], redo: Step[]}} Steps the newest last
 */

export const remembered = 200;

/**
 * Adds a step, or lengthens the last one if it belongs to the same visit of a field.
 * @param {Steps} steps
 * @param {Step} step
 * @returns {Steps & {step: Step}} step is the one that changed
 */
export function add(steps, step) {
  const last = steps.undo.at(-1);
  // What somebody else wrote between is where another step begins.
  if (step.visit !== undefined && last?.visit === step.visit && same(last.changes[0].after, step.changes[0].before)) {
    const longer = { ...last, changes: [{ ...last.changes[0], after: step.changes[0].after }] };
    return { undo: [...steps.undo.slice(0, -1), longer], redo: [], step: longer };
  }
  return { undo: [...steps.undo, step].slice(-remembered), redo: [], step };
}

/**
 * Moves a step from one of the two lists to the other.
 * @param {Steps} steps
 * @param {'undo'|'redo'} from
 * @param {string} id
 * @returns {Steps}
 */
export function move(steps, from, id) {
  const to = from === 'undo' ? 'redo' : 'undo';
  const step = steps[from].find((s) => s.id === id);
  if (!step) return steps;
  const { visit: _, ...closed } = step; // whoever types on begins a new step
  const rest = steps[from].filter((s) => s.id !== id);
  return /** @type {Steps} */ ({ [from]: rest, [to]: [...steps[to], closed] });
}

/**
 * What taking a step back (or doing it again) sets, and what stays because it was changed since.
 * @param {Step} step
 * @param {'before'|'after'} side
 * @param {(id: string, field: string) => any} valueOf the present value; undefined: the photo is
 *   not there
 * @returns {{set: {id: string, field: string, value: any}[], kept: number, gone: number}} kept and
 *   gone: photos
 */
export function replay(step, side, valueOf) {
  const other = side === 'before' ? 'after' : 'before';
  const set = [];
  const kept = new Set();
  const gone = new Set();
  for (const change of step.changes) {
    const now = valueOf(change.id, change.field);
    if (now === undefined) gone.add(change.id);
    if (now === undefined || change[side] === undefined) continue;
    const put = { id: change.id, field: change.field, value: change[side] };
    if (change[other] === undefined) set.push(put); // another text is on its way
    else if (same(now, change[side])) continue;
    else if (same(now, change[other])) set.push(put);
    else kept.add(change.id);
  }
  return { set, kept: kept.size, gone: gone.size };
}

/**
 * Fills in what a photo has become, where a step could not know it when it was made.
 * @param {Step} step
 * @param {string} id
 * @param {Record<string, any>} metadata
 * @returns {Step} the same one if nothing was missing
 */
export function learn(step, id, metadata) {
  const open = step.changes.some((c) => c.id === id && c.after === undefined);
  if (!open) return step;
  return { ...step, changes: step.changes.map((c) => (c.id === id && c.after === undefined ? { ...c, after: metadata[c.field] } : c)) };
}

/**
 * Corrects what a step knows of a field when the server has tidied it, so that the step can still
 * be taken back and done again.
 * @param {Step} step
 * @param {string} id
 * @param {string} field
 * @param {any} sent
 * @param {any} stored
 * @returns {Step} the same one if it is another's
 */
export function tidy(step, id, field, sent, stored) {
  const is = (c, side) => c.id === id && c.field === field && c[side] !== undefined && same(c[side], sent);
  if (!step.changes.some((c) => is(c, 'after') || is(c, 'before'))) return step;
  return { ...step, changes: step.changes.map((c) => ({ ...c, before: is(c, 'before') ? stored : c.before, after: is(c, 'after') ? stored : c.after })) };
}

/**
 * Puts a step on top of what somebody else has made of a field meanwhile: taking it back brings
 * back their text.
 * @param {Step} step
 * @param {string} id
 * @param {string} field
 * @param {any} mine
 * @param {any} theirs
 * @param {any} now what became of both
 * @returns {Step} the same one if it is another's
 */
export function rebase(step, id, field, mine, theirs, now) {
  const fits = (c) => c.id === id && c.field === field && same(c.after, mine);
  if (!step.changes.some(fits)) return step;
  return { ...step, changes: step.changes.map((c) => (fits(c) ? { ...c, before: theirs, after: now } : c)) };
}
