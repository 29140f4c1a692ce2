// Find and replace in titles and keywords, with a count before anything is changed.
import { html, useMemo, useState } from '../html.js';
import { describedFor, editMany, photosWord, valueOf } from '../edits.js';
import { closeDialog, state, useStore } from '../store.js';
import { count, escaped, standsAlone, uniqueKeywords } from '../words.js';
import { Dialog } from './dialog.js';

/**
 * What would change. A keyword that becomes empty is removed, one that is there already is not
 * doubled.
 */
function changesFor(ids, find, replacement, options) {
  const result = { changes: [], places: 0 };
  if (find.trim() === '') return result;
  const pattern = new RegExp(escaped(find), options.exact ? 'gu' : 'giu');
  const swap = (text) => text.replace(pattern, (found, at) => {
    if (options.whole && !standsAlone(text, at, at + found.length)) return found;
    result.places++;
    return replacement;
  });
  for (const id of ids) {
    const entry = state.photos.get(id);
    if (!describedFor(entry)) continue;
    for (const field of options.titles ? ['title', 'description'] : []) {
      const text = valueOf(entry, field);
      const after = swap(text);
      if (after !== text) result.changes.push({ id, field, after: after.replace(/[^\S\n]+/g, ' ').trim() });
    }
    if (options.keywords) {
      const words = valueOf(entry, 'keywords');
      const after = uniqueKeywords(words.map((word) => swap(word).replace(/\s+/g, ' ').trim()).filter(Boolean));
      if (after.join('\n') !== words.join('\n')) result.changes.push({ id, field: 'keywords', after });
    }
  }
  return result;
}

export function Replace() {
  const { selected, order } = useStore('selected', 'order');
  const [find, setFind] = useState('');
  const [replacement, setReplacement] = useState('');
  const [options, setOptions] = useState({ titles: true, keywords: true, whole: true, exact: false, only: selected.size > 0 });
  const ids = options.only ? [...selected] : order;
  const { changes, places } = useMemo(() => changesFor(ids, find, replacement, options), [find, replacement, options]);
  const photos = new Set(changes.map((change) => change.id)).size;
  const flip = (name) => setOptions({ ...options, [name]: !options[name] });
  const box = (name, label) => html`<label class="check"><input type="checkbox" checked=${options[name]} onChange=${() => flip(name)} /><span>${label}</span></label>`;
  return html`
    <${Dialog} title="Find and replace">
      <form onSubmit=${(event) => {
        event.preventDefault();
        editMany(`“${find}” in ${photosWord(photos)}`, changes);
        closeDialog();
      }}>
        <div class="field"><label for="replace-find">Find</label><input id="replace-find" type="text" value=${find} onInput=${(event) => setFind(event.target.value)} autofocus /></div>
        <div class="field"><label for="replace-with">Replace with</label><input id="replace-with" type="text" value=${replacement} onInput=${(event) => setReplacement(event.target.value)} placeholder="Empty: remove it" /></div>
        <fieldset class="choices"><legend class="visually-hidden">Where and how</legend>
          ${box('titles', 'In titles')}${box('keywords', 'In keywords')}${box('whole', 'Whole words')}${box('exact', 'Match case')}
          ${selected.size > 0 && box('only', `Only the ${photosWord(selected.size)} selected`)}
        </fieldset>
        <p class="soft" role="status">${find.trim() === '' ? '\u00a0' : places === 0 ? 'Not found.' : `Found ${count(places, 'time')} in ${photosWord(photos)}.`}</p>
        <div class="row end"><button type="button" class="quiet" onClick=${closeDialog}>Cancel</button>
          <button type="submit" class="primary" disabled=${changes.length === 0}>Replace</button></div>
      </form>
    </${Dialog}>`;
}
