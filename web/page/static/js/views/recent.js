// The batches of this session that are still on the server, and until when.
import { html, useEffect, useState } from '../html.js';
import * as api from '../api.js';
import { openBatch, removeBatch } from '../batches.js';
import { ended } from '../events.js';
import { picturesOf } from '../pictures.js';
import { useStore } from '../store.js';
import { count, duration, moment, nameOf } from '../words.js';
import { Icon } from './icons.js';

const shownAtFirst = 5; // more would push the place for new photos out of sight

export function Recent() {
  const { recent } = useStore('recent');
  const [, tick] = useState(0);
  const [all, setAll] = useState(false);
  useEffect(() => {
    const timer = setInterval(() => tick((n) => n + 1), 30000); // the times left
    return () => clearInterval(timer);
  }, []);
  if (!recent?.length) return null;
  const shown = all || recent.length <= shownAtFirst + 1 ? recent : recent.slice(0, shownAtFirst);
  return html`
    <section class="recent" aria-labelledby="recent-title">
      <h2 id="recent-title">Your batches</h2>
      <ul>${shown.map((batch) => html`<${Row} key=${batch.id} batch=${batch} />`)}</ul>
      ${recent.length > shownAtFirst + 1 && html`<button type="button" class="quiet" aria-expanded=${all} onClick=${() => setAll(!all)}>${all ? 'Show fewer' : `Show ${recent.length - shownAtFirst} more`}</button>`}
    </section>`;
}

function Row({ batch }) {
  const n = batch.progress;
  const when = moment(new Date(batch.created_at));
  const facts = [];
  const drafts = Math.min(n.drafts ?? 0, n.successful);
  if (drafts) facts.push(count(drafts, 'draft'));
  if (n.successful > drafts) facts.push(`${n.successful - drafts} done`);
  if (n.needs_review) facts.push(`${n.needs_review} to review`);
  if (n.failed) facts.push(`${n.failed} failed`);
  const rest = n.processing + n.pending;
  if (!ended(batch)) facts.push(rest > 0 && `${rest} to go`);
  else if (batch.state === 'cancelled') facts.push(batch.error ? 'stopped' : 'cancelled');
  const left = batch.expires_at && (Date.parse(batch.expires_at) - api.now()) / 1000;
  return html`
    <li class="recent-row">
      <a href=${'#' + batch.id} onClick=${(event) => {
        event.preventDefault();
        openBatch(batch.id);
      }}>
        <${Pictures} batch=${batch} />
        <strong>${nameOf(batch)}</strong>
        <span class="soft">${count(n.total, 'photo')}${batch.name ? `, ${when}` : ''}</span>
        <span class="soft grow">${facts.filter(Boolean).join(', ')}</span>
        <span class="soft">${ended(batch) ? left > 0 && `deleted in ${duration(left)}` : batch.state === 'open' ? 'open' : 'running'}</span>
      </a>
      <button type="button" class="quiet square" aria-label=${`Delete the batch of ${count(n.total, 'photo')} from ${when}`} title="Delete now"
        onClick=${() => confirm(`Delete this batch of ${count(n.total, 'photo')} now? Its texts cannot be recovered.`) && removeBatch(batch.id)}>
        <${Icon} name="trash" />
      </button>
    </li>`;
}

/** The first pictures of a batch, by which one knows it again. */
function Pictures({ batch }) {
  const images = picturesOf(batch);
  if (images.length === 0) return null;
  return html`<span class="recent-pictures" aria-hidden="true">${images.map((src) => html`<img key=${src} src=${src} alt="" loading="lazy" decoding="async" />`)}</span>`;
}
