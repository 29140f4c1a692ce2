// What a screen reader is told without being asked: progress at most every five seconds, and
// answers to what the person did at once. Also the title of the tab, which tells the same to eyes
// that are elsewhere.
import { counts, state, subscribe } from './store.js';
import { ended } from './events.js';
import { count } from './words.js';

const every = 5000;
let said = '';
let last = 0;
let timer = 0;

/**
 * Says something politely, at once: inside of the dialog that is open, since nothing else is heard
 * then.
 */
export function say(text) {
  const region = document.querySelector('dialog[open] .live') ?? document.getElementById('live');
  // The same words twice are said twice only if the region changes.
  region.textContent = region.textContent === text ? text + '\u00a0' : text;
}

/** The sentence for the present progress. */
export function progressSentence() {
  const n = counts();
  if (n.total === 0) return '';
  const parts = [`${n.completed} of ${count(n.total, 'photo')} finished`];
  if (n.draft > 0) parts.push(count(n.draft, 'draft'));
  if (n.review > 0) parts.push(`${n.review} to review`);
  if (n.failed > 0) parts.push(`${n.failed} failed`);
  return parts.join(', ') + '.';
}

function progress() {
  clearTimeout(timer);
  const wait = last + every - Date.now();
  if (wait > 0) {
    timer = setTimeout(progress, wait);
    return;
  }
  const text = progressSentence();
  if (text === said || !state.batch) return;
  said = text;
  last = Date.now();
  say(text);
}

function title() {
  const n = counts();
  let text = 'tagroll';
  if (state.batch && n.total > 0) {
    if (state.batch.state === 'cancelled') text = `${state.batch.error ? 'Stopped' : 'Cancelled'}, ${n.done + n.draft + n.review} of ${n.total}`;
    else if (ended(state.batch) && n.unsent === 0) {
      if (n.draft > 0) text = `Drafts: ${n.draft} of ${n.total}`;
      else text = n.failed + n.review > 0 ? `Done: ${n.done} of ${n.total}` : `Done: ${count(n.total, 'photo')}`;
    } else text = `${Math.floor((100 * n.completed) / n.total)}% of ${count(n.total, 'photo')}`;
    text += ' · tagroll';
  }
  if (document.title !== text) document.title = text;
}

/** Begins to listen. */
export function announce() {
  let scheduled = false;
  const soon = () => {
    if (scheduled) return;
    scheduled = true;
    setTimeout(() => {
      scheduled = false;
      title();
      progress();
    }, 100);
  };
  subscribe('counts', soon);
  subscribe('batch', soon);
}
