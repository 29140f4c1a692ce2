// Taking the result: the agencies' CSV files, JSON, or sidecars, as the server makes them.
import { html, useState } from '../html.js';
import * as api from '../api.js';
import { sameNames } from '../arrange.js';
import { nameSaved } from '../batches.js';
import { unsettled } from '../edits.js';
import { saveArchive, saveBack, saveFolder, withOriginals, writable, writesFolders } from '../embedding.js';
import { hand, handShown } from '../files-out.js';
import { refusedOf, saved } from '../outbox.js';
import { ended } from '../events.js';
import { agencies, counts, state, useStore } from '../store.js';
import { count, list } from '../words.js';
import { say } from '../announce.js';
import { Dialog } from './dialog.js';
import { Icon } from './icons.js';

const patience = 5000; // ms that files wait for what they can do without

/** Resolves with a promise, or when it takes too long. */
const soon = (promise) => Promise.race([promise, new Promise((resolve) => setTimeout(resolve, patience))]);

/** The photos themselves with their texts in them, made here from the originals. */
function Originals({ review }) {
  const [busy, setBusy] = useState('');
  const [outcome, setOutcome] = useState(null);
  const { photos } = useStore('counts');
  const entries = withOriginals(review);
  const dropped = writable(entries);
  const all = [...photos.values()].filter((entry) => entry.photo?.state === 'successful' || (review && entry.photo?.state === 'needs_review')).length;
  const run = async (save, total = entries.length) => {
    setOutcome(null);
    try {
      // What is shown is written, whether or not the server has all of it.
      await soon(saved()).catch(() => {});
      const result = await save((done) => setBusy(`${done} of ${total}`));
      setOutcome(result);
      if (result) say(`${count(result.written, 'photo')} written.${result.problems.length > 0 ? ` ${result.problems.length} not written: the reasons are in the dialog.` : ''}`);
    } catch (error) {
      setOutcome({ written: 0, problems: [{ name: 'The photos', reason: error.message }] });
    }
    setBusy('');
  };
  const mayReplace = (names) => confirm(`${count(names.length, 'file')} of these names ${names.length === 1 ? 'is' : 'are'} in this folder. Replace ${names.length === 1 ? 'it' : 'them'} with the photos and their texts? The pictures stay the same.`);
  const intoFiles = () => confirm(`Write the texts into ${count(dropped.length, 'file')} on this computer? The pictures stay exactly the same; texts already in the files are replaced.`)
    && run((progress) => saveBack(dropped, progress), dropped.length);
  return html`
    <section class="originals"><h3>Photos with their texts</h3>
      <p class="soft">${entries.length > 0
        ? 'Title, description and keywords are written into the JPEG files, on this computer. The picture itself stays the same.'
        : 'This page no longer has the original files. Drop them here again to write the texts into them.'}${entries.length > 0 && entries.length < all ? ` ${count(all - entries.length, 'original is', 'originals are')} no longer here: drop ${all - entries.length === 1 ? 'it' : 'them'} again.` : ''}</p>
      ${entries.length > 0 && html`<div class="row">
        <button type="button" class="archive" disabled=${busy !== ''} onClick=${() => run((progress) => saveArchive(entries, progress))}><${Icon} name="down" />${busy || `${count(entries.length, 'photo')} as ZIP`}</button>
        ${writesFolders() && html`<button type="button" disabled=${busy !== ''} onClick=${() => run((progress) => saveFolder(entries, progress, mayReplace))}>Into a folder…</button>`}
        ${dropped.length > 0 && html`<button type="button" class="write-back" disabled=${busy !== ''} onClick=${intoFiles}>Into the files you dropped</button>`}
      </div>`}
      ${outcome && html`<p role="status">${count(outcome.written, 'photo')} written.</p>`}
      ${outcome?.problems.length > 0 && html`<${Problems} problems=${outcome.problems} />`}
    </section>`;
}

/** Names, the first of many. */
const short = (names) => list(names.length > 4 ? [...names.slice(0, 3), `${names.length - 3} more`] : names);

/** Says what the server's files lack, and offers what is shown as files made here. */
function Shown({ text, offer = true }) {
  return html`<div class="notice problem" role="alert"><p>${text}</p>
    ${offer && html`<button type="button" onClick=${() => handShown('csv')}>Save what is shown as CSV</button><button type="button" onClick=${() => handShown('json')}>As JSON</button>`}
  </div>`;
}

/** What was not written and why, each reason once. */
function Problems({ problems }) {
  const names = new Map();
  for (const { name, reason } of problems) names.set(reason, [...(names.get(reason) ?? []), name]);
  return html`<ul class="notice problem">${[...names].map(([reason, all]) => html`<li>${short(all)}: ${reason}</li>`)}</ul>`;
}

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
      await soon(nameSaved(batch.id));
      const file = await api.download(batch.id, format.name, { partial: !ended(state.batch), review, rename });
      hand(file.blob, file.name ?? `tagroll.${format.extension}`);
      say(`${file.name} has been downloaded.`);
    } catch (error) {
      setProblem(error);
    }
    setBusy(null);
  };
  const refused = refusedOf(batch.id).map((id) => photos.get(id)?.filename).filter(Boolean);
  const chosen = agencies();
  const isChosen = (format) => chosen.some((agency) => agency.name === format.name);
  const formats = [...service.formats].sort((a, b) => Number(isChosen(b)) - Number(isChosen(a)));
  const first = formats.find(isChosen);
  const inPhotos = chosen.filter((agency) => !service.formats.some((format) => format.name === agency.name)).map((agency) => agency.label);
  return html`
    <${Dialog} title="Download" class="download">
      <p class="soft">${count(rows, 'photo')} in the file${left.length > 0 ? `; left out: ${left.join(', ')}` : ''}.</p>
      ${twins.length > 0 && html`<p class="notice limit"><span>Some photos share a name: ${list(twins.slice(0, 4))}${twins.length > 4 ? ` and ${twins.length - 4} more` : ''}. Agencies match rows to photos by name and cannot tell these apart.</span></p>
        <label class="check"><input type="checkbox" checked=${rename} onChange=${(event) => setRename(event.target.checked)} />
          <span>Number the second of each in the file <small class="soft">As IMG_1-2.jpg. Rename the photo in the same way before you upload it.</small></span></label>`}
      ${n.review > 0 && html`
        <label class="check"><input type="checkbox" checked=${review} onChange=${(event) => setReview(event.target.checked)} />
          <span>Include the ${count(n.review, 'photo')} to review <small class="soft">An agency may refuse ${n.review === 1 ? 'it' : 'them'}.</small></span></label>`}
      ${refused.length > 0 && html`<${Shown} text=${`The server has not stored what you wrote for ${short(refused)}: the photo says why. The files below have the texts that were stored last.`} />`}
      ${problem && html`<${Shown} text=${problem.message} offer=${problem.passing} />`}
      <ul class="formats">
        ${formats.map((format) => html`
          <li key=${format.name}><button type="button" class=${format === first ? 'primary' : ''} disabled=${rows === 0 || busy !== null} onClick=${() => take(format)}>
            <${Icon} name="down" /><span class="grow">${format.label}</span><span class="extension">.${format.extension}</span>
          </button></li>`)}
      </ul>
      ${inPhotos.length > 0 && html`<p class="soft">${list(inPhotos)} ${inPhotos.length === 1 ? 'takes no CSV: it reads' : 'take no CSV: they read'} the texts in the photos themselves.</p>`}
      <${Originals} review=${review} />
    </${Dialog}>`;
}
