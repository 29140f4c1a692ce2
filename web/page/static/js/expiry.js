// The end of a batch's time: told ten minutes before, with another hour to be had, and noticed the
// moment it comes. Whoever works on a batch looks at it, and every look moves the end.
import { now } from './api.js';
import { set, state, subscribe } from './store.js';

const notice = 10 * 60 * 1000; // ms before the end
const lookEvery = 60 * 1000; // ms
const longestTimer = 2 ** 31 - 1; // ms; browsers run longer timers at once

let timer;
/** @type {() => Promise<void>} */
let look = async () => {};
/** @type {() => Promise<void>} */
let check = async () => {};

/**
 * Begins. looks tells the server that somebody looks at the batch, which moves its end; checks asks
 * whether the batch is still there, and moves nothing: a page that is open keeps no batch for ever.
 * @param {() => Promise<void>} looks
 * @param {() => Promise<void>} checks
 */
export function start(looks, checks) {
  look = looks;
  check = checks;
  subscribe('batch', plan);
  for (const kind of ['pointerdown', 'keydown', 'wheel']) addEventListener(kind, acted, { passive: true });
}

let looked = 0;

/** The person does something: the server is told, now and then. */
function acted() {
  // Of a short time it is a quarter.
  const pause = Math.min(lookEvery, 250 * (state.service?.keep_seconds ?? Infinity));
  if (!state.batch?.expires_at || state.gone || Date.now() - looked < pause) return;
  looked = Date.now();
  look();
}

function plan() {
  clearTimeout(timer);
  const end = Date.parse(state.batch?.expires_at ?? '');
  if (Number.isNaN(end) || state.gone) {
    if (state.ending) set('ending', { ending: null });
    return;
  }
  const left = end - now();
  const ending = left <= notice ? end : null;
  if (state.ending !== ending) set('ending', { ending });
  if (left <= 0) {
    // The server deletes a moment later; asked again until it has.
    timer = setTimeout(() => check().finally(plan), 1000);
    return;
  }
  timer = setTimeout(plan, Math.min(longestTimer, left > notice ? left - notice : left + 50));
}
