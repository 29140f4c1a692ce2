// What agencies ask of a photo beside its words: releases, editorial, place. It goes into their
// columns.
import { html, useState } from '../html.js';
import { detailsText, places, withDetails } from '../details.js';
import { editMany, photosWord, placeOf, valueOf } from '../edits.js';
import { useDraft, useLeaving } from '../draft.js';
import { state } from '../store.js';
import { same } from '../merge.js';
import { wordsOf } from '../brief.js';

/** The details of one photo, folded away until there are some or somebody wants them. */
export function Details({ entry }) {
  const draft = useDraft(entry, 'details');
  const text = detailsText(draft.value);
  return html`
    <details class="details" onFocusOut=${(event) => !event.currentTarget.contains(event.relatedTarget) && draft.left()}>
      <summary>Releases, editorial, place${text && html` <span class="soft">${text}</span>`}</summary>
      <${Form} value=${draft.value} names=${entry.filename} place=${draft.value.place ? {} : placeOf({ ...entry, photo: { ...entry.photo, details: draft.value } })} onType=${(members) => draft.type(withDetails(draft.value, members))} onChange=${(members) => draft.change(withDetails(draft.value, members))} />
    </details>`;
}

/** The details of several photos: each control changes that one thing in all of them. */
export function SharedDetails({ ids }) {
  const all = ids.map((id) => valueOf(state.photos.get(id), 'details'));
  const common = Object.fromEntries(Object.entries(all[0] ?? {}).filter(([name, value]) => all.every((one) => same(one[name], value))));
  const change = (members) => editMany(`Details of ${photosWord(ids.length)}`, ids.map((id, i) => ({ id, field: 'details', after: withDetails(all[i], members) })));
  return html`
    <details class="details panel-details"><summary>Releases, editorial, place${detailsText(common) && html` <span class="soft">${detailsText(common)}</span>`}</summary>
      <${Form} value=${common} names=${photosWord(ids.length)} onChange=${change} />
    </details>`;
}

/**
 * @param {{value: import('../details.js').Details, names: string, place?: Object, onChange:
 *   (members: Object) => void, onType?: (members: Object) => void}} props without onType a text
 *   counts when its field is left; place counts where none is written
 */
function Form({ value, names, place, onChange, onType }) {
  const box = (name, label) => html`<label class="check"><input type="checkbox" data-field="details" checked=${Boolean(value[name])} onChange=${(event) => onChange({ [name]: event.target.checked })} /><span>${label}</span></label>`;
  const text = (label, now, members, hint) => html`<${Text} key=${label} label=${label} names=${names} value=${now} hint=${hint} onType=${onType && ((typed) => onType(members(typed)))} onLeave=${onType ? undefined : (typed) => onChange(members(typed))} />`;
  return html`
    <div class="details-form">
      <div class="row">${box('editorial', 'Editorial')}${box('mature', 'Mature content')}</div>
      ${text('Model releases', (value.model_releases ?? []).join(', '), (typed) => ({ model_releases: wordsOf(typed) }))}
      ${text('Property releases', (value.property_releases ?? []).join(', '), (typed) => ({ property_releases: wordsOf(typed) }))}
      ${Object.entries(places).map(([name, label]) => text(label, value.place?.[name] ?? '', (typed) => ({ place: { ...value.place, [name]: typed } }), place?.[name]))}
      ${text('Copyright', value.copyright ?? '', (typed) => ({ copyright: typed }))}
    </div>`;
}

/** A line of text. What is typed stays as it is typed until the field is left. */
function Text({ label, names, value, hint, onType, onLeave }) {
  const [typed, setTyped] = useState(null);
  const leave = () => {
    if (typed !== null && typed !== value) onLeave?.(typed);
    setTyped(null);
  };
  useLeaving(leave);
  return html`<label class="details-text"><span>${label}<span class="visually-hidden"> of ${names}</span></span>
    <input type="text" data-field="details" maxlength="200" placeholder=${hint} value=${typed ?? value}
      onInput=${(event) => {
        setTyped(event.target.value);
        onType?.(event.target.value);
      }}
      onBlur=${leave} /></label>`;
}
