// Choosing several photos, and the bar that says what can be done with them.
import { html } from '../html.js';
import { retry } from '../batches.js';
import { set, state, status, useStore, visible } from '../store.js';
import { count } from '../words.js';
import { openDialog } from './dialog.js';
import { Icon } from './icons.js';

let anchor = null; // where a range begins

/** Selects or deselects a photo; with Shift, all between it and the last one. */
export function select(id, on, range) {
  const selected = new Set(state.selected);
  const ids = visible();
  const from = ids.indexOf(anchor);
  const to = ids.indexOf(id);
  const touched = range && from >= 0 ? ids.slice(Math.min(from, to), Math.max(from, to) + 1) : [id];
  for (const one of touched) {
    if (on) selected.add(one);
    else selected.delete(one);
  }
  anchor = id;
  set('selected', { selected });
}

export function SelectBox({ id, filename }) {
  const { selected } = useStore('selected');
  return html`<label class="select-box"><input type="checkbox" aria-label=${`Select ${filename}`} checked=${selected.has(id)}
    onClick=${(event) => select(id, event.target.checked, event.shiftKey)} /></label>`;
}

export function SelectionBar() {
  const { selected } = useStore('selected', 'counts');
  if (selected.size === 0) return null;
  const again = [...selected].filter((id) => ['failed', 'review'].includes(status(state.photos.get(id))));
  return html`
    <section class="selection" aria-label="Selection">
      <strong>${count(selected.size, 'photo')} selected</strong>
      <button type="button" onClick=${() => openDialog('apply')}><${Icon} name="tag" />Keywords and category</button>
      <button type="button" onClick=${() => openDialog('replace')}><${Icon} name="search" />Find and replace</button>
      ${again.length > 0 && html`<button type="button" onClick=${() => retry(again)}><${Icon} name="retry" />Describe ${again.length} again</button>`}
      <button type="button" class="quiet" onClick=${() => set('selected', { selected: new Set() })}>Clear</button>
    </section>`;
}
