// The texts of one photo as fields: title, keywords, category, with what the agency has against them beside each.
import { html, useId } from '../html.js';
import { useDraft } from '../draft.js';
import { valueOf } from '../edits.js';
import { agency, state } from '../store.js';
import { length, sentence } from '../words.js';
import { Keywords } from './keywords.js';
import { Icon } from './icons.js';

export function Fields({ entry, large = false }) {
  return html`
    <div class="fields">
      <${Title} entry=${entry} />
      <${Keywords} entry=${entry} large=${large} />
      <${Category} entry=${entry} />
      <${Findings} id=${'f-other-' + entry.id} list=${findings(entry, null)} />
    </div>`;
}

/** The same texts to read only, for cards that are far from the window. */
export function PlainFields({ entry }) {
  return html`
    <div class="fields plain">
      <p>${valueOf(entry, 'title')}</p>
      <p>${valueOf(entry, 'keywords').join(', ')}</p>
      <p>${valueOf(entry, 'category')}</p>
    </div>`;
}

const own = ['title', 'keywords', 'category'];

/** Findings about a field; null: those about no field that is shown, such as the file's name. */
export function findings(entry, field) {
  return (entry.photo?.findings ?? []).filter((finding) => (field ? finding.field === field : !own.includes(finding.field)));
}

export function Findings({ id, list }) {
  if (list.length === 0) return null;
  return html`
    <ul class="findings" id=${id}>
      ${list.map((finding) => html`<li key=${finding.rule + finding.message} class=${finding.severity}><${Icon} name="alert" size=${13} /><span><span class="visually-hidden">${finding.severity}: </span>${sentence(finding.message)}</span></li>`)}
    </ul>`;
}

const wrong = (list) => list.some((finding) => finding.severity === 'error');

/** How long a text is against its limit: shown when it matters. */
export function Counter({ n, limits: [few, warn, most], id }) {
  if (!most && !warn) return html`<span class="counter" id=${id}>${n}</span>`;
  const level = (most && n > most) || (few && n < few) ? 'error' : warn && n > warn ? 'warning' : '';
  return html`<span class=${'counter ' + level} id=${id}><span aria-hidden="true">${n}/${warn || most}</span><span class="visually-hidden">${n} of at most ${warn || most}</span></span>`;
}

function Title({ entry }) {
  const id = useId();
  const draft = useDraft(entry, 'title');
  const list = findings(entry, 'title');
  const limits = agency()?.limits ?? {};
  return html`
    <div class="field">
      <div class="field-head"><label for=${id}>Title<span class="visually-hidden"> of ${entry.filename}</span></label>
        <${Counter} id=${id + 'n'} n=${length(draft.value)} limits=${[0, limits.title_warn_above, limits.title_max]} /></div>
      <textarea id=${id} class="title" rows="2" value=${draft.value} spellcheck aria-invalid=${wrong(list)} aria-describedby=${`${id}n ${id}f`}
        onFocus=${draft.focused} onBlur=${draft.left}
        onInput=${(event) => draft.type(event.target.value.replace(/\s*\n\s*/g, ' '))}
        onKeyDown=${(event) => {
          if (event.key !== 'Enter' || event.isComposing) return;
          event.preventDefault(); // a title is one line
          event.target.blur();
          event.target.focus();
        }}></textarea>
      <${Findings} id=${id + 'f'} list=${list} />
    </div>`;
}

function Category({ entry }) {
  const id = useId();
  const draft = useDraft(entry, 'category');
  const list = findings(entry, 'category');
  const names = state.service?.categories ?? [];
  const known = names.includes(draft.value) || draft.value === '';
  return html`
    <div class="field">
      <div class="field-inline">
        <label for=${id}>Category<span class="visually-hidden"> of ${entry.filename}</span></label>
        <select id=${id} aria-invalid=${wrong(list)} aria-describedby=${id + 'f'} onChange=${(event) => draft.change(event.target.value)} onBlur=${draft.left}>
          <option value="" selected=${draft.value === ''}>None</option>
          ${!known && html`<option value=${draft.value} selected>${draft.value}</option>`}
          ${names.map((name) => html`<option value=${name} selected=${name === draft.value}>${name}</option>`)}
        </select>
      </div>
      <${Findings} id=${id + 'f'} list=${list} />
    </div>`;
}
