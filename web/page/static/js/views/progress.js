// How far the batch is: its name, a bar, counts, the time left and taken, the cost; and what one
// wants then: add photos, stop it, go on, or take the result.
import { html, useEffect, useState } from '../html.js';
import { continueAll } from '../adding.js';
import * as api from '../api.js';
import { cancelBatch, renameBatch } from '../batches.js';
import { useLeaving } from '../draft.js';
import { ended } from '../events.js';
import { counts, openDialog, state, useStore } from '../store.js';
import { clock, count, moment, nameOf } from '../words.js';
import { Cost } from './cost.js';
import { ChooseButton } from './drop.js';
import { Icon } from './icons.js';

export function Progress() {
  const { batch, gone } = useStore('batch', 'counts', 'connection');
  const n = counts();
  const over = ended(batch) && n.unsent === 0; // photos that were dropped since will open it again
  const there = !gone && batch.id && batch.state !== 'loading';
  return html`
    <section class=${'progress' + (over ? ' over' : '')} aria-label="Progress">
      <div class="progress-line">
        ${batch.created_at && html`<${Name} key=${batch.id} batch=${batch} />`}
        <p class="progress-what">${over ? html`<${Ending} n=${n} />` : html`<${Running} n=${n} />`}</p>
        <${Cost} />
        <div class="progress-actions">
          ${!over && !gone && batch.state !== 'loading' && html`<button type="button" class="cancel" onClick=${() => confirm(cancelQuestion(n)) && cancelBatch()}>Cancel</button>`}
          ${there && html`<button type="button" class="quiet wide-only" title="What the describer should know about the shoot" onClick=${() => openDialog('context')}>About the shoot</button>`}
          ${there && batch.state !== 'cancelled' && html`<${ChooseButton} quiet>Add<span class="wide-only"> photos</span></${ChooseButton}>`}
          ${there && batch.state === 'cancelled' && n.stopped > 0 && html`<button type="button" class="continue" onClick=${continueAll}><${Icon} name="retry" />Continue</button>`}
          ${there && n.done + n.draft + n.review > 0 && html`<button type="button" class=${'download-button' + (over ? ' primary' : '')} onClick=${() => openDialog('download')}><${Icon} name="down" />Download</button>`}
        </div>
      </div>
      <${Bar} n=${n} />
    </section>`;
}

/** What a cancel keeps and what it leaves. */
function cancelQuestion(n) {
  const done = n.done + n.draft + n.review;
  const rest = n.total - n.completed;
  const kept = done > 0 ? `${count(done, 'described photo')} ${done === 1 ? 'stays with its texts' : 'stay with their texts'}.` : 'No photo has been described yet.';
  const lost = n.unsent > 0 ? ` ${count(n.unsent, 'photo has', 'photos have')} not been sent yet: keep this page open until then.` : '';
  return `Stop describing? ${kept} ${count(rest, 'photo')} will not be described until you choose “Continue”.${lost}`;
}

/** The batch's name, which can be written anew. */
function Name({ batch }) {
  const name = nameOf(batch);
  const [text, setText] = useState(null);
  const done = () => {
    if (text !== null && text.trim() !== name) renameBatch(batch.id, text.trim());
    setText(null);
  };
  useLeaving(done);
  return html`<input type="text" class="batch-name" value=${text ?? name} aria-label="Name of the batch" title="Name of the batch, and of the files you download" maxlength="100"
    size=${Math.min(40, Math.max(8, (text ?? name).length))} onInput=${(event) => setText(event.target.value)} onBlur=${done}
    onKeyDown=${(event) => {
      if (event.key === 'Enter' && !event.isComposing) event.target.blur();
      else if (event.key === 'Escape') {
        setText(null);
        event.target.value = name;
      }
    }} />`;
}

/** The bar: what is done, to review, failed, in work; the rest is empty. */
function Bar({ n }) {
  const part = (kind, value) => value > 0 && html`<span class=${kind} style=${{ flexGrow: value }}></span>`;
  const rest = n.total - n.completed - n.describing - n.uploading;
  return html`
    <div class="bar" role="progressbar" aria-label="Photos finished" aria-valuemin="0" aria-valuemax=${n.total || 1} aria-valuenow=${n.completed}
      aria-valuetext=${`${n.completed} of ${n.total}`}>
      ${part('done', n.done)}${part('draft', n.draft)}${part('review', n.review)}${part('failed', n.failed)}${part('describing', n.describing)}${part('uploading', n.uploading)}
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
  if (n.total === 0) return html`<strong>No photos yet</strong>`;
  const since = batch.elapsed_seconds === undefined ? 0 : (performance.now() - batchSeen) / 1000;
  const left = batch.estimated_seconds_remaining;
  const parts = [];
  if (n.uploading + n.unsent > 0) parts.push(`${count(n.unsent, 'photo')} to send`);
  if (n.describing > 0) parts.push(`${n.describing} being described`);
  if (n.draft > 0) parts.push(count(n.draft, 'draft'));
  if (n.review > 0) parts.push(`${n.review} to review`);
  if (n.failed > 0) parts.push(`${n.failed} failed`);
  if (batch.paused_seconds > since) parts.push(batch.limiter?.paused_by === 'budget' ? "waiting: today's budget is spent" : 'waiting for the provider');
  if (connection === 'lost') parts.push('no connection, trying again');
  const time = [];
  if (left !== null && left !== undefined && n.unsent === 0) time.push(`about ${clock(Math.max(1, left - since))} left`);
  if (batch.elapsed_seconds !== undefined) time.push(`${clock(batch.elapsed_seconds + since)} so far`);
  return html`<strong class="figure">${n.completed}<span class="of">/${n.total}</span></strong> ${connection === 'lost' && html`<span class="narrow-only offline">offline</span> `}<span class="soft">${parts.join(' · ')}</span> <span class="soft time">${time.join(' · ')}</span>`;
}

function Ending({ n }) {
  const { batch } = state;
  const parts = [];
  if (n.draft > 0 && n.done > 0) parts.push(count(n.draft, 'draft'));
  if (n.review > 0) parts.push(`${n.review} to review`);
  if (n.failed > 0) parts.push(`${n.failed} failed`);
  if (n.stopped > 0) parts.push(`${n.stopped} not described`);
  if (batch.elapsed_seconds !== undefined) parts.push(`in ${clock(batch.elapsed_seconds)}`);
  let head = batch.state === 'cancelled' ? (batch.error ? 'Stopped' : 'Cancelled') : 'Done';
  let figure = n.done;
  if (n.done === 0 && n.draft > 0) {
    figure = n.draft;
    if (head === 'Done') head = 'Drafts';
  }
  return html`<strong>${head}: ${figure.toLocaleString('en')} of ${n.total.toLocaleString('en')}<span class="wide-only"> ${n.total === 1 ? 'photo' : 'photos'}</span></strong> <span class="soft">${parts.join(' · ')}</span>${!state.gone && batch.expires_at && html` <${Expiry} at=${batch.expires_at} />`}`;
}

function Expiry({ at }) {
  return html`<span class="soft">· kept until <time dateTime=${at}>${moment(api.shown(at))}</time></span>`;
}
