// Shows which photos are selected, without drawing their cards anew: "select all" changes a
// thousand of them. What is near the window changes at once, the rest while the page has nothing
// else to do.
import { useLayoutEffect, useRef } from '../html.js';
import { state, subscribe } from '../store.js';

const portion = 50; // cards in one go

/** @type {Set<() => void>} */
const later = new Set();
const idle = globalThis.requestIdleCallback ?? setTimeout;

function work() {
  let n = 0;
  for (const show of later) {
    later.delete(show);
    show();
    if (++n === portion) break;
  }
  if (later.size > 0) idle(work);
}

/**
 * Keeps the class and the box of a card or row in line with the selection.
 * @param {string} id
 * @param {{current: HTMLElement|undefined}} ref of its element
 * @param {boolean} near whether it is near the window
 */
export function useSelected(id, ref, near) {
  const isNear = useRef(near);
  isNear.current = near;
  const show = () => {
    const is = state.selected.has(id);
    ref.current?.classList.toggle('selected', is);
    /** @type {HTMLInputElement|null|undefined} */
    const box = ref.current?.querySelector('.select-box input');
    if (box) box.checked = is;
  };
  useLayoutEffect(show); // drawing it sets its classes anew, and the box may be a new one
  useLayoutEffect(() => {
    const end = subscribe('selected:' + id, () => {
      if (isNear.current) show();
      else {
        if (later.size === 0) idle(work);
        later.add(show);
      }
    });
    return () => {
      end();
      later.delete(show);
    };
  }, [id]);
}
