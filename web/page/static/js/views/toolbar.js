// What to see (by state and by words, in which order, as cards or as a table) and what to do to
// many photos at once.
import { html, useEffect, useRef, useState } from '../html.js';
import { sorts } from '../arrange.js';
import { retry } from '../batches.js';
import { ended } from '../events.js';
import { redo, undo } from '../history.js';
import { remember } from '../preferences.js';
import { clearSelection, selectAll } from '../selection.js';
import { changed, counts, countsOf, groups, openDialog, set, setView, state, typeSearch, useStore, visible } from '../store.js';
import { Icon } from './icons.js';

const filters = [
  ['all', 'All'], ['working', 'In progress'], ['done', 'Done'], ['review', 'To review'], ['failed', 'Failed'], ['warnings', 'Warnings'], ['edited', 'Edited'], ['unseen', 'Not seen'],
];

export function Toolbar() {
  const { batch, filter, sort } = useStore('counts', 'view', 'batch');
  const n = counts();
  const numbers = countsOf(filters.map(([name]) => name));
  const shown = filters.filter(([name]) => name === 'all' || name === filter || numbers[name] > 0)
    .map(([name, label]) => [name, name === 'done' && n.done === 0 && n.draft > 0 ? 'Drafts' : label]);
  const again = (where) => n.failed > 0 && ended(batch) && html`<button type="button" class=${'quiet ' + where} onClick=${() => retry()}><${Icon} name="retry" />Try again: ${n.failed} failed</button>`;
  const [unfolded, unfold] = useState(false);
  const toolbar = useFold(unfolded, () => unfold(false));
  return html`
    <div class=${'toolbar' + (unfolded ? ' unfolded' : '')} ref=${toolbar}>
      <div class="segments filters" role="group" aria-label="Show">
        ${shown.map(([name, label]) => html`
          <button type="button" key=${name} class=${'segment ' + name} aria-pressed=${filter === name} onClick=${() => setView({ filter: name })}>
            ${label} <span class="number">${numbers[name]}</span>
          </button>`)}
      </div>
      <label class="filtering"><span class="visually-hidden">Show</span>
        <select onChange=${(event) => setView({ filter: event.target.value })}>
          ${shown.map(([name, label]) => html`<option key=${name} value=${name} selected=${name === filter}>${label} ${numbers[name]}</option>`)}
        </select></label>
      <${Search} />
      ${again('beside')}
      <button type="button" class="fold" aria-expanded=${unfolded} onClick=${() => unfold(!unfolded)}>Tools</button>
      <div class="tools">
        ${again('folded')}
        <span class="narrow-only"><button type="button" class="quiet" onClick=${() => openDialog('context')}>About the shoot</button><button type="button" class="quiet" onClick=${() => openDialog('about')}>Cost</button></span>
        <${Steps} />
        ${n.completed > 0 && html`
          <button type="button" class="quiet" title="Find and replace" onClick=${() => openDialog('replace')}><${Icon} name="search" /><span class="wide-only">Replace</span><span class="visually-hidden narrow-only">Find and replace</span></button>
          ${numbers.warnings > 0 && html`<button type="button" class="quiet" title="What can be fixed with one click" onClick=${() => openDialog('mend')}><${Icon} name="alert" />Fix</button>`}
          <${SelectAll} />`}
        <label class="sorting"><span class="visually-hidden">Order</span>
          <select onChange=${(event) => setView({ sort: event.target.value })}>
            ${Object.entries(sorts).map(([name, label]) => html`<option value=${name} selected=${name === sort}>${label}</option>`)}
          </select></label>
        <${View} />
      </div>
    </div>`;
}

/** What a phone folds away is folded again by a tap elsewhere, and by Escape. */
function useFold(unfolded, fold) {
  const toolbar = useRef(null);
  useEffect(() => {
    if (!unfolded) return;
    const onPointer = (event) => !toolbar.current?.contains(event.target) && fold();
    const onKey = (event) => {
      if (event.key !== 'Escape' || event.defaultPrevented || !toolbar.current?.contains(event.target)) return;
      event.preventDefault();
      toolbar.current.querySelector('.fold').focus();
      fold();
    };
    document.addEventListener('pointerdown', onPointer);
    document.addEventListener('keydown', onKey);
    return () => {
      document.removeEventListener('pointerdown', onPointer);
      document.removeEventListener('keydown', onKey);
    };
  }, [unfolded]);
  return toolbar;
}

