// What is met first: where to drop photos, what happens to them, and the batches that are still here.
import { html } from '../html.js';
import { chooseAgency, sendOriginals } from '../batches.js';
import { formatNames } from '../files.js';
import { useStore } from '../store.js';
import { bytes, count } from '../words.js';
import { Facts } from './facts.js';
import { ChooseButton } from './drop.js';
import { Refused } from './notices.js';
import { Recent } from './recent.js';

export function Start() {
  const { service, serviceProblem } = useStore('service');
  return html`
    <main class="start">
      <div class="drop">
        <h1>Drop your photos anywhere</h1>
        <p class="promise">Titles, keywords and a category for each, ready for the agency.</p>
        <div class="drop-buttons">
          <${ChooseButton} primary>Choose photos</${ChooseButton}>
          <${ChooseButton} folder>Choose a folder</${ChooseButton}>
        </div>
        ${service
          ? html`<p class="hint">${formatNames(service.accept)}${limitsOf(service.limits)}. You can paste, too.</p>`
          : html`<p class="hint">${serviceProblem ?? '\u00a0'}</p>`}
        ${service ? html`<${Options} />` : html`<div class="options"></div>`}
      </div>
      <${Refused} />
      ${service && html`<${Facts} />`}
      <${Recent} />
    </main>`;
}

/** ", up to 50 MB each and 500 photos at once"; zero is no limit. */
function limitsOf({ bytes_per_photo: most, photos_per_batch: many }) {
  const parts = [most > 0 && `${bytes(most)} each`, many > 0 && `${count(many, 'photo')} at once`].filter(Boolean);
  return parts.length > 0 ? `, up to ${parts.join(' and ')}` : '';
}

/** What holds for the next batch: the agency whose rules count, and whether originals are sent. */
function Options() {
  const { service, agency, originals } = useStore('service');
  return html`
    <div class="options">
      <label class="field-inline">For
        <select value=${agency} onChange=${(event) => chooseAgency(event.target.value)}>
          ${service.agencies.map((a) => html`<option value=${a.name} selected=${a.name === agency}>${a.label}</option>`)}
        </select>
      </label>
      <label class="switch">
        <input type="checkbox" role="switch" checked=${originals} onChange=${(event) => sendOriginals(event.target.checked)} />
        <span>Send originals <small>instead of copies of 1024 px made here: slower, seldom better</small></span>
      </label>
    </div>`;
}
