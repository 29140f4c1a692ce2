// What the person asks of the words: how many keywords, which always and which never, in which
// language.
import { html, useState } from '../html.js';
import { briefProblem, languageName, languages, numberOf, withWishes, wordsOf } from '../brief.js';

/**
 * @param {{brief: import('../../../api.d.ts').Brief, onChange: (brief: import('../../../api.d.ts').Brief) => void}} props
 */
export function Wishes({ brief, onChange }) {
  const k = brief.keywords ?? {};
  const change = (wishes) => onChange(withWishes(brief, wishes));
  const keyword = (members) => change({ keywords: members });
  const problem = briefProblem(brief);
  const language = brief.language ?? '';
  const code = Object.keys(languages).find((one) => one === language || languages[one] === language) ?? (language === 'English' ? '' : language);
  return html`
    <fieldset class="wishes"><legend class="visually-hidden">Keywords and language</legend>
      <div class="row">
        <label class="field-inline">Keywords: at least <input type="text" inputmode="numeric" class="number" maxlength="3" value=${k.min || ''} onInput=${(event) => keyword({ min: numberOf(event.target.value) })} /></label>
        <label class="field-inline">at most <input type="text" inputmode="numeric" class="number" maxlength="3" value=${k.max || ''} onInput=${(event) => keyword({ max: numberOf(event.target.value) })} /></label>
        <label class="check"><input type="checkbox" checked=${Boolean(k.single_words)} onChange=${(event) => keyword({ single_words: event.target.checked })} /><span>Single words only</span></label>
      </div>
      <${Words} label="Always" hint="keywords that every photo gets, separated by commas" words=${k.require} onChange=${(require) => keyword({ require })} />
      <${Words} label="Never" hint="words that must not appear" words=${k.ban} onChange=${(ban) => keyword({ ban })} />
      <div class="row">
        <label class="field-inline">Language
          <select onChange=${(event) => change({ language: event.target.value })}>
            <option value="" selected=${code === ''}>English</option>
            ${code !== '' && !languages[code] && html`<option value=${code} selected>${languageName(code)}</option>`}
            ${Object.entries(languages).sort(([, a], [, b]) => a.localeCompare(b)).map(([one, name]) => html`<option value=${one} selected=${one === code}>${name}</option>`)}
          </select></label>
        <label class="check"><input type="checkbox" checked=${Boolean(brief.editorial)} onChange=${(event) => change({ editorial: event.target.checked })} /><span>Editorial <small class="soft">names are allowed; descriptions begin with place and date</small></span></label>
      </div>
      ${problem && html`<p class="notice problem" role="alert">${problem}</p>`}
    </fieldset>`;
}

/** Words with commas between. What is typed stays as it is typed until the field is left. */
function Words({ label, hint, words = [], onChange }) {
  const [text, setText] = useState(null);
  return html`
    <label class="context"><span>${label} <small class="soft">${hint}</small></span>
      <input type="text" value=${text ?? words.join(', ')} spellcheck onBlur=${() => setText(null)} onInput=${(event) => {
        setText(event.target.value);
        onChange(wordsOf(event.target.value));
      }} /></label>`;
}
