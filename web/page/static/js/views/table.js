// The same photos as a table: less picture, more text. Keywords are one list with commas, as people
// write them in spreadsheets.
import { html, useId, useRef } from '../html.js';
import { useDraft } from '../draft.js';
import { valueOf } from '../edits.js';
import { useNear } from '../near.js';
import { state, status, useEntry } from '../store.js';
import { parseKeywords, uniqueKeywords } from '../words.js';
import { findings, Findings, lang } from './fields.js';
import { Alike, Marks, Picture, usePhotoElement } from './card.js';
import { Inside, useTab } from './inside.js';
import { SelectBox } from './selection.js';
import { Failure, Status } from './status.js';

export function Table({ rows, size }) {
  return html`
    <div class=${'table-scroll size-' + size} tabindex="0" role="region" aria-label="Photos as a table">
      <table>
        <thead><tr><th scope="col"><span class="visually-hidden">Selected</span></th><th scope="col">Photo</th><th scope="col">Title</th><th scope="col">Keywords</th><th scope="col">Category</th><th scope="col">State</th></tr></thead>
        <tbody>${rows}</tbody>
      </table>
    </div>`;
}

export function Row({ id }) {
  const entry = useEntry(id);
  const ref = useRef();
  const near = useNear(ref);
  const { props, inside } = usePhotoElement(id, entry ? status(entry) : '', ref, near);
  if (!entry) return null;
  const s = status(entry);
  const hasFields = s === 'done' || s === 'draft' || s === 'review' || (s === 'failed' && entry.photo?.metadata);
  return html`
    <${Inside.Provider} value=${inside}><tr ref=${ref} aria-label=${entry.filename} ...${props}>
      <td class="cell-select">${entry.photo && html`<${SelectBox} id=${id} filename=${entry.filename} />`}</td>
      <th scope="row" class="cell-photo"><${Picture} entry=${entry} /><span class="filename">${entry.filename}</span>${entry.photo?.group && html`<${Alike} id=${id} group=${entry.photo.group} inside=${inside} />`}</th>
      ${!hasFields && html`<td colspan="3">${s === 'failed' && html`<${Failure} entry=${entry} />`}</td>`}
      ${hasFields && (near ? html`<${Cells} entry=${entry} />` : html`
        <td>${valueOf(entry, 'title')}</td><td>${valueOf(entry, 'keywords').join(', ')}</td><td>${valueOf(entry, 'category')}</td>`)}
      <td class="cell-state"><${Status} entry=${entry} />${hasFields && html`<${Marks} entry=${entry} inside=${inside} />`}${entry.save === 'failed' && html`<p class="unsaved">${entry.saveError}</p>`}<${Findings} entry=${entry} id=${'t-other-' + id} list=${findings(entry, null)} /></td>
    </tr></${Inside.Provider}>`;
}

function Cells({ entry }) {
  const id = useId();
  const title = useDraft(entry, 'title');
  const category = useDraft(entry, 'category');
  const names = state.service?.categories ?? [];
  const tab = useTab();
  return html`
    <td><textarea rows="3" spellcheck lang=${lang()} dir="auto" data-field="title" tabindex=${tab} value=${title.value} aria-label=${`Title of ${entry.filename}`} aria-describedby=${id + 't'}
        onFocus=${title.focused} onBlur=${title.left} onInput=${(event) => title.type(event.target.value.replace(/\s*\n\s*/g, ' '))}></textarea>
      <${Findings} entry=${entry} id=${id + 't'} list=${findings(entry, 'title')} /></td>
    <td><${KeywordList} entry=${entry} describedby=${id + 'k'} /><${Findings} entry=${entry} id=${id + 'k'} list=${findings(entry, 'keywords')} /></td>
    <td><select data-field="category" tabindex=${tab} aria-label=${`Category of ${entry.filename}`} onChange=${(event) => category.change(event.target.value)} onBlur=${category.left}>
        <option value="" selected=${category.value === ''}>None</option>
        ${category.value !== '' && !names.includes(category.value) && html`<option value=${category.value} selected>${category.value}</option>`}
        ${names.map((name) => html`<option value=${name} selected=${name === category.value}>${name}</option>`)}
      </select><${Findings} entry=${entry} id=${id + 'c'} list=${findings(entry, 'category')} /></td>`;
}

/** Keywords as text. What is typed stays as it is typed until the field is left. */
function KeywordList({ entry, describedby }) {
  const draft = useDraft(entry, 'keywords');
  const typed = useRef(null);
  const tab = useTab();
  const text = typed.current ?? draft.value.join(', ');
  return html`<textarea rows="3" spellcheck lang=${lang()} dir="auto" data-field="keywords" tabindex=${tab} value=${text} aria-label=${`Keywords of ${entry.filename}, separated by commas`} aria-describedby=${describedby}
    onFocus=${draft.focused}
    onInput=${(event) => {
      typed.current = event.target.value;
      draft.type(uniqueKeywords(parseKeywords(event.target.value)));
    }}
    onBlur=${() => {
      typed.current = null;
      draft.left();
    }}></textarea>`;
}
