// What a photo is doing, in one word with a sign, and the reason where it failed.
import { html } from '../html.js';
import { retry } from '../batches.js';
import { ended } from '../events.js';
import { state, status } from '../store.js';
import { sentence } from '../words.js';
import { Icon } from './icons.js';
import { useTab } from './inside.js';

const words = {
  waiting: ['clock', 'Waiting'], uploading: ['up', 'Sending'], describing: ['eye', 'Describing'], done: ['check', 'Done'],
  draft: ['pen', 'Draft'],
  review: ['alert', 'To review'], failed: ['failed', 'Failed'], stopped: ['stop', 'Not described'],
};

export function Status({ entry }) {
  const s = status(entry);
  const [icon, word] = words[s];
  let text = word;
  if (s === 'uploading' && entry.upload.progress > 0.01 && entry.upload.progress < 1) text = `Sending ${Math.round(entry.upload.progress * 100)}%`;
  else if (s === 'describing' && entry.photo.attempts > 1) text = 'Describing again';
  // What is done is silent: only what is not speaks.
  if (s === 'done') return html`<span class="visually-hidden">Done</span>${entry.save && html`<${Save} entry=${entry} />`}`;
  return html`<span class=${'status ' + s}><${Icon} name=${icon} size=${14} />${text}</span>${entry.save && html`<${Save} entry=${entry} />`}`;
}

function Save({ entry }) {
  return entry.save === 'failed'
    ? html`<span class="status failed" title=${entry.saveError}>Not saved</span>`
    : html`<span class="status saving">Saving…</span>`;
}

/** Why a photo cannot be tried again just now. */
function whyNotAgain(entry) {
  if (state.gone) return '';
  if (entry.photo) return 'You can try again when all photos have been sent.';
  if (!entry.file) return 'This page no longer has its file: drop the photo again.';
  return 'The batch takes no more photos: drop this one into another batch.';
}

/** Why a photo failed, and what to do: try again, or write it by hand. */
export function Failure({ entry, onFill }) {
  const reason = sentence(entry.photo?.error?.message ?? entry.upload?.reason ?? 'no reason was given');
  const again = entry.photo ? state.batch.state !== 'open' || ended(state.batch) : Boolean(entry.file) && state.batch.state === 'open';
  const tab = useTab();
  const cannot = again ? '' : whyNotAgain(entry);
  return html`
    <div class="failure">
      <p>${reason}</p>
      ${cannot && html`<p class="soft">${cannot}</p>`}
      <div class="row">
        ${again && html`<button type="button" class="retry" tabindex=${tab} onClick=${() => retry([entry.id])}><${Icon} name="retry" />Try again<span class="visually-hidden"> ${entry.filename}</span></button>`}
        ${entry.photo && onFill && html`<button type="button" class="quiet" tabindex=${tab} onClick=${onFill}>Write it myself<span class="visually-hidden">: ${entry.filename}</span></button>`}
      </div>
    </div>`;
}
