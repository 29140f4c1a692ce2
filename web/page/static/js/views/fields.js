// The texts of one photo as fields: title, keywords, category, with what the agency has against
// them beside each.
import { html, useId, useLayoutEffect, useRef } from '../html.js';
import { codeOf } from '../brief.js';
import { elementOf } from '../cards.js';
import { useDraft } from '../draft.js';
import { editMany, valueOf } from '../edits.js';
import { fixOf, once } from '../fixes.js';
import { agencies, limits as limitsOf, state } from '../store.js';
import { length, sentence } from '../words.js';
import { Details } from './details.js';
import { Keywords } from './keywords.js';
import { Icon } from './icons.js';
import { useTab } from './inside.js';

export function Fields({ entry, large = false }) {
  return html`
    <div class="fields">
      <${Title} entry=${entry} />
      ${(limitsOf().description_max > 0 || valueOf(entry, 'description')) && html`<${Description} entry=${entry} />`}
      <${Keywords} entry=${entry} large=${large} />
      <${Category} entry=${entry} />
      ${large && html`<${Details} entry=${entry} />`}
      <${Findings} entry=${entry} id=${'f-other-' + entry.id} list=${findings(entry, null)} />
      ${entry.save === 'failed' && html`<p class="unsaved" role="status">Not saved: ${entry.saveError}</p>`}
      ${entry.photo.again_error && html`<p class="unsaved" role="status">Describing it again failed, so its texts stay. ${sentence(entry.photo.again_error.message)}</p>`}
      ${entry.tidied && html`<p class="tidied soft" role="status">${entry.tidied}</p>`}
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

const own = ['title', 'description', 'keywords', 'category'];

/** Findings about a field; null: those about no field that is shown, such as the file's name. */
export function findings(entry, field) {
  return once((entry.photo?.findings ?? []).filter((finding) => (field ? finding.field === field : !own.includes(finding.field))));
}

/**
 * Where a button goes with what it mended, or what was saved meanwhile, the field has the keyboard
 * then. Returns the list's handlers.
 */
function useFocusBack(entry) {
  const field = useRef(null); // of the finding whose button has the focus
  useLayoutEffect(() => {
    if (!field.current || document.activeElement !== document.body) return;
    const around = document.querySelector('.preview-texts') ?? elementOf(entry.id);
    /** @type {HTMLElement|null|undefined} */
    const target = around?.querySelector(`[data-field="${field.current}"]`);
    (target ?? elementOf(entry.id))?.focus({ preventScroll: true });
    field.current = null;
  });
  return {
    onFocusIn: (event) => (field.current = event.target.closest('[data-of]')?.dataset.of ?? null),
    onFocusOut: (event) => event.target.isConnected && event.relatedTarget && (field.current = null),
  };
}

export function Findings({ entry, id, list }) {
  const tab = useTab();
  const back = useFocusBack(entry);
  if (list.length === 0) return null;
  return html`
    <ul class="findings" id=${id} ...${back}>
      ${list.map((finding) => {
        const fix = fixOf(finding, entry.photo.metadata ?? {}, limitsOf());
        return html`<li key=${finding.agency + finding.rule + finding.message} class=${finding.severity} data-of=${finding.field}><${Icon} name="alert" size=${13} /><span><span class="visually-hidden">${finding.severity}: </span>${sentence(finding.message)}</span>
          ${fix && html`<button type="button" class="fix" tabindex=${tab} onClick=${() => editMany(`${fix.what} of ${entry.filename}`, [{ id: entry.id, field: fix.field, after: fix.value }])}>${fix.label}<span class="visually-hidden">: ${fix.what}, ${entry.filename}</span></button>`}</li>`;
      })}
    </ul>`;
}

/** A text's length as the rules count it: code points, without what the server tidies away. */
const counted = (text) => length(text.trim().replace(/\s+/g, ' '));

const wrong = (list) => list.some((finding) => finding.severity === 'error');

/** Each agency's limit, where there are several. */
function eachLimit(few, most) {
  if (agencies().length < 2) return '';
  return agencies().map(({ label, limits: l }) => {
    const range = l[few] && l[most] ? `${l[few]}–${l[most]}` : l[most] ? `up to ${l[most]}` : l[few] ? `from ${l[few]}` : 'no limit';
    return `${label} ${most === 'description_max' && !l[most] ? 'none' : range}`;
  }).join(' · ');
}

/** How long a text is against its limit, with each agency's where there are several. */
export function Counter({ n, of, id }) {
  const l = limitsOf();
  const [few, warn, most] = [l[of + '_min'], l[of + '_warn_above'], l[of + '_max']];
  const level = (most && n > most) || (few && n < few) ? 'error' : warn && n > warn ? 'warning' : '';
  const each = eachLimit(of + '_min', of + '_max');
  const limit = most || warn ? html`<span aria-hidden="true">${n}/${warn || most}</span><span class="visually-hidden">${n} of at most ${warn || most}</span>` : n;
  return html`${each && html`<span class="each">${each}</span>`}<span class=${'counter ' + level} id=${id}>${limit}</span>`;
}

/** The language that the words are written in, by which the browser marks spelling. */
export const lang = () => codeOf(state.batch?.brief?.language);

function Title({ entry }) {
  const id = useId();
  const draft = useDraft(entry, 'title');
  const tab = useTab();
  const list = findings(entry, 'title');
  return html`
    <div class="field">
      <div class="field-head"><label for=${id}>Title<span class="visually-hidden"> of ${entry.filename}</span></label>
        <${Counter} id=${id + 'n'} n=${counted(draft.value)} of="title" /></div>
      <textarea id=${id} lang=${lang()} dir="auto" class="title" data-field="title" tabindex=${tab} rows="2" value=${draft.value} spellcheck aria-invalid=${wrong(list)} aria-describedby=${`${id}n ${id}f`}
        onFocus=${draft.focused} onBlur=${draft.left}
        onInput=${(event) => draft.type(event.target.value.replace(/\s*\n\s*/g, ' '))}
        onKeyDown=${(event) => {
          if (event.key !== 'Enter' || event.isComposing || event.ctrlKey || event.metaKey) return;
          event.preventDefault(); // a title is one line
          event.target.blur();
          event.target.focus();
        }}></textarea>
      <${Findings} entry=${entry} id=${id + 'f'} list=${list} />
    </div>`;
}

/** A sentence or two, for agencies that want one. */
function Description({ entry }) {
  const id = useId();
  const draft = useDraft(entry, 'description');
  const tab = useTab();
  const list = findings(entry, 'description');
  return html`
    <div class="field">
      <div class="field-head"><label for=${id}>Description<span class="visually-hidden"> of ${entry.filename}</span></label>
        <${Counter} id=${id + 'n'} n=${counted(draft.value)} of="description" /></div>
      <textarea id=${id} lang=${lang()} dir="auto" data-field="description" tabindex=${tab} rows="2" value=${draft.value} spellcheck aria-invalid=${wrong(list)} aria-describedby=${`${id}n ${id}f`}
        onFocus=${draft.focused} onBlur=${draft.left} onInput=${(event) => draft.type(event.target.value)}></textarea>
      <${Findings} entry=${entry} id=${id + 'f'} list=${list} />
    </div>`;
}

function Category({ entry }) {
  const id = useId();
  const draft = useDraft(entry, 'category');
  const tab = useTab();
  const list = findings(entry, 'category');
  const names = state.service?.categories ?? [];
  const known = names.includes(draft.value) || draft.value === '';
  return html`
    <div class="field">
      <div class="field-inline">
        <label for=${id}>Category<span class="visually-hidden"> of ${entry.filename}</span></label>
        <select id=${id} data-field="category" tabindex=${tab} aria-invalid=${wrong(list)} aria-describedby=${id + 'f'} onChange=${(event) => draft.change(event.target.value)} onBlur=${draft.left}>
          <option value="" selected=${draft.value === ''}>None</option>
          ${!known && html`<option value=${draft.value} selected>${draft.value}</option>`}
          ${names.map((name) => html`<option value=${name} selected=${name === draft.value}>${name}</option>`)}
        </select>
      </div>
      <${Findings} entry=${entry} id=${id + 'f'} list=${list} />
    </div>`;
}
