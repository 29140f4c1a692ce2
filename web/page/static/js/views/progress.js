// How far the batch is: a bar, counts, the time left and the time it has taken; and the two things one wants then:
// stop it, or take the result.
import { html, useEffect, useState } from '../html.js';
import { cancelBatch } from '../batches.js';
import { ended } from '../events.js';
import { counts, state, useStore } from '../store.js';
import { clock, count } from '../words.js';
import { openDialog } from './dialog.js';
import { Icon } from './icons.js';

export function Progress() {
  const { batch } = useStore('batch', 'counts', 'connection');
  const n = counts();
  const over = ended(batch);
  return html`
    <section class=${'progress' + (over ? ' over' : '')} aria-label="Progress">
      <div class="progress-line">
        <p class="progress-what">${over ? html`<${Ending} n=${n} />` : html`<${Running} n=${n} />`}</p>
        <div class="progress-actions">
          ${!over && batch.state !== 'loading' && html`<button type="button" onClick=${cancelBatch}>Cancel</button>`}
          ${n.done + n.review > 0 && html`<button type="button" class=${over ? 'primary' : ''} onClick=${() => openDialog('download')}><${Icon} name="down" />Download</button>`}
        </div>
      </div>
      <${Bar} n=${n} />
    </section>`;
}

/** The bar: what is done, to review, failed, in work; the rest is empty. */
function Bar({ n }) {
  const part = (kind, value) => value > 0 && html`<span class=${kind} style=${{ flexGrow: value }}></span>`;
  const rest = n.total - n.completed - n.describing - n.uploading;
  return html`
    <div class="bar" role="progressbar" aria-label="Photos finished" aria-valuemin="0" aria-valuemax=${n.total || 1} aria-valuenow=${n.completed}
      aria-valuetext=${`${n.completed} of ${n.total}`}>
      ${part('done', n.done)}${part('review', n.review)}${part('failed', n.failed)}${part('describing', n.describing)}${part('uploading', n.uploading)}
      <span class="rest" style=${{ flexGrow: Math.max(rest, n.total ? 0 : 1) }}></span>
    </div>`;
}

function Running({ n }) {
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => tick((t) => t + 1), 1000);
    return () => clearInterval(timer);
  }, []);
  const { batch, batchSeen, connection } = state;
  if (batch.state === 'loading') return 'Opening the batch…';
  if (n.total === 0) return html`<strong>No photo yet</strong>`;
  const since = batch.elapsed_seconds === undefined ? 0 : (performance.now() - batchSeen) / 1000;
  const left = batch.estimated_seconds_remaining;
  const parts = [];
  if (n.uploading + n.unsent > 0) parts.push(`${count(n.unsent, 'photo')} to send`);
  if (n.describing > 0) parts.push(`${n.describing} being described`);
  if (n.review > 0) parts.push(`${n.review} to review`);
  if (n.failed > 0) parts.push(`${n.failed} failed`);
  if (batch.paused_seconds > 0) parts.push(`waiting ${clock(batch.paused_seconds)} for the provider's rate limit`);
  if (connection === 'lost') parts.push('no connection, trying again');
  const time = [];
  if (left !== null && left !== undefined && n.unsent === 0) time.push(`about ${clock(Math.max(1, left - since))} left`);
  if (batch.elapsed_seconds !== undefined) time.push(`${clock(batch.elapsed_seconds + since)} so far`);
  return html`<strong class="figure">${n.completed}<span class="of">/${n.total}</span></strong> <span class="soft">${parts.join(' · ')}</span> <span class="soft time">${time.join(' · ')}</span>`;
}

function Ending({ n }) {
  const { batch } = state;
  const parts = [];
  if (n.review > 0) parts.push(`${n.review} to review`);
  if (n.failed > 0) parts.push(`${n.failed} failed`);
  if (n.stopped > 0) parts.push(`${n.stopped} not described`);
  if (batch.elapsed_seconds !== undefined) parts.push(`in ${clock(batch.elapsed_seconds)}`);
  if (batch.cost_usd > 0) parts.push(`$${batch.cost_usd.toFixed(batch.cost_usd < 0.1 ? 4 : 2)}`);
  const head = batch.state === 'cancelled' ? 'Cancelled' : 'Done';
  return html`<strong>${head}: ${n.done} of ${count(n.total, 'photo')}</strong> <span class="soft">${parts.join(' · ')}</span>${batch.expires_at && html` <${Expiry} at=${batch.expires_at} />`}`;
}

function Expiry({ at }) {
  const date = new Date(at);
  return html`<span class="soft">· kept until <time dateTime=${at}>${date.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' })}</time></span>`;
}
