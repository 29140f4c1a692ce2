// What to see (by state, as cards or as a table) and what to do to many photos at once.
import { html } from '../html.js';
import { redo, undo } from '../edits.js';
import { counts, set, setFilter, useStore, visible } from '../store.js';
import { retry } from '../batches.js';
import { ended } from '../events.js';
import { openDialog } from './dialog.js';
import { Icon } from './icons.js';

const filters = [['all', 'All'], ['working', 'In work'], ['done', 'Done'], ['review', 'To review'], ['failed', 'Failed']];

export function Toolbar() {
  const { batch, filter, layout, undo: steps, redo: undone, selected } = useStore('counts', 'view', 'undo', 'selected', 'batch');
  const n = counts();
  const numbers = { all: n.total, working: n.waiting + n.uploading + n.describing, done: n.done, review: n.review, failed: n.failed };
  const shown = filters.filter(([name]) => name === 'all' || name === filter || numbers[name] > 0);
  const all = visible();
  return html`
    <div class="toolbar">
      <div class="segments" role="group" aria-label="Show">
        ${shown.map(([name, label]) => html`
          <button type="button" key=${name} class=${'segment ' + name} aria-pressed=${filter === name} onClick=${() => setFilter(name)}>
            ${label} <span class="number">${numbers[name]}</span>
          </button>`)}
      </div>
      ${n.failed > 0 && ended(batch) && html`<button type="button" class="quiet" onClick=${() => retry()}><${Icon} name="retry" />Retry failed</button>`}
      <span class="spring"></span>
      <button type="button" class="quiet square" aria-label=${steps.length ? `Undo: ${steps.at(-1).label}` : 'Undo'} title=${steps.length ? `Undo: ${steps.at(-1).label}` : 'Nothing to undo'}
        disabled=${steps.length === 0} onClick=${undo}><${Icon} name="undo" /></button>
      <button type="button" class="quiet square" aria-label=${undone.length ? `Redo: ${undone.at(-1).label}` : 'Redo'} title=${undone.length ? `Redo: ${undone.at(-1).label}` : 'Nothing to redo'}
        disabled=${undone.length === 0} onClick=${redo}><${Icon} name="redo" /></button>
      ${n.completed > 0 && html`
        <button type="button" class="quiet" onClick=${() => openDialog('replace')}><${Icon} name="search" /><span class="wide-only">Find and replace</span><span class="visually-hidden narrow-only">Find and replace</span></button>
        <button type="button" class="quiet" onClick=${() => set('selected', { selected: new Set(selected.size === all.length ? [] : all) })}>
          ${selected.size > 0 && selected.size === all.length ? 'Select none' : 'Select all'}
        </button>`}
      <div class="segments" role="group" aria-label="View">
        <button type="button" class="segment" aria-pressed=${layout === 'grid'} onClick=${() => set('view', { layout: 'grid' })}><${Icon} name="grid" /><span class="visually-hidden">Cards</span></button>
        <button type="button" class="segment" aria-pressed=${layout === 'table'} onClick=${() => set('view', { layout: 'table' })}><${Icon} name="table" /><span class="visually-hidden">Table</span></button>
      </div>
    </div>`;
}
