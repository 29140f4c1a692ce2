// One photo in the grid: the picture, what it is doing, and its texts.
import { html, useRef, useState } from '../html.js';
import { useNear } from '../near.js';
import { set, status, useEntry } from '../store.js';
import { Fields, PlainFields } from './fields.js';
import { SelectBox } from './selection.js';
import { Failure, Status } from './status.js';

export function Card({ id }) {
  const entry = useEntry(id);
  const ref = useRef();
  const near = useNear(ref);
  const [byHand, setByHand] = useState(false);
  if (!entry) return null;
  const s = status(entry);
  const hasFields = s === 'done' || s === 'review' || (s === 'failed' && (byHand || entry.photo?.metadata));
  return html`
    <article ref=${ref} class=${'card ' + s} aria-label=${entry.filename}>
      <div class="picture">
        <${Picture} entry=${entry} />
        ${entry.photo && html`<${SelectBox} id=${id} filename=${entry.filename} />`}
      </div>
      <div class="card-head"><h2 class="filename" title=${entry.filename}>${entry.filename}</h2><${Status} entry=${entry} /></div>
      ${s === 'failed' && html`<${Failure} entry=${entry} onFill=${byHand || hasFields ? null : () => setByHand(true)} />`}
      ${hasFields && (near ? html`<${Fields} entry=${entry} />` : html`<${PlainFields} entry=${entry} />`)}
      ${!hasFields && s !== 'failed' && s !== 'stopped' && html`<div class=${'skeleton ' + s} aria-hidden="true"><i></i><i></i><i></i></div>`}
    </article>`;
}

/** The picture as a button that opens it large. */
export function Picture({ entry }) {
  const [broken, setBroken] = useState(null);
  const shown = entry.thumb && broken !== entry.thumb;
  const image = shown
    ? html`<img src=${entry.thumb} alt="" loading="lazy" decoding="async" onError=${() => setBroken(entry.thumb)} />`
    : html`<span class="no-picture">${entry.filename.split('.').pop().slice(0, 5).toUpperCase()}</span>`;
  return html`<button type="button" class="picture-button" aria-label=${`Open ${entry.filename} large`} onClick=${() => set('preview', { preview: entry.id })}>${image}</button>`;
}
