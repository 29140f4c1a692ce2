// The texts of several photos together: keywords that all have or some, titles, the category, what
// can be mended.
import { html, useState } from '../html.js';
import { editMany, photosWord, valueOf } from '../edits.js';
import { ruleName } from '../fixes.js';
import { keywordSets, noteTyped, saveKeywordSet } from '../keywordsets.js';
import { tallyKeywords } from '../selecting.js';
import { misspelt } from '../spelling.js';
import { state, useStore } from '../store.js';
import { changeCategory, changeKeywords, wrapTitles } from '../together.js';
import { count, parseKeywords } from '../words.js';
import { SharedDetails } from './details.js';
import { KeywordInput } from './keywordinput.js';
import { Icon } from './icons.js';

const shownAtFirst = 30;

export function Texts({ ids }) {
  useStore('counts');
  return html`<${Shared} ids=${ids} /><div class="panel-part"><${Titles} ids=${ids} /><${SharedDetails} ids=${ids} /></div>`;
}

/** A photo that has a keyword. */
const withWord = (ids, word) => ids.map((id) => state.photos.get(id)).find((entry) => valueOf(entry, 'keywords').includes(word))?.photo;

/** Keywords as chips: full where all photos have them, dashed with a count where some do. */
function Shared({ ids }) {
  const [all, setAll] = useState(false);
  const [sets, setSets] = useState(keywordSets());
  const words = tallyKeywords(ids.map((id) => valueOf(state.photos.get(id), 'keywords')));
  const shown = all ? words : words.slice(0, shownAtFirst);
  const add = (text) => {
    const fresh = parseKeywords(text);
    if (fresh.length === 0) return;
    noteTyped(fresh);
    changeKeywords(ids, fresh, 'end');
  };
  const common = words.filter((one) => one.all).map((one) => one.word);
  return html`
    <div class="panel-part shared">
      <h3>Keywords of ${photosWord(ids.length)}</h3>
      <ul class="chips">
        ${shown.map(({ word, n, all: everywhere }) => html`
          <li key=${word} class=${'chip ' + (everywhere ? 'lead' : 'partial') + (misspelt(word, withWord(ids, word)) ? ' misspelt' : '')}>
            ${everywhere
              ? html`<span class="word" dir="auto">${word}</span>`
              : html`<button type="button" class="word" dir="auto" title=${`Add to the ${ids.length - n} that lack it`} aria-label=${`Add ${word} to the ${ids.length - n} that lack it`} onClick=${() => changeKeywords(ids, [word], 'end')}>${word} <small>${n}</small></button>`}
            <button type="button" class="remove" aria-label=${`Remove ${word} from ${photosWord(n)}`} onClick=${() => changeKeywords(ids, [word], 'remove')}><${Icon} name="cross" size=${10} /></button>
          </li>`)}
        ${words.length > shown.length && html`<li class="chip-end"><button type="button" class="more" onClick=${() => setAll(true)}>${words.length - shown.length} more</button></li>`}
        <li class="adder"><${KeywordInput} label=${`Add keywords to ${photosWord(ids.length)}`} have=${common} onAdd=${add} /></li>
      </ul>
      <div class="row sets">
        <label class="field-inline">Set
          <select onChange=${(event) => {
            const words = sets[event.target.value];
            event.target.value = '';
            if (words) changeKeywords(ids, words, 'end');
          }}>
            <option value="">Apply a keyword set</option>
            ${Object.entries(sets).map(([name, list]) => html`<option value=${name}>${name} (${list.length})</option>`)}
          </select></label>
        <button type="button" class="quiet" disabled=${common.length === 0} onClick=${() => {
          const name = prompt(`Name for a set of the ${count(common.length, 'keyword')} that all these photos have:`)?.trim();
          if (!name) return;
          saveKeywordSet(name, common);
          setSets(keywordSets());
        }}>Save as a set</button>
        ${Object.keys(sets).length > 0 && html`<button type="button" class="quiet" onClick=${() => {
          const name = prompt(`Which set should be deleted? ${Object.keys(sets).join(', ')}`)?.trim();
          if (!name || !sets[name]) return;
          saveKeywordSet(name, []);
          setSets(keywordSets());
        }}>Delete a set</button>`}
      </div>
    </div>`;
}

function Titles({ ids }) {
  const { service } = useStore('service');
  const [before, setBefore] = useState('');
  const [after, setAfter] = useState('');
  const categories = new Set(ids.map((id) => valueOf(state.photos.get(id), 'category')));
  const one = categories.size === 1 ? [...categories][0] : null;
  return html`
    <form class="panel-part titles" onSubmit=${(event) => {
      event.preventDefault();
      wrapTitles(ids, before, after);
      setBefore('');
      setAfter('');
    }}>
      <h3>Titles and category</h3>
      <div class="row"><input type="text" dir="auto" class="grow" value=${before} placeholder="Before each title" aria-label="Text in front of each title" onInput=${(event) => setBefore(event.target.value)} />
        <input type="text" dir="auto" class="grow" value=${after} placeholder="After each title" aria-label="Text after each title" onInput=${(event) => setAfter(event.target.value)} />
        <button type="submit" disabled=${!before.trim() && !after.trim()}>Add</button></div>
      <div class="row"><label class="field-inline">Category
        <select value=${one ?? '\u0000'} onChange=${(event) => event.target.value !== '\u0000' && changeCategory(ids, event.target.value)}>
          ${one === null && html`<option value=${'\u0000'} selected>Several</option>`}
          <option value="" selected=${one === ''}>None</option>
          ${service.categories.map((name) => html`<option value=${name} selected=${one === name}>${name}</option>`)}
        </select></label></div>
    </form>`;
}

/** What can be mended in all of some photos at one click. */
export function Fixes({ fixes, of }) {
  if (fixes.length === 0) return null;
  return html`
    <div class="panel-part">
      <h3>Warnings in ${of}</h3>
      <ul class="fixes">${fixes.map((fix) => html`
        <li key=${fix.rule} class=${fix.severity}><span>${ruleName(fix.rule)}, ${count(fix.changes.length, 'photo')}</span>
          <button type="button" onClick=${() => editMany(`${ruleName(fix.rule)}, ${photosWord(fix.changes.length)}`, fix.changes)}>${fix.label}</button></li>`)}
      </ul>
    </div>`;
}
