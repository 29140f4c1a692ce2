// Which photos are selected, and how that changes.
import { check, click } from './selecting.js';
import { changed, standsFor, state, visible } from './store.js';

let anchor = null; // where a range begins

function take(next) {
  anchor = next.anchor;
  if (state.stacks) withStacks(next.selected);
  const before = state.selected;
  state.selected = next.selected;
  // Only cards that change are drawn again.
  const differ = [...next.selected].filter((id) => !before.has(id)).concat([...before].filter((id) => !next.selected.has(id)));
  changed('selected', ...differ.map((id) => 'selected:' + id));
}

/** A closed stack is selected as a whole or not at all: the photo that is seen of it decides. */
function withStacks(selected) {
  for (const id of visible()) {
    for (const other of standsFor(id)) {
      if (selected.has(id)) selected.add(other);
      else selected.delete(other);
    }
  }
}

const now = () => ({ selected: state.selected, anchor });

/** A checkbox was clicked. */
export const checkPhoto = (id, on, shift) => take(check(now(), visible(), id, on, shift));

/** A card was clicked. */
export const clickPhoto = (id, event) => take(click(now(), visible(), id, { shift: event.shiftKey, ctrl: event.ctrlKey || event.metaKey }));

/**
 * By keyboard: the photo alone is added or taken away; with a range, all from the anchor on are
 * selected.
 */
export const toggleSelected = (id, range) => take(click(now(), visible(), id, range && anchor ? { shift: true } : { ctrl: true }));

export const selectAll = () => take({ selected: new Set([...state.selected, ...visible()]), anchor });

export const clearSelection = () => state.selected.size > 0 && take({ selected: new Set(), anchor: null });

/** Selects exactly these, as a frame does while it is drawn. */
export const selectThese = (ids) => take({ selected: new Set(ids), anchor: ids[0] ?? anchor });
