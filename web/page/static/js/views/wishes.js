// What the person asks of the words: how many keywords, which always, which never and which alone,
// in which language, the form of titles, and what becomes of words that files have.
import { html, useState } from '../html.js';
import { briefProblem, existingOf, languageName, languages, linesOf, numberOf, policies, withWishes, wordsOf } from '../brief.js';
import { state } from '../store.js';

/**
 * @param {{brief: import('../../../api.d.ts').Brief, onChange: (brief:
 *   import('../../../api.d.ts').Brief) => void}} props
 */
export function Wishes({ brief, onChange }) {
  const k = brief.keywords ?? {};
  const change = (wishes) => onChange(withWishes(brief, wishes));
  const keyword = (members) => change({ keywords: members });
  const t = brief.title ?? {};
  const title = (members) => change({ title: members });
  const most = state.service?.limits.keywords_per_photo;
  const problem = briefProblem(brief);
  const language = brief.language ?? '';
  const code = Object.keys(languages).find((one) => one === language || languages[one] === language) ?? (language === 'English' ? '' : language);
  return html`
    <fieldset class="wishes"><legend class="visually-hidden">Keywords and language</legend>
      <div class="row">
        <label class="field-inline">Keywords: at least <input type="text" inputmode="numeric" class="number" maxlength="3" value=${k.min || ''} onInput=${(event) => keyword({ min: numberOf(event.target.value, most) })} /></label>
        <label class="field-inline">at most <input type="text" inputmode="numeric" class="number" maxlength="3" value=${k.max || ''} onInput=${(event) => keyword({ max: numberOf(event.target.value, most) })} /></label>
        <label class="check"><input type="checkbox" checked=${Boolean(k.single_words)} onChange=${(event) => keyword({ single_words: event.target.checked })} /><span>Single words only</span></label>
      </div>
      <${Words} label="Always" hint="keywords for every photo, separated by commas" words=${k.require} onChange=${(require) => keyword({ require })} />
      <${Words} label="Never" hint="words that must not appear" words=${k.ban} onChange=${(ban) => keyword({ ban })} />
      <div class="row">
        <label class="field-inline">Language
          <select onChange=${(event) => change({ language: event.target.value })}>
            <option value="" selected=${code === ''}>English</option>
            ${code !== '' && !languages[code] && html`<option value=${code} selected>${languageName(code)}</option>`}
            ${Object.entries(languages).sort(([, a], [, b]) => a.localeCompare(b)).map(([one, name]) => html`<option value=${one} selected=${one === code}>${name}</option>`)}
          </select></label>
        <label class="check"><input type="checkbox" checked=${Boolean(brief.editorial)} onChange=${(event) => change({ editorial: event.target.checked })} /><span>Editorial <small class="soft">names are allowed; descriptions begin with the place and date</small></span></label>
      </div>
      <details><summary>Titles, your own vocabulary, words already in files</summary><div class="further">
        <div class="row">
          <label class="field-inline">Titles: at most <input type="text" inputmode="numeric" class="number" maxlength="3" value=${t.max || ''} onInput=${(event) => title({ max: numberOf(event.target.value) })} /></label>
          <label class="field-inline">begin with <input type="text" maxlength="100" value=${t.prefix ?? ''} onInput=${(event) => title({ prefix: event.target.value })} /></label>
          <label class="field-inline">end with <input type="text" maxlength="100" value=${t.suffix ?? ''} onInput=${(event) => title({ suffix: event.target.value })} /></label>
        </div>
        <div class="row">
          <label class="check"><input type="checkbox" checked=${t.case === 'title'} onChange=${(event) => title({ case: event.target.checked ? 'title' : '' })} /><span>Capitalise Important Words</span></label>
          <label class="check"><input type="checkbox" checked=${Boolean(t.no_commas)} onChange=${(event) => title({ no_commas: event.target.checked })} /><span>No commas</span></label>
          <label class="field-inline">Words already in a file
            <select onChange=${(event) => change({ existing: Object.fromEntries(['title', 'description', 'keywords'].map((field) => [field, event.target.value])) })}>
              ${!existingOf(brief) && html`<option value="" selected>depends on the field</option>`}
              ${Object.entries(policies).map(([policy, text]) => html`<option value=${policy} selected=${policy === existingOf(brief)}>${text}</option>`)}
            </select></label>
        </div>
        <${Words} label="Only these keywords" hint="one per line; Animals > Birds > Kestrel also adds Birds and Animals" words=${k.vocabulary} lines onChange=${(vocabulary) => keyword({ vocabulary })} />
      </div></details>
      ${problem && html`<p class="notice problem" role="alert">${problem}</p>`}
    </fieldset>`;
}

/**
 * Words with commas between, or a line each. What is typed stays as it is typed until the field is
 * left.
 */
function Words({ label, hint, words = [], lines = false, onChange }) {
  const [text, setText] = useState(null);
  const field = {
    value: text ?? words.join(lines ? '\n' : ', '), spellcheck: true, onBlur: () => setText(null), onInput: (event) => {
      setText(event.target.value);
      onChange((lines ? linesOf : wordsOf)(event.target.value));
    },
  };
  return html`
    <label class="context"><span>${label} <small class="soft">${hint}</small></span>
      ${lines ? html`<textarea rows="4" ...${field}></textarea>` : html`<input type="text" ...${field} />`}</label>`;
}
