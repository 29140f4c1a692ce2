// One photo in the grid: the picture, its texts, and what is not done about it.
import { html, useRef, useState } from '../html.js';
import { at, go, onCardKey, stop } from '../cards.js';
import { useNear } from '../near.js';
import { isSeen, mark } from '../seen.js';
import { clickPhoto, selectThese } from '../selection.js';
import { alike, changed, set, setView, state, status, useEntry, useStore } from '../store.js';
import { Fields, PlainFields } from './fields.js';
import { Icon } from './icons.js';
import { useSelected } from './selected.js';
import { SelectBox } from './selection.js';
import { Failure, Status } from './status.js';
import { Inside } from './inside.js';

const controls = 'button, input, textarea, select, a, label, summary, .chips';

/**
 * Tab may lead to a button that goes as the text is saved (a finding is mended by it): the keyboard
 * goes on to the next control then, and not out of the photo.
 */
function keepFocus(photo, from, to) {
  if (!to || (to.isConnected && !photo.contains(to))) return;
  requestAnimationFrame(() => {
    if (to.isConnected || document.activeElement !== document.body) return;
    const all = [...photo.querySelectorAll('[tabindex="0"]')];
    (all[all.indexOf(from) + 1] ?? photo).focus();
  });
}

/**
 * What makes an element a card or row of a photo: the one tab stop, its keys, and what a click
 * does.
 * @param {string} id
 * @param {string} kind its classes
 * @param {{current: HTMLElement|undefined}} ref of the element
 * @param {boolean} near whether it is near the window
 */
export function usePhotoElement(id, kind, ref, near) {
  useStore('at:' + id, at.id === null ? 'order' : 'at:' + id);
  useSelected(id, ref, near);
  const inside = at.id === id && at.inside;
  return {
    inside,
    props: {
      'data-photo': id,
      class: `${kind}${isSeen(id) ? ' seen' : ''}`,
      tabindex: stop() === id ? 0 : -1,
      'aria-describedby': 'cards-help',
      onKeyDown: (event) => onCardKey(event, id),
      onFocusIn: (event) => go(id, event.target !== event.currentTarget),
      onFocusOut: (event) => keepFocus(event.currentTarget, event.target, event.relatedTarget),
      onClick: (event) => {
        const modified = event.shiftKey || event.ctrlKey || event.metaKey;
        if (event.target.closest(controls) && !(modified && event.target.closest('.picture-button'))) return;
        if (!state.photos.get(id)?.photo) return;
        clickPhoto(id, event);
      },
      // Shift with a click marks no text.
      onMouseDown: (event) => event.shiftKey && !event.target.closest('textarea, input') && event.preventDefault(),
    },
  };
}

export function Card({ id }) {
  const entry = useEntry(id);
  const ref = useRef();
  const near = useNear(ref);
  const [byHand, setByHand] = useState(false);
  const { props, inside } = usePhotoElement(id, 'card ' + (entry ? status(entry) : ''), ref, near);
  if (!entry) return null;
  const s = status(entry);
  const hasFields = s === 'done' || s === 'draft' || s === 'review' || (s === 'failed' && (byHand || entry.photo?.metadata));
  return html`
    <${Inside.Provider} value=${inside}>
      <article ref=${ref} aria-label=${entry.filename} ...${props}>
        <div class="picture">
          <${Picture} entry=${entry} />
          ${entry.photo && html`<${SelectBox} id=${id} filename=${entry.filename} />`}
          ${hasFields && html`<${Marks} entry=${entry} inside=${inside} />`}
          ${entry.photo?.group && html`<${Alike} id=${id} group=${entry.photo.group} inside=${inside} />`}
        </div>
        <div class="card-head"><h2 class="filename" dir="auto" title=${entry.filename}>${entry.filename}</h2><${Status} entry=${entry} /></div>
        ${s === 'failed' && html`<${Failure} entry=${entry} onFill=${byHand || hasFields ? null : () => setByHand(true)} />`}
        ${hasFields && (near ? html`<${Fields} entry=${entry} />` : html`<${PlainFields} entry=${entry} />`)}
        ${!hasFields && s !== 'failed' && s !== 'stopped' && html`<div class=${'skeleton ' + s} aria-hidden="true"><i></i><i></i><i></i></div>`}
      </article>
    </${Inside.Provider}>`;
}

/** Whether the photo was edited, and whether the person has seen it. */
export function Marks({ entry, inside }) {
  const seen = isSeen(entry.id);
  return html`
    <span class="marks">
      ${entry.photo.edited_at && html`<span class="mark-edited" title="Edited"><${Icon} name="pen" size=${14} /><span class="visually-hidden">edited</span></span>`}
      <button type="button" class="mark-seen" tabindex=${inside ? 0 : -1} aria-pressed=${seen} title=${seen ? 'You have seen this photo' : 'Mark as seen'}
        aria-label=${`Seen: ${entry.filename}`} onClick=${() => mark([entry.id], !seen)}><${Icon} name="eye" size=${15} /></button>
    </span>`;
}

/** How many photos look like this one. Selects them, or opens and closes their stack. */
export function Alike({ id, group, inside }) {
  const { stacks, openStacks } = useStore('group:' + group, 'stacks');
  const ids = alike(id);
  if (!ids) return null;
  const open = openStacks.has(group);
  const flip = () => {
    const next = new Set(openStacks);
    if (!next.delete(group)) next.add(group);
    setView({ openStacks: next });
    changed('stacks');
  };
  const does = stacks ? (open ? 'Close the stack' : 'Open the stack') : 'Select them all';
  return html`<button type="button" class=${'alike' + (stacks && !open ? ' stack' : '')} tabindex=${inside ? 0 : -1} aria-expanded=${stacks ? open : undefined}
    title=${`${ids.length} photos look alike; agencies accept about three of a kind. ${does}.`} onClick=${() => (stacks ? flip() : selectThese(ids))}>
    <${Icon} name="photos" size=${14} />${ids.length}<span class="visually-hidden"> photos look alike. ${does}.</span></button>`;
}

/** The picture as a button that opens it large. */
export function Picture({ entry }) {
  const [broken, setBroken] = useState(null);
  const inside = at.id === entry.id && at.inside;
  const shown = entry.thumb && broken !== entry.thumb;
  const image = shown
    ? html`<img src=${entry.thumb} alt="" loading="lazy" decoding="async" draggable=${false} onError=${() => setBroken(entry.thumb)} />`
    : html`<span class="no-picture">${entry.filename.split('.').pop().slice(0, 5).toUpperCase()}</span>`;
  return html`<button type="button" class="picture-button" tabindex=${inside ? 0 : -1} aria-label=${`Open ${entry.filename} large`}
    onClick=${(event) => !event.shiftKey && !event.ctrlKey && !event.metaKey && set('preview', { preview: entry.id })}>${image}</button>`;
}
