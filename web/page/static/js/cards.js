// One tab stop for all photos: the keyboard is on one card, arrows go to the others, Enter goes
// into its fields and Escape comes out again. Also what the keys on a card do.
import { applyKeywords, copyKeywords, pasteKeywords, sameAsBefore } from './together.js';
import { describedFor } from './edits.js';
import { isSeen, mark } from './seen.js';
import { clearSelection, selectAll, selectThese, toggleSelected } from './selection.js';
import { alike, changed, set, state, status, visible } from './store.js';

/** The card that the keyboard is on, and whether it is inside of it. */
export const at = { id: null, inside: false };

export function go(id, inside = false) {
  if (at.id === id && at.inside === inside) return;
  const before = at.id ?? visible()[0];
  Object.assign(at, { id, inside });
  if (before && before !== id) changed('at:' + before);
  if (id) changed('at:' + id);
  changed('at');
}

/** The id that Tab reaches first. */
export function stop() {
  const ids = visible();
  return at.id && ids.includes(at.id) ? at.id : ids[0];
}

/** @returns {HTMLElement|null} */
export const elementOf = (id) => document.querySelector(`[data-photo="${CSS.escape(id)}"]`);

/** Puts the keyboard on the next card that stays when these go. */
export function stayBeside(ids) {
  const all = visible();
  const gone = new Set(ids);
  const from = all.indexOf(at.id);
  go(all.slice(from + 1).find((id) => !gone.has(id)) ?? all.slice(0, Math.max(0, from)).findLast((id) => !gone.has(id)) ?? null);
}

/** Scrolls a card into view: all of it, or its beginning where there is no room for all. */
function reveal(element) {
  const scroll = () => element.scrollIntoView({ block: element.offsetHeight > innerHeight / 2 ? 'start' : 'nearest' });
  scroll();
  requestAnimationFrame(scroll); // cards that came into view have their real heights now
}

/** Puts the keyboard on a card. */
export function focusCard(id) {
  go(id);
  const element = elementOf(id);
  if (!element) return;
  element.focus({ preventScroll: true });
  reveal(element);
}

/**
 * Goes into a card: to a field that is named, or its title. A card far away draws its fields first.
 */
export function enterCard(id, field = 'title') {
  go(id, true);
  const element = elementOf(id);
  if (element) reveal(element);
  const find = (tries) => {
    /** @type {HTMLElement|null|undefined} */
    const target = element?.querySelector(`[data-field="${field}"]`) ?? element?.querySelector('textarea, .retry');
    if (target) target.focus({ preventScroll: true });
    else if (tries > 0) requestAnimationFrame(() => find(tries - 1));
    else element?.focus();
  };
  find(20);
}

/** The card beside, above or below one, by where they are on the screen. */
function neighbour(id, key) {
  const ids = visible();
  const i = ids.indexOf(id);
  if (key === 'Home') return ids[0];
  if (key === 'End') return ids.at(-1);
  const table = state.layout === 'table';
  if (key === 'ArrowLeft' || (table && key === 'ArrowUp')) return ids[i - 1];
  if (key === 'ArrowRight' || (table && key === 'ArrowDown')) return ids[i + 1];
  const first = elementOf(ids[0])?.getBoundingClientRect().top;
  let columns = 1;
  while (columns < ids.length && Math.abs((elementOf(ids[columns])?.getBoundingClientRect().top ?? NaN) - first) < 2) columns++;
  return ids[i + (key === 'ArrowUp' ? -columns : columns)];
}

/** The next photo that somebody has to look at: to review, failed, then not seen. */
export function nextToReview(id) {
  const ids = visible();
  const from = ids.indexOf(id);
  const round = [...ids.slice(from + 1), ...ids.slice(0, Math.max(0, from))];
  const wants = (...kinds) => round.find((one) => kinds.includes(status(state.photos.get(one))));
  return wants('review') ?? wants('failed') ?? round.find((one) => describedFor(state.photos.get(one)) && !isSeen(one));
}

/** Marks a photo as seen and goes on to the next one. */
export function seenAndNext(id, field) {
  mark([id]);
  const next = nextToReview(id);
  if (next) enterCard(next, field);
  else focusCard(id);
}

const letters = {
  c: (id) => copyKeywords(id),
  v: (id) => pasteKeywords(state.selected.has(id) ? [...state.selected] : [id]),
  s: (id) => mark([id], !isSeen(id)),
  '=': (id) => sameAsBefore(id),
  o: (id) => set('preview', { preview: id }),
  n: (id) => {
    const next = nextToReview(id);
    if (next) focusCard(next);
  },
  k: (id) => applyKeywords([id]),
  a: (id) => selectThese(alike(id) ?? [id]),
};

/** The keys of a card or row. */
export function onCardKey(event, id) {
  const onCard = event.target === event.currentTarget;
  const ctrl = event.ctrlKey || event.metaKey;
  if (event.isComposing) return;
  if (event.key === 'Enter' && ctrl) {
    seenAndNext(id, event.target.closest('[data-field]')?.dataset.field);
  } else if (event.key === 'Escape' && !onCard && !event.defaultPrevented) {
    focusCard(id);
  } else if (!onCard || event.altKey) {
    return;
  } else if (ctrl && event.key.toLowerCase() === 'a') {
    selectAll();
  } else if (ctrl) {
    return;
  } else if (event.key === 'Enter' || event.key === 'F2') {
    enterCard(id);
  } else if (event.key === ' ') {
    toggleSelected(id, event.shiftKey);
  } else if (event.key === 'Escape') {
    clearSelection();
  } else if (/^(Arrow|Home$|End$)/.test(event.key)) {
    const to = neighbour(id, event.key);
    if (to) {
      if (event.shiftKey) toggleSelected(to, true);
      focusCard(to);
    }
  } else if (letters[event.key.toLowerCase()]) {
    letters[event.key.toLowerCase()](id);
  } else {
    return;
  }
  event.preventDefault();
}
