// One photo large, with its texts beside it: the quickest way through many. Arrow keys go to the next one; inside a
// field, Page Down and Page Up do.
import { html, useEffect, useRef } from '../html.js';
import { editable } from '../edits.js';
import { set, state, useStore, visible } from '../store.js';
import { Fields } from './fields.js';
import { Failure, Status } from './status.js';
import { Dialog } from './dialog.js';
import { Icon } from './icons.js';

const close = () => set('preview', { preview: null });

function go(step) {
  const ids = visible();
  const to = ids[ids.indexOf(state.preview) + step];
  if (to) set('preview', { preview: to });
}

export function Preview() {
  const { preview: id, photos } = useStore('preview', 'counts');
  useStore('photo:' + id);
  const entry = photos.get(id);
  const ref = useRef();
  useEffect(() => {
    const onKey = (event) => {
      const inField = event.target.matches('textarea, input, select, .word');
      if (event.altKey || event.ctrlKey || event.metaKey) return;
      if (event.key === 'PageDown' || (event.key === 'ArrowRight' && !inField)) go(1);
      else if (event.key === 'PageUp' || (event.key === 'ArrowLeft' && !inField)) go(-1);
      else return;
      event.preventDefault();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
  if (!entry) return null;
  const ids = visible();
  const at = ids.indexOf(id);
  const source = entry.photo?.image ?? entry.thumb;
  return html`
    <${Dialog} class="preview" onClose=${close} title=${html`<span class="filename">${entry.filename}</span> <small class="soft">${at + 1} of ${ids.length}</small>`}>
      <div class="preview-body" ref=${ref}>
        <div class="preview-picture">
          ${source ? html`<img key=${source} src=${source} alt=${entry.photo?.metadata?.title || entry.filename} />` : html`<p class="soft">There is no picture of it.</p>`}
          <button type="button" class="square previous" aria-label="Previous photo" disabled=${at <= 0} onClick=${() => go(-1)}><${Icon} name="left" size=${20} /></button>
          <button type="button" class="square next" aria-label="Next photo" disabled=${at >= ids.length - 1} onClick=${() => go(1)}><${Icon} name="right" size=${20} /></button>
        </div>
        <div class="preview-texts" key=${id}>
          <p class="row"><${Status} entry=${entry} /></p>
          ${entry.photo?.state === 'failed' && html`<${Failure} entry=${entry} />`}
          ${editable(entry) ? html`<${Fields} entry=${entry} large />` : html`<p class="soft">Its texts appear here when it is described.</p>`}
        </div>
      </div>
    </${Dialog}>`;
}
