// The value of a field while somebody is in it. What the server says in the meantime waits until
// they leave.
import { useLayoutEffect, useRef, useState } from './html.js';
import { edit, typed, valueOf } from './edits.js';
import { subscribe } from './store.js';

const pauseBeforeSave = 700; // ms without a key

/**
 * Calls commit before another batch is shown or the page is left, and when the field goes: what was
 * typed must not be lost.
 * @param {() => void} commit
 */
export function useLeaving(commit) {
  const latest = useRef(commit);
  latest.current = commit;
  // Not after the next paint: the field may be typed in and gone by then.
  useLayoutEffect(() => () => latest.current(), []);
  useLayoutEffect(() => subscribe('leaving', () => latest.current()), []);
}

/**
 * @param {import('./store.js').Entry} entry
 * @param {'title'|'description'|'keywords'|'category'|'details'} field
 * @returns {{value: any, focused: () => void, type: (value) => void, change: (value) => void, left:
 *   () => void}} type saves after a pause and makes one step of undo of a visit; change saves at
 *   once and is a step by itself
 */
export function useDraft(entry, field) {
  const [draft, setDraft] = useState();
  const visit = useRef({ session: undefined, timer: 0, typed: undefined, seen: undefined });
  const now = visit.current;

  const commit = () => {
    clearTimeout(now.timer);
    if (now.typed === undefined) return;
    const value = now.typed;
    now.typed = undefined;
    edit(entry.id, field, value, now.session, now.seen);
    now.seen = value;
  };
  const latest = useRef(commit);
  latest.current = commit;
  useLayoutEffect(() => () => latest.current(), [entry.id]);
  // Another batch is about to be shown, or the page to be left: what was typed must not be lost.
  useLayoutEffect(() => subscribe('leaving', () => latest.current()), []);
  useLayoutEffect(() => subscribe('undone', () => {
    visit.current.typed = undefined;
    visit.current.seen = undefined;
    visit.current.session = Symbol('visit');
    setDraft(undefined);
  }), []);

  const shown = draft !== undefined ? draft : valueOf(entry, field);
  return {
    value: shown,
    focused() {
      now.session = Symbol('visit');
    },
    type(value) {
      now.seen ??= shown; // before the first key
      setDraft(value);
      now.typed = value;
      typed(entry.id, field, value);
      clearTimeout(now.timer);
      now.timer = setTimeout(() => latest.current(), pauseBeforeSave);
    },
    change(value) {
      now.typed = undefined;
      now.seen = edit(entry.id, field, value, undefined, now.seen ?? shown);
      setDraft(now.seen);
    },
    left() {
      commit();
      now.seen = undefined;
      setDraft(undefined);
    },
  };
}
