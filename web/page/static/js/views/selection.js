// The box that selects a photo, the frame that selects many, and the panel with what can be done to
// all of them.
import { html, useEffect, useState } from '../html.js';
import { removePhotos } from '../batches.js';
import { at, focusCard, stayBeside, stop } from '../cards.js';
import { copiedKeywords, fixable, pasteKeywords } from '../together.js';
import { checkPhoto, clearSelection, selectThese } from '../selection.js';
import { openDialog, standsFor, state, status, useStore, visible } from '../store.js';
import { recall, remember } from '../preferences.js';
import { mark } from '../seen.js';
import { count } from '../words.js';
import { Fixes, Texts } from './panel.js';
import { Icon } from './icons.js';
import { useTab } from './inside.js';

/** Whether it is ticked is shown by the card that it is in. */
export function SelectBox({ id, filename }) {
  const tab = useTab();
  return html`<label class="select-box"><input type="checkbox" tabindex=${tab} aria-label=${`Select ${filename}`}
    onClick=${(event) => checkPhoto(id, event.target.checked, event.shiftKey)} /></label>`;
}

const few = 50; // photos whose texts are gone through at once

/**
 * The texts of what is selected, and what can be mended in them; of many photos a moment later, so
 * that a click is answered at once.
 */
function Body({ ids, version }) {
  const [late, setLate] = useState(ids.length > few ? [] : ids);
  useEffect(() => {
    const timer = setTimeout(() => setLate(ids));
    return () => clearTimeout(timer);
  }, [version, ids.length]);
  if (ids.length <= few) return html`<${Parts} ids=${ids} />`;
  return late.length > 0 && html`<${Parts} ids=${late} />`;
}

function Parts({ ids }) {
  return html`<div class="selection-body"><${Texts} ids=${ids} /><${Fixes} fixes=${fixable(ids)} of="selected photos" /></div>`;
}

/** Removes photos; the keyboard is on the next one then. */
async function remove(ids) {
  if (at.id && ids.includes(at.id)) stayBeside(ids);
  await removePhotos(ids);
  if (document.activeElement === document.body && stop()) focusCard(stop());
}

/** What is selected, and what can be done with it. */
export function Selection() {
  const { selected, photos } = useStore('selected', 'counts', 'view');
  const [open, setOpen] = useState(recall('tagroll-panel') !== 'closed' && innerWidth > 640);
  if (selected.size === 0) return null;
  const ids = state.order.filter((id) => selected.has(id));
  const shown = new Set(visible().flatMap(standsFor));
  const hidden = ids.filter((id) => !shown.has(id)).length;
  const described = ids.filter((id) => ['done', 'draft', 'review'].includes(status(photos.get(id))));
  const flip = () => {
    setOpen(!open);
    remember('tagroll-panel', open ? 'closed' : 'open');
  };
  return html`
    <section class=${'selection' + (open ? ' open' : '')} aria-label="Selection">
      <div class="selection-head">
        <strong>${count(ids.length, 'photo')} selected</strong>
        ${hidden > 0 && html`<span class="hidden-ones">${hidden} of them hidden by the filter</span>`}
        <span class="spring"></span>
        <button type="button" onClick=${() => openDialog('apply')} disabled=${described.length === 0}><${Icon} name="tag" />Keywords and category</button>
        <button type="button" class="optional" onClick=${() => openDialog('replace')} disabled=${described.length === 0}><${Icon} name="search" />Find and replace</button>
        <button type="button" class="optional" onClick=${() => pasteKeywords(ids)} disabled=${copiedKeywords().length === 0 || described.length === 0}>Paste keywords</button>
        <button type="button" class="optional" onClick=${() => mark(described)} disabled=${described.length === 0}><${Icon} name="eye" />Mark as seen</button>
        <button type="button" class="optional again" onClick=${() => openDialog('again')}><${Icon} name="retry" />Describe again</button>
        <button type="button" class="optional remove-photos" onClick=${() => confirm(`Remove ${count(ids.length, 'photo')} from the batch? Their texts cannot be recovered.`) && remove(ids)}><${Icon} name="trash" />Remove</button>
        <button type="button" class="quiet expand" aria-expanded=${open} onClick=${flip}>${open ? 'Less' : 'More'}</button>
        <button type="button" class="quiet" onClick=${(event) => {
          clearSelection();
          if (event.detail === 0) focusCard(stop()); // by keyboard: the button is gone
        }}>Clear</button>
      </div>
      ${open && described.length > 0 && html`<${Body} ids=${described} version=${selected} />`}
    </section>`;
}

const slack = 6; // px before a press becomes a frame

/** Selects with a frame that is drawn from an empty place between the cards. */
export function Frame() {
  const [frame, setFrame] = useState(null);
  useEffect(() => {
    let start = null;
    let before = [];
    const down = (event) => {
      const empty = event.target.closest('main.batch') && !event.target.closest('[data-photo], button, input, select, textarea, a, summary, .selection, .head');
      if (event.button !== 0 || event.pointerType === 'touch' || !empty) return;
      start = { x: event.pageX, y: event.pageY };
      before = event.ctrlKey || event.metaKey || event.shiftKey ? [...state.selected] : [];
    };
    const move = (event) => {
      if (!start) return;
      const box = { left: Math.min(start.x, event.pageX), top: Math.min(start.y, event.pageY), right: Math.max(start.x, event.pageX), bottom: Math.max(start.y, event.pageY) };
      if (box.right - box.left < slack && box.bottom - box.top < slack) return;
      event.preventDefault();
      setFrame(box);
      const inside = [...document.querySelectorAll('[data-photo]')].filter((element) => {
        const r = element.getBoundingClientRect();
        return r.left + scrollX < box.right && r.right + scrollX > box.left && r.top + scrollY < box.bottom && r.bottom + scrollY > box.top;
      });
      selectThese([...before, ...inside.map((element) => element.getAttribute('data-photo')).filter((id) => state.photos.get(id)?.photo)]);
    };
    const up = () => {
      start = null;
      setFrame(null);
    };
    const all = { pointerdown: down, pointermove: move, pointerup: up, pointercancel: up };
    for (const [name, fn] of Object.entries(all)) addEventListener(name, fn);
    return () => {
      for (const [name, fn] of Object.entries(all)) removeEventListener(name, fn);
    };
  }, []);
  return frame && html`<div class="frame" aria-hidden="true" style=${{ left: frame.left + 'px', top: frame.top + 'px', width: frame.right - frame.left + 'px', height: frame.bottom - frame.top + 'px' }}></div>`;
}
