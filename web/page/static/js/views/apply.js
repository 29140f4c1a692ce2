// The same keywords or category for all selected photos.
import { html, useState } from '../html.js';
import { describedFor, editMany, photosWord, valueOf } from '../edits.js';
import { closeDialog, useStore } from '../store.js';
import { ways } from '../together.js';
import { parseKeywords } from '../words.js';
import { Dialog } from './dialog.js';

export function Apply() {
  const { selected, service, photos } = useStore('selected', 'service');
  const [text, setText] = useState('');
  const [way, setWay] = useState('front');
  const [category, setCategory] = useState('keep');
  const fresh = parseKeywords(text);
  const ids = [...selected].filter((id) => describedFor(photos.get(id)));

  const apply = (event) => {
    event.preventDefault();
    const wanted = [];
    for (const id of ids) {
      if (fresh.length > 0) wanted.push({ id, field: 'keywords', after: ways[way][1](valueOf(photos.get(id), 'keywords'), fresh) });
      if (category !== 'keep') wanted.push({ id, field: 'category', after: category });
    }
    const what = [fresh.length > 0 && 'keywords', category !== 'keep' && 'category'].filter(Boolean).join(' and ');
    editMany(`${what[0].toUpperCase()}${what.slice(1)} of ${photosWord(ids.length)}`, wanted);
    closeDialog();
  };
  return html`
    <${Dialog} title=${`Change ${photosWord(ids.length)}`}>
      <form onSubmit=${apply}>
        <div class="field"><label for="apply-text">Keywords, separated by commas</label>
          <textarea id="apply-text" rows="3" value=${text} onInput=${(event) => setText(event.target.value)} autofocus></textarea></div>
        <fieldset class="choices"><legend class="visually-hidden">What to do with them</legend>
          ${Object.entries(ways).map(([name, [label]]) => html`<label class="check" key=${name}><input type="radio" name="way" checked=${way === name} onChange=${() => setWay(name)} /><span>${label}</span></label>`)}
        </fieldset>
        <label class="field-inline">Category
          <select onChange=${(event) => setCategory(event.target.value)}>
            <option value="keep" selected=${category === 'keep'}>Leave as it is</option>
            ${service.categories.map((name) => html`<option value=${name} selected=${category === name}>${name}</option>`)}
          </select></label>
        <div class="row end"><button type="button" class="quiet" onClick=${closeDialog}>Cancel</button>
          <button type="submit" class="primary" disabled=${fresh.length === 0 && category === 'keep'}>Change ${photosWord(ids.length)}</button></div>
      </form>
    </${Dialog}>`;
}
