// The steps of the batch on show: made, taken back, done again, and kept in this browser so that a
// reload does not forget them.
import * as database from './database.js';
import { changed, set, state, toast } from './store.js';
import { fieldOf, same } from './merge.js';
import * as steps from './steps.js';
import { tab } from './tabs.js';
import { count } from './words.js';

/** @typedef {import('./steps.js').Step} Step */

/** @type {(id: string, field: string, value: any) => void} */
let apply; // sets a field; edits.js gives it
/** @type {(id: string, field: string) => any} */
let valueOf;
let made = 0;

/**
 * Says how fields are read and set.
 * @param {{apply: (id: string, field: string, value: any) => void, valueOf: (id: string, field:
 *   string) => any}} how
 */
export function start(how) {
  apply = how.apply;
  valueOf = how.valueOf;
}

function keep(step, list) {
  const { visit: _, ...plain } = step;
  if (state.batch?.id) database.put('steps', [state.batch.id, step.id], { ...plain, list });
}

const drop = (list) => list.forEach((step) => database.remove('steps', [state.batch?.id ?? '', step.id]));

/**
 * Remembers a step.
 * @param {string} label
 * @param {import('./steps.js').Change[]} changes
 * @param {symbol} [visit]
 * @returns {Step}
 */
export function remember(label, changes, visit) {
  const id = `${Date.now().toString(36)}-${tab}-${++made}`;
  drop(state.redo);
  const next = steps.add({ undo: state.undo, redo: state.redo }, { id, at: Date.now(), label, changes, visit });
  if (next.undo[0] !== state.undo[0]) drop(state.undo.slice(0, 1)); // too many are remembered
  keep(next.step, 'undo');
  set('undo', { undo: next.undo, redo: next.redo });
  return next.step;
}

/**
 * Takes a step back, or does it again.
 * @param {'undo'|'redo'} from
 * @param {string} [id] the last one if it is not given
 */
function travel(from, id = state[from].at(-1)?.id) {
  const step = state[from].find((s) => s.id === id);
  if (!step) return;
  const { set: sets, kept, gone } = steps.replay(step, from === 'undo' ? 'before' : 'after', valueOf);
  const next = steps.move({ undo: state.undo, redo: state.redo }, from, step.id);
  set('undo', next);
  keep(step, from === 'undo' ? 'redo' : 'undo');
  for (const one of sets) apply(one.id, one.field, one.value);
  changed('undone');
  const stays = kept > 0 ? ` ${count(kept, 'photo')} changed since ${kept === 1 ? 'keeps its' : 'keep their'} newer text.` : '';
  const left = gone > 0 ? ` ${count(gone, 'photo is', 'photos are')} no longer in the batch.` : '';
  if (from === 'undo') toast(`${step.label}: undone.${stays}${left}`, { action: 'Redo', run: () => redo(step.id), subject: step.id });
  else toast(`${step.label}: redone.${stays}${left}`, { action: 'Undo', run: () => undo(step.id), subject: step.id });
}

/** Takes back a step; without its id the last one. */
export const undo = (id) => travel('undo', id);

/** Does a step again that was taken back; without its id the last one. */
export const redo = (id) => travel('redo', id);

/** @type {Set<string>} */
let unkept = new Set(); // ids of steps that were amended and are not kept yet

/** Keeps amended steps, each once for all the photos of one answer. */
function keepAmended() {
  for (const list of /** @type {const} */ (['undo', 'redo'])) {
    for (const step of state[list]) if (unkept.has(step.id)) keep(step, list);
  }
  unkept = new Set();
}

/** Changes the steps that fn changes. */
function amend(fn) {
  const through = (list) => {
    const next = list.map(fn);
    const others = next.filter((step, i) => step !== list[i]);
    if (others.length === 0) return list;
    if (unkept.size === 0) queueMicrotask(keepAmended);
    for (const step of others) unkept.add(step.id);
    return next;
  };
  const next = { undo: through(state.undo), redo: through(state.redo) };
  if (next.undo !== state.undo || next.redo !== state.redo) set('undo', next);
}

/** Tells the steps what has become of a photo that was described again. */
export function learn(photo) {
  if (photo.metadata) amend((step) => steps.learn(step, photo.id, photo.metadata));
}

/** Tells the steps what the server has made of fields that were sent to it. */
export function stored(photos, sent) {
  for (const photo of photos) {
    for (const [field, value] of Object.entries(sent.get(photo.id)?.fields ?? {})) {
      const is = fieldOf(photo, field);
      if (!same(is, value)) amend((step) => steps.tidy(step, photo.id, field, value, is));
    }
  }
}

/**
 * Tells the last step that wrote mine that somebody else has changed the field meanwhile, and what
 * became of both.
 */
export function clashed(id, field, mine, theirs, now) {
  const last = state.undo.findLast((step) => steps.rebase(step, id, field, mine, theirs, now) !== step);
  if (last) amend((step) => (step.id === last.id ? steps.rebase(step, id, field, mine, theirs, now) : step));
}

/** Finds the steps of a batch again after a reload. */
export async function recall(batch) {
  const kept = (await database.all('steps', [batch])).sort((a, b) => a.at - b.at);
  if (state.batch?.id !== batch || state.undo.length + state.redo.length > 0) return;
  const plain = (list) => kept.filter((step) => step.list === list).map(({ list: _, ...step }) => step);
  set('undo', { undo: plain('undo').slice(-steps.remembered), redo: plain('redo').reverse() });
}

/**
 * Forgets the steps of all batches but those that are there: what is deleted shall be deleted here
 * as well.
 */
export const forgetOthers = (batches) => database.removeOthers('steps', new Set([...batches.map((batch) => batch.id), state.batch?.id ?? '']));

/** Forgets the steps of a batch that is gone. */
export const forget = (batch) => database.removeBelow('steps', [batch]);
