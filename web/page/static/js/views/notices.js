// What stands in the way of a batch, each with what to do about it.
import { html, useEffect, useState } from '../html.js';
import { finishWithout } from '../adding.js';
import { say } from '../announce.js';
import * as api from '../api.js';
import { extendBatch, leaveBatch } from '../batches.js';
import { ended } from '../events.js';
import { handShown } from '../files-out.js';
import { counts, set, state, useStore } from '../store.js';
import { resume } from '../upload.js';
import { clock, count, duration, list, sentence } from '../words.js';
import { ChooseButton } from './drop.js';
import { Icon } from './icons.js';

export function Notices() {
  const { batch, gone, ending, hold, lost, sending } = useStore('batch', 'hold', 'ending');
  return html`
    <div class="notices">
      <${Newer} />
      ${gone && html`<${Gone} />`}
      ${!gone && ending && html`<${Ending} at=${ending} />`}
      ${batch.error && html`<${Notice} kind="problem" text=${`The batch was stopped. ${sentence(batch.error.message)}`} />`}
      ${hold && html`<${Hold} hold=${hold} />`}
      ${!gone && !hold && !ended(batch) && html`<${Paused} />`}
      ${sending && batch.state === 'open' && html`<${Notice} kind="note" text="Another tab of this browser is sending photos to this batch." />`}
      ${lost && !sending && batch.state === 'open' && html`<${Lost} names=${lost.names} />`}
      <${Refused} />
    </div>`;
}

function Notice({ kind, text, children }) {
  return html`<div class=${'notice ' + kind} role=${kind === 'problem' ? 'alert' : 'status'}><${Icon} name=${kind === 'problem' ? 'failed' : 'info'} /><p>${text}</p>${children}</div>`;
}

/** The server was upgraded. Reloading is the person's choice: this page holds their files. */
export function Newer() {
  const { newer, batch } = useStore('newer', 'counts');
  if (!newer || counts().unsent > 0) return null;
  const text = `The server has a newer version of this page. Reload when it suits you: nothing that you wrote is lost${batch ? ', but photos must be dropped again before texts can be written into their files' : ''}.`;
  return html`<${Notice} kind="note" text=${text}><button type="button" onClick=${() => location.reload()}>Reload</button></${Notice}>`;
}

/** The batch is not on the server any more: what is shown can still be kept. */
function Gone() {
  const { gone, photos } = useStore('batch', 'counts');
  const rows = [...photos.values()].filter((entry) => entry.photo?.metadata).length;
  const text = rows > 0 ? `${gone} What you see here is all that is left: save it as a file now. Further changes are not stored.` : gone;
  return html`
    <${Notice} kind="problem" text=${text}>
      ${rows > 0 && html`
        <button type="button" class="primary" onClick=${() => handShown('csv')}>Save ${count(rows, 'photo')} as CSV</button>
        <button type="button" onClick=${() => handShown('json')}>Save as JSON</button>`}
      <button type="button" onClick=${leaveBatch}>All batches</button>
    </${Notice}>`;
}

/** The batch's time is nearly over. */
function Ending({ at }) {
  const [now, tick] = useState(api.now());
  useEffect(() => {
    const timer = setInterval(() => tick(api.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return html`
    <div class="notice limit"><${Icon} name="clock" />
      <p><span role="status">This batch will be deleted soon, with all its texts.</span> <span class="figure">${clock((at - now) / 1000)}</span> left.</p>
      <button type="button" class="primary" onClick=${extendBatch}>Keep it for another hour</button>
    </div>`;
}

/** A limit that was reached, and when it resets. Uploads go on by themselves. */
function Hold({ hold }) {
  const [now, tick] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => tick(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return html`
    <div class="notice limit"><${Icon} name="clock" />
      <p><span role="status">${hold.message}</span> ${hold.until > now ? html`It goes on by itself in <span class="figure">${clock((hold.until - now) / 1000)}</span>.` : 'Trying again…'}</p>
      <button type="button" onClick=${resume}>Try now</button>
    </div>`;
}

const longPause = 20; // seconds; shorter ones stand beside the progress alone

/** Why nothing is described for a while, and until when. */
function Paused() {
  const { batch, batchSeen } = state;
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => tick((n) => n + 1), 1000);
    return () => clearInterval(timer);
  }, []);
  const left = (batch.paused_seconds ?? 0) - (performance.now() - batchSeen) / 1000;
  const on = batch.paused_seconds > longPause && left > 0;
  const why = batch.limiter?.paused_by === 'budget' ? 'The budget for today is spent.' : 'The provider allows no more calls for now.';
  // What comes into the page together with its text is not heard everywhere.
  useEffect(() => {
    if (on) say(`${why} The photos wait, and the batch goes on by itself in ${duration(left)}.`);
  }, [on]);
  if (!on) return null;
  return html`
    <div class="notice limit"><${Icon} name="clock" />
      <p>${why} The photos wait, and the batch goes on by itself in <span class="figure">${clock(left)}</span>.</p>
    </div>`;
}

/**
 * After a reload in the middle of sending: the browser has forgotten the files that were not sent.
 */
function Lost({ names }) {
  const some = names.slice(0, 4);
  if (names.length > some.length) some.push(`${names.length - some.length} more`);
  const text = names.length > 0
    ? `${count(names.length, 'photo was', 'photos were')} not sent before the page was closed: ${list(some)}. Drop them again, or the whole folder: what has arrived is not sent twice.`
    : 'This batch is still open: drop more photos into it, or finish it as it is.';
  return html`
    <${Notice} kind="limit" text=${text}>
      <${ChooseButton}>Choose them</${ChooseButton}>
      <button type="button" onClick=${finishWithout}>Finish without them</button>
    </${Notice}>`;
}

/** The files that were left out, each with its reason. */
export function Refused() {
  const { refused, ignored } = useStore('refused');
  if (refused.length === 0) return null;
  const more = ignored > 0 ? `, and ${count(ignored, 'file')} beside them that ${ignored === 1 ? 'is not a photo' : 'are not photos'}` : '';
  return html`
    <details class="notice refused" open=${refused.length <= 5}>
      <summary>${count(refused.length, 'file was', 'files were')} left out${more}</summary>
      <ul tabindex="0" aria-label="Files that were left out">${refused.map((file) => html`<li><span class="name">${file.name}</span> <span class="soft">${file.reason}</span></li>`)}</ul>
      <button type="button" class="quiet" onClick=${() => set('refused', { refused: [], ignored: 0 })}>Dismiss</button>
    </details>`;
}