/** Words that the photos' texts must hold. */
function Search() {
  const { typed } = useStore('typed');
  return html`<input type="search" class="search" value=${typed} placeholder="Search" aria-label="Search in names, titles, keywords and categories"
    onInput=${(event) => typeSearch(event.target.value)}
    onKeyDown=${(event) => event.key === 'Escape' && typed !== '' && (event.preventDefault(), typeSearch(''))} />`;
}

/** Undo, redo and the list of steps. */
function Steps() {
  const { undo: steps, redo: undone } = useStore('undo');
  return html`
    <button type="button" class="quiet square" aria-label=${steps.length ? `Undo: ${steps.at(-1).label}` : 'Undo'} title=${steps.length ? `Undo: ${steps.at(-1).label}` : 'Nothing to undo'}
      disabled=${steps.length === 0} onClick=${() => undo()}><${Icon} name="undo" /></button>
    <button type="button" class="quiet square" aria-label=${undone.length ? `Redo: ${undone.at(-1).label}` : 'Redo'} title=${undone.length ? `Redo: ${undone.at(-1).label}` : 'Nothing to redo'}
      disabled=${undone.length === 0} onClick=${() => redo()}><${Icon} name="redo" /></button>
    ${steps.length + undone.length > 0 && html`<button type="button" class="quiet square" aria-label="Steps that can be undone" title="All steps" onClick=${() => openDialog('steps')}><${Icon} name="clock" /></button>`}`;
}

function SelectAll() {
  const { selected } = useStore('selected', 'counts', 'view');
  const all = visible();
  const every = all.length > 0 && all.every((id) => selected.has(id));
  return html`<button type="button" class="quiet" onClick=${() => (every ? clearSelection() : selectAll())}>${every ? 'Select none' : 'Select all'}</button>`;
}

/** Cards or table, how large, and whether all keywords are shown. */
function View() {
  const { layout, size, allKeywords, stacks } = useStore('view', 'size', 'keywords', 'stacks');
  const many = groups().size;
  const show = (name, members, key, value) => {
    set(name, members);
    remember(key, value);
  };
  return html`
    ${(many > 0 || stacks) && html`<button type="button" class="quiet stacks" aria-pressed=${stacks} title="Show photos that look alike as one stack; what you do to a closed stack is done to all its photos"
      onClick=${() => {
        setView({ stacks: !stacks, openStacks: new Set() });
        changed('stacks');
      }}><${Icon} name="photos" />Stacks <span class="number">${many}</span></button>`}
    <button type="button" class="quiet square" aria-pressed=${allKeywords} aria-label="Show all keywords" title="Show all keywords"
      onClick=${() => show('keywords', { allKeywords: !allKeywords }, 'tagroll-all-keywords', allKeywords ? 'no' : 'yes')}><${Icon} name="tag" /></button>
    <label class="sizing"><span class="visually-hidden">Size of the pictures</span>
      <input type="range" min="0" max="3" step="1" value=${size} onInput=${(event) => show('size', { size: Number(event.target.value) }, 'tagroll-size', event.target.value)} /></label>
    <div class="segments" role="group" aria-label="View">
      <button type="button" class="segment" aria-pressed=${layout === 'grid'} onClick=${() => layoutAs('grid')}><${Icon} name="grid" /><span class="visually-hidden">Cards</span></button>
      <button type="button" class="segment" aria-pressed=${layout === 'table'} onClick=${() => layoutAs('table')}><${Icon} name="table" /><span class="visually-hidden">Table</span></button>
    </div>`;
}

function layoutAs(layout) {
  remember('tagroll-layout', layout);
  Object.assign(state, { layout });
  changed('view');
}
