// Keywords as chips: added, removed, written anew and put in order, by keyboard, pointer or finger.
// The order matters: agencies weigh the first ten most, so those are marked.
//
// One chip at a time is in the order of Tab; arrows go between them. Alt with an arrow moves the
// chip, Delete removes it, Enter writes it anew. While somebody is in here, the words stay as they
// are seen, whatever the server says meanwhile.
import { html, useEffect, useId, useLayoutEffect, useRef, useState } from '../html.js';
import { say } from '../announce.js';
import { useDraft, useLeaving } from '../draft.js';
import { fitting } from '../edits.js';
import { noteTyped } from '../keywordsets.js';
import * as spelling from '../spelling.js';
import { limits as limitsOf, useStore } from '../store.js';
import { parseKeywords, uniqueKeywords } from '../words.js';
import { Counter, findings, Findings, lang } from './fields.js';
import { useChipDrag } from './chipdrag.js';
import { KeywordInput } from './keywordinput.js';
import { useTab } from './inside.js';
import { Icon } from './icons.js';

const shownAtFirst = 10;

export function Keywords({ entry, large }) {
  const id = useId();
  const draft = useDraft(entry, 'keywords');
  const words = draft.value;
  const limits = limitsOf();
  const list = findings(entry, 'keywords');
  const { allKeywords } = useStore('keywords', 'spelling');
  useEffect(() => void spelling.load(), []);
  const [opened, setOpen] = useState(large);
  const open = opened || allKeywords;
  const tab = useTab();
  const [active, setActive] = useState(0);
  const [writing, setWriting] = useState(-1);
  const focusNext = useRef(null); // index of the chip that gets the focus after drawing, or 'add'
  const box = useRef();
  const shown = open ? words : words.slice(0, shownAtFirst);
  const hidden = words.length - shown.length;
  const at = Math.min(active, Math.max(0, shown.length - 1));

  useLayoutEffect(() => {
    const wanted = focusNext.current;
    if (wanted === null) return;
    focusNext.current = null;
    const target = wanted === 'add' ? box.current.querySelector('.adder input') : box.current.querySelectorAll('.word')[wanted];
    target?.focus();
  });

  const focusOn = (index) => {
    setActive(index);
    focusNext.current = index;
  };
  const move = (from, to) => {
    if (to < 0 || to >= words.length || from === to) return;
    const next = words.slice();
    next.splice(to, 0, next.splice(from, 1)[0]);
    if (to >= shown.length) setOpen(true);
    focusOn(to);
    draft.change(next);
    say(`${next[to]}, now ${to + 1} of ${next.length}`);
  };
  const remove = (index) => {
    const next = words.filter((_, i) => i !== index);
    if (next.length === 0) focusNext.current = 'add';
    else focusOn(Math.min(index, next.length - 1));
    draft.change(next);
    say(`${words[index]} removed, ${next.length} left`);
  };
  const add = (text) => {
    const fresh = parseKeywords(text);
    if (fresh.length === 0) return;
    const next = fitting('keywords', uniqueKeywords(words, fresh));
    const added = next.length - words.length;
    noteTyped(fresh);
    if (added > 0) draft.change(next);
    if (next.length > shownAtFirst) setOpen(true); // what was added is seen where it was put
    say(added > 0 ? `${next.slice(words.length).join(', ')} added, ${next.length} in all` : `${fresh.join(', ')}: already there`);
  };
  const rewrite = (index, text, stay = true) => {
    setWriting(-1);
    if (stay) focusOn(index);
    const fresh = parseKeywords(text);
    const next = fitting('keywords', uniqueKeywords([...words.slice(0, index), ...fresh, ...words.slice(index + 1)]));
    if (next.join('\n') !== words.join('\n')) draft.change(next);
  };

  const onKeyDown = (event) => {
    if (!event.target.classList.contains('word')) return;
    const step = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
    const i = at;
    if (event.ctrlKey || event.metaKey) return;
    if (step && !event.altKey) event.stopPropagation();
    if (step && event.altKey) move(i, i + step);
    else if (event.key === 'Home' && event.altKey) move(i, 0);
    else if (event.key === 'End' && event.altKey) move(i, words.length - 1);
    else if (step && i + step >= shown.length) box.current.querySelector('.more, .adder input')?.focus();
    else if (step) focusOn(Math.max(0, i + step));
    else if (event.key === 'Home') focusOn(0);
    else if (event.key === 'End') focusOn(shown.length - 1);
    else if (event.key === 'Delete' || event.key === 'Backspace') remove(i);
    else if (event.key === 'Enter' || event.key === 'F2') setWriting(i);
    else return;
    event.preventDefault();
  };

  const drag = useChipDrag(box, (from, to) => move(from, to));
  const leading = limits.leading_keywords || shownAtFirst;
  return html`
    <div class="field">
      <div class="field-head"><span id=${id}>Keywords</span><${Counter} n=${words.length} of="keywords" /></div>
      <ul ref=${box} class=${'chips' + (drag.from >= 0 ? ' dragging' : '')} aria-label=${`Keywords of ${entry.filename}, the first ${leading} weigh most`} onKeyDown=${onKeyDown}
        onFocusOut=${(event) => !event.currentTarget.contains(event.relatedTarget) && draft.left()}>
        ${shown.map((word, i) => html`
          <li key=${word} class=${chipClass(i, leading, drag) + (spelling.misspelt(word, entry.photo) ? ' misspelt' : '')} onPointerDown=${(event) => drag.begin(event, i)}>
            ${writing === i
              ? html`<${Rewrite} word=${word} onDone=${(text, stay) => rewrite(i, text, stay)} />`
              : html`
                <button type="button" class="word" dir="auto" data-field="keywords" tabindex=${i === at ? tab : -1} aria-describedby=${spelling.misspelt(word, entry.photo) ? 'spelling-help chips-help' : 'chips-help'}
                  title=${spelling.misspelt(word, entry.photo) ? 'Possibly misspelt' : undefined}
                  onFocus=${() => setActive(i)} onDblClick=${() => setWriting(i)}>${word}</button>
                ${i === at && html`<span class="by-finger">
                  <button type="button" tabindex="-1" aria-label=${`Move ${word} forward`} onClick=${() => move(i, i - 1)}><${Icon} name="left" size=${12} /></button>
                  <button type="button" tabindex="-1" aria-label=${`Move ${word} back`} onClick=${() => move(i, i + 1)}><${Icon} name="right" size=${12} /></button>
                </span>`}
                <button type="button" class="remove" tabindex="-1" aria-label=${`Remove ${word}`} onClick=${() => remove(i)}><${Icon} name="cross" size=${10} /></button>`}
          </li>`)}
        ${hidden > 0 && html`<li class="chip-end"><button type="button" class="more" tabindex=${tab} onClick=${() => {
          setOpen(true);
          focusOn(shown.length);
        }}>${hidden} more</button></li>`}
        <li class="adder"><${KeywordInput} label=${`Add keywords to ${entry.filename}`} describedby=${id + 'f'} have=${words} onAdd=${add} onBack=${() => words.length > 0 && focusOn(shown.length - 1)} /></li>
      </ul>
      <${Findings} entry=${entry} id=${id + 'f'} list=${list} />
    </div>`;
}

