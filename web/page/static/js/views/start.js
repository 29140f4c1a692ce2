// What is met first: where to drop photos, what happens to them, and the batches that are still
// here.
import { html } from '../html.js';
import { briefText } from '../brief.js';
import { priceOf } from '../cost.js';
import { chooseAgencies, chooseBrief, chooseContext, sendOriginals } from '../service.js';
import { formatNames } from '../files.js';
import { useStore } from '../store.js';
import { bytes, count, dollars, list } from '../words.js';
import { Facts } from './facts.js';
import { ChooseButton } from './drop.js';
import { Newer, Refused } from './notices.js';
import { Recent } from './recent.js';
import { describerLabel } from './top.js';
import { Wishes } from './wishes.js';

export function Start() {
  const { service, serviceProblem } = useStore('service');
  return html`
    <main class="start">
      <${Refused} />
      <${Recent} />
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
        ${service && html`<${Before} service=${service} />`}
        ${service ? html`<${Options} />` : html`<div class="options"></div>`}
      </div>
      <${Newer} />
      ${service && html`<${Facts} />`}
    </main>`;
}

/** ", up to 50 MB each and 500 photos at once"; zero is no limit. */
function limitsOf({ bytes_per_photo: most, photos_per_batch: many }) {
  const parts = [most > 0 && `${bytes(most)} each`, many > 0 && `${count(many, 'photo')} at once`].filter(Boolean);
  return parts.length > 0 ? `, up to ${parts.join(' and ')}` : '';
}

/**
 * What one wants to know before the drop: who describes, what a thousand photos cost, and how many
 * may be sent.
 */
function Before({ service }) {
  const { agencies } = useStore('service');
  const { describer, limits } = service;
  const price = priceOf(service, agencies);
  const u = service.typical_usage;
  const each = u ? ` (one call and about ${(Math.round((u.input_tokens + u.output_tokens) / 50) * 50).toLocaleString('en')} tokens each)` : '';
  const parts = [
    `Described by ${describerLabel(describer)}`,
    describer.name === 'offline' ? 'free, drafts only' : price > 0 && `about ${dollars(price)} for 1,000 photos${each}`,
    limits.photos_per_hour > 0 && `at most ${count(limits.photos_per_hour, 'photo')} per hour`,
  ].filter(Boolean);
  return html`<p class="hint before">${parts.join(' · ')}</p>`;
}

/**
 * What holds for the next batch: the agencies whose rules count, what is known of the shoot, and
 * whether originals are sent.
 */
function Options() {
  const { service, agencies, originals, context, brief } = useStore('service');
  const flip = (name, on) => {
    const chosen = service.agencies.map((a) => a.name).filter((other) => (other === name ? on : agencies.includes(other)));
    if (chosen.length > 0) chooseAgencies(chosen);
  };
  const names = service.agencies.filter((a) => agencies.includes(a.name)).map((a) => a.label);
  return html`
    <div class="options">
      <label class="context"><span>About the shoot <small class="soft">optional: place, event, names that the model cannot see</small></span>
        <textarea rows="1" dir="auto" maxlength="4000" value=${context} spellcheck onInput=${(event) => chooseContext(event.target.value)}></textarea></label>
      <details><summary>${[`For ${list(names)}`, briefText(brief), originals && 'originals are sent'].filter(Boolean).join(' · ')}</summary><div class="further">
      ${service.agencies.length < 3
        ? html`<label class="field-inline">For
          <select onChange=${(event) => chooseAgencies([event.target.value])}>
            ${service.agencies.map((a) => html`<option value=${a.name} selected=${agencies.includes(a.name)}>${a.label}</option>`)}
          </select></label>`
        : html`<fieldset class="choices agencies"><legend>For</legend>
          ${service.agencies.map((a) => html`<label class="check" key=${a.name}><input type="checkbox" checked=${agencies.includes(a.name)} onChange=${(event) => flip(a.name, event.target.checked)} /><span>${a.label}</span></label>`)}
        </fieldset>`}
      <${Wishes} brief=${brief} onChange=${chooseBrief} />
      <label class="switch">
        <input type="checkbox" role="switch" checked=${originals} onChange=${(event) => sendOriginals(event.target.checked)} />
        <span>Send originals <small>instead of copies of ${service.image?.side ?? 1024} px made here: slower, rarely better</small></span>
      </label>
      </div></details>
    </div>`;
}
