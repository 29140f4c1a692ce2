// Where keywords are typed or pasted: a comma or Enter ends one, and what the batch or the person
// has used before is suggested.
import { html, useId, useRef, useState } from '../html.js';
import { codeOf } from '../brief.js';
import { useLeaving } from '../draft.js';
import { knownKeywords } from '../keywordsets.js';
import { state } from '../store.js';
import { suggest } from '../suggest.js';
import { useTab } from './inside.js';

/**
 * @param {{label: string, describedby?: string, have: string[], onAdd: (text: string) => void,
 *   onBack?: () => void}} props onBack: the way out to the left, from an empty field
 */
export function KeywordInput({ label, describedby, have, onAdd, onBack }) {
  const [text, setText] = useState('');
  const typed = useRef(''); // and not yet taken
  const id = useId();
  const tab = useTab();
  const write = (value) => {
    typed.current = value;
    setText(value);
  };
  const take = (value) => {
    write('');
    onAdd(value);
  };
  useLeaving(() => typed.current.trim() && take(typed.current));
  const found = suggest(text, knownKeywords(), have);
  return html`<input type="text" dir="auto" value=${text} placeholder="Add" tabindex=${tab} aria-label=${label} aria-describedby=${describedby} data-field="keywords"
    enterkeyhint="done" autocapitalize="none" autocomplete="off" spellcheck lang=${codeOf(state.batch?.brief?.language)} list=${found.length > 0 ? id : undefined}
    onInput=${(event) => {
      const { value } = event.target;
      // A suggestion that was chosen comes as a replacement of the whole text.
      const chosen = event.inputType === 'insertReplacementText' || (!event.inputType && found.includes(value));
      if (chosen || /[,;\n]/.test(value)) take(value);
      else write(value);
    }}
    onBlur=${() => text.trim() && take(text)}
    onPaste=${(event) => {
      const pasted = event.clipboardData.getData('text');
      if (!/[,;\n\t]/.test(pasted)) return;
      event.preventDefault();
      take(text + pasted);
    }}
    onKeyDown=${(event) => {
      if (event.ctrlKey || event.metaKey || event.isComposing) return;
      if (event.key === 'Enter') {
        event.preventDefault();
        take(text);
      } else if (event.key === 'Escape' && text !== '') {
        event.preventDefault();
        write('');
      } else if (onBack && (event.key === 'Backspace' || event.key === 'ArrowLeft') && text === '') {
        event.preventDefault();
        onBack();
      }
    }} />${found.length > 0 && html`<datalist id=${id}>${found.map((word) => html`<option value=${word}></option>`)}</datalist>`}`;
}