function chipClass(i, leading, drag) {
  let kind = 'chip' + (i < leading ? ' lead' : '');
  if (i === drag.from) kind += ' held';
  if (drag.from >= 0 && i === drag.to && i !== drag.from) kind += drag.to < drag.from ? ' before' : ' after';
  return kind;
}

/** A chip that is being written anew. */
function Rewrite({ word, onDone }) {
  const ref = useRef();
  const done = useRef(false);
  const typed = useRef(word);
  useLayoutEffect(() => {
    ref.current.focus();
    ref.current.select();
  }, []);
  const finish = (text, stay) => {
    if (done.current) return;
    done.current = true;
    onDone(text, stay);
  };
  useLeaving(() => finish(typed.current, false));
  return html`<input ref=${ref} type="text" class="rewrite" dir="auto" spellcheck lang=${lang()} defaultValue=${word} size=${Math.max(4, word.length)} aria-label=${`Keyword ${word}`}
    onInput=${(event) => (typed.current = event.target.value)}
    onBlur=${(event) => finish(event.target.value, false)}
    onKeyDown=${(event) => {
      if (event.isComposing) return;
      if (event.key === 'Enter') finish(event.target.value, true);
      else if (event.key === 'Escape') finish(word, true);
      else return;
      event.preventDefault();
      event.stopPropagation();
    }} />`;
}
