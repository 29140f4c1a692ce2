// One photo large, with its texts beside it: the quickest way through many. J and K, the arrow
// keys, Page Down and Page Up, or a swipe go on; a field that has the focus keeps it. The browser's
// Back closes it.
import { html, useEffect, useLayoutEffect, useRef, useState } from '../html.js';
import { elementOf, focusCard, nextToReview } from '../cards.js';
import { places } from '../details.js';
import { editable, placeOf } from '../edits.js';
import { redo, undo } from '../history.js';
import { isSeen, mark } from '../seen.js';
import { set, state, useStore, visible } from '../store.js';
import { moment } from '../words.js';
import { Dialog } from './dialog.js';
import { Fields } from './fields.js';
import { Icon } from './icons.js';
import { Failure, Status } from './status.js';

const swipe = 50; // px to the side that are one

let touched = null; // where a finger came down on the picture, or on a button over it

/** A finger that goes to the side goes on; on a picture in full size it moves the picture. */
const swiping = {
  onPointerDown: (event) => {
    touched = event.pointerType === 'touch' && event.isPrimary && !event.currentTarget.querySelector('.full') ? event.clientX : null;
  },
  onPointerUp: (event) => {
    const aside = touched === null ? 0 : event.clientX - touched;
    touched = null;
    if (Math.abs(aside) > swipe) go(aside < 0 ? 1 : -1);
  },
  onPointerCancel: () => (touched = null),
};

function show(id) {
  if (!id) return;
  // The field that has the focus has it again when the next photo is there.
  const field = document.activeElement?.closest('.preview-texts [data-field]')?.getAttribute('data-field');
  set('preview', { preview: id });
  if (!field) return;
  requestAnimationFrame(() => {
    const there = document.querySelector(`.preview-texts [data-field="${field}"]`);
    /** @type {HTMLElement|null} */ (there)?.focus();
  });
}

function go(step) {
  const ids = visible();
  show(ids[ids.indexOf(state.preview) + step]);
}

/** Closes it and returns to the photo that it ended at. */
function close() {
  const id = state.preview;
  set('preview', { preview: null });
  if (history.state?.large) history.back();
  if (id && elementOf(id)) focusCard(id);
}

function onKey(event) {
  // Arrows go between keywords.
  const inField = event.target.matches('textarea, input, select, .word');
  const inText = event.target.matches('textarea, input, select');
  const ctrl = event.ctrlKey || event.metaKey;
  const key = event.key.toLowerCase();
  if (event.altKey) return;
  if (ctrl && event.key === 'Enter') {
    mark([state.preview]);
    show(nextToReview(state.preview));
  } else if (key === 'pagedown' || (key === 'j' && (ctrl || !inText)) || (key === 'arrowright' && !inField && !ctrl)) go(1);
  else if (key === 'pageup' || (key === 'k' && (ctrl || !inText)) || (key === 'arrowleft' && !inField && !ctrl)) go(-1);
  else if (key === 's' && !inText && !ctrl) mark([state.preview], !isSeen(state.preview));
  else return;
  event.preventDefault();
}

