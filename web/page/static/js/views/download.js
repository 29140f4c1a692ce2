// Taking the result: the agencies' CSV files, JSON, or sidecars, as the server makes them.
import { html, useState } from '../html.js';
import * as api from '../api.js';
import { sameNames } from '../arrange.js';
import { unsettled } from '../edits.js';
import { hand } from '../files-out.js';
import { saved } from '../outbox.js';
import { ended } from '../events.js';
import { counts, state, useStore } from '../store.js';
import { count, list } from '../words.js';
import { say } from '../announce.js';
import { Dialog } from './dialog.js';
import { Icon } from './icons.js';

export function Download() {
  const { service, batch, photos } = useStore('counts', 'service', 'batch');
  const n = counts();
  const [review, setReview] = useState(false);
  const [rename, setRename] = useState(false);
  const [busy, setBusy] = useState(null);
  const [problem, setProblem] = useState(null);
  const twins = sameNames([...photos.values()]);
  const rows = n.done + n.draft + (review ? n.review : 0);
  const left = [];
  if (!review && n.review > 0) left.push(`${n.review} to review`);
  if (n.failed > 0) left.push(`${n.failed} failed`);
  if (n.total > n.completed) left.push(`${n.total - n.completed} not described`);

  const take = async (format) => {
    setBusy(format.name);
    setProblem(null);
    try {
      if (unsettled()) await saved();
      const file = await api.download(batch.id, format.name, { partial: !ended(state.batch), review, rename });
      hand(file.blob, file.name ?? `tagroll.${format.extension}`);
      say(`${file.name} is downloaded.`);
    } catch (error) {
      setProblem(error.message);
    }
    setBusy(null);
  };
  const first = batch.agencies?.[0];
  const formats = [...service.formats].sort((a, b) => Number(b.name === first) - Number(a.name === first));
  return html`
    <${Dialog} title="Download" class="download">
      <p class="soft">${count(rows, 'photo')} in the file${left.length > 0 ? `; left out: ${left.join(', ')}` : ''}.</p>
      ${twins.length > 0 && html`<p class="notice limit"><span>Two photos have the same name: ${list(twins.slice(0, 4))}${twins.length > 4 ? ` and ${twins.length - 4} more` : ''}. Agencies match the rows by name and cannot tell them apart.</span></p>
        <label class="check"><input type="checkbox" checked=${rename} onChange=${(event) => setRename(event.target.checked)} />
          <span>Number the second of each in the file <small class="soft">As IMG_1-2.jpg: rename the photo the same before you upload it.</small></span></label>`}
      ${n.review > 0 && html`
        <label class="check"><input type="checkbox" checked=${review} onChange=${(event) => setReview(event.target.checked)} />
          <span>Include the ${n.review} to review <small class="soft">An agency may refuse them.</small></span></label>`}
      <ul class="formats">
        ${formats.map((format) => html`
          <li key=${format.name}><button type="button" class=${format.name === first ? 'primary' : ''} disabled=${rows === 0 || busy !== null} onClick=${() => take(format)}>
            <${Icon} name="down" /><span class="grow">${format.label}</span><span class="extension">.${format.extension}</span>
          </button></li>`)}
      </ul>
      ${problem && html`<p class="notice problem" role="alert">${problem}</p>`}
    </${Dialog}>`;
}