export function Preview() {
  const { preview: id, photos } = useStore('preview', 'counts');
  const { undo: steps, redo: undone } = useStore('photo:' + id, 'undo');
  const entry = photos.get(id);
  // Before it is painted: the next key, or Back, may come at once.
  useLayoutEffect(() => {
    history.pushState({ large: true }, '');
    const back = () => {
      const at = state.preview;
      set('preview', { preview: null });
      if (at && elementOf(at)) focusCard(at);
    };
    addEventListener('keydown', onKey);
    addEventListener('popstate', back);
    return () => {
      removeEventListener('keydown', onKey);
      removeEventListener('popstate', back);
    };
  }, []);
  if (!entry) return null;
  const ids = visible();
  const at = ids.indexOf(id);
  const seen = isSeen(id);
  return html`
    <${Dialog} class="preview" onClose=${close} returnTo=${() => elementOf(state.preview ?? id)} title=${html`<span class="filename">${entry.filename}</span> <small class="soft">${at + 1} of ${ids.length}</small>`}>
      <div class="preview-body">
        <div class="preview-picture" ...${swiping}>
          <${Large} key=${id} entry=${entry} />
          <button type="button" class="square previous" aria-label="Previous photo" disabled=${at <= 0} onClick=${() => go(-1)}><${Icon} name="left" size=${20} /></button>
          <button type="button" class="square next" aria-label="Next photo" disabled=${at >= ids.length - 1} onClick=${() => go(1)}><${Icon} name="right" size=${20} /></button>
        </div>
        <div class="preview-texts">
          <div class="row preview-actions">
            <${Status} entry=${entry} />
            <span class="spring"></span>
            <button type="button" class="quiet square" disabled=${steps.length === 0} aria-label=${`Undo${steps.length ? ': ' + steps.at(-1).label : ''}`} onClick=${() => undo()}><${Icon} name="undo" /></button>
            <button type="button" class="quiet square" disabled=${undone.length === 0} aria-label=${`Redo${undone.length ? ': ' + undone.at(-1).label : ''}`} onClick=${() => redo()}><${Icon} name="redo" /></button>
            <button type="button" class="quiet" aria-pressed=${seen} onClick=${() => mark([id], !seen)}><${Icon} name="eye" />${seen ? 'Seen' : 'Mark as seen'}</button>
          </div>
          <${Where} entry=${entry} />
          ${entry.photo?.state === 'failed' && html`<${Failure} entry=${entry} />`}
          ${editable(entry) ? html`<${Fields} key=${id} entry=${entry} large />` : html`<p class="soft">Its texts appear here when the photo has been described.</p>`}
        </div>
      </div>
    </${Dialog}>`;
}

/** When and where the photo was taken, as far as its file and the person say. */
function Where({ entry }) {
  const { photo } = entry;
  const facts = [photo?.taken_at && moment(new Date(photo.taken_at)), Object.keys(places).map((name) => placeOf(entry)[name]).filter(Boolean).join(', ')].filter(Boolean);
  return facts.length > 0 && html`<p class="soft small">${facts.join(' · ')}</p>`;
}

/** The picture: fitted into the view, or pixel for pixel, then moved by dragging. */
function Large({ entry }) {
  const [full, setFull] = useState(false);
  const [file, setFile] = useState(null);
  const box = useRef();
  const start = useRef(null);
  // The original shows more than the small copy, while this page has it.
  useEffect(() => {
    if (!full || !entry.file || !/^image\/(jpeg|png|webp|avif|gif)$/.test(entry.file.type)) return;
    const url = URL.createObjectURL(entry.file);
    setFile(url);
    return () => {
      setFile(null);
      URL.revokeObjectURL(url);
    };
  }, [full, entry.id]);
  // Before the picture is seen: a key that is pressed at once must not be lost.
  useLayoutEffect(() => {
    const key = (event) => {
      if (event.key.toLowerCase() !== 'z' || event.ctrlKey || event.metaKey || event.altKey || event.target.matches('textarea, input, select')) return;
      event.preventDefault();
      setFull((is) => !is);
    };
    addEventListener('keydown', key);
    return () => removeEventListener('keydown', key);
  }, []);
  const source = (full && file) || entry.photo?.image || entry.thumb;
  if (!source) return html`<p class="soft">There is no picture of this photo.</p>`;
  return html`
    <div ref=${box} class=${'large' + (full ? ' full' : '')}
      onPointerDown=${(event) => {
        start.current = { x: event.clientX, y: event.clientY, left: box.current.scrollLeft, top: box.current.scrollTop };
      }}
      onPointerMove=${(event) => {
        if (!full || !start.current || event.pointerType === 'touch' || event.buttons !== 1) return;
        box.current.scrollTo(start.current.left + start.current.x - event.clientX, start.current.top + start.current.y - event.clientY);
      }}
      onPointerUp=${() => {
        start.current = null;
      }}
      onDblClick=${() => setFull(!full)}>
      <img src=${source} alt=${entry.photo?.metadata?.title || entry.filename} draggable=${false} />
    </div>
    <button type="button" class="zoom" aria-pressed=${full} onClick=${() => setFull(!full)}>${full ? 'Fit' : '100%'}</button>`;
}
