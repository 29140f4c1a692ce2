// The keys that help, as a list.
import { html } from '../html.js';
import { Dialog } from './dialog.js';

/** @type {[string, [string, string][]][]} */
const groups = [
  ['Photos', [
    ['← ↑ → ↓', 'go to the photo beside, above or below'], ['Enter', 'edit the texts of the photo'], ['Esc', 'leave the texts; again: select none'],
    ['Ctrl Enter', 'mark as seen and go to the next photo to review'], ['N', 'go to the next photo to review'], ['O', 'open large'], ['S', 'mark as seen, or as not seen'],
    ['C, V', 'copy the keywords; paste them into this photo or the selected ones'], ['=', 'take the texts of the photo before'], ['K', 'change keywords and category'],
  ]],
  ['Selection', [
    ['Click, Space', 'select; Ctrl adds one, Shift all in between'], ['Ctrl A', 'select all photos shown'], ['A', 'select the photos that look like this one'], ['Esc', 'select none'], ['Drag', 'from an empty place: draw a frame around photos'],
  ]],
  ['Keywords', [
    ['← →', 'go from keyword to keyword'], ['Alt ← →', 'move the keyword; Alt Home makes it the first'], ['Delete', 'remove the keyword'], ['Enter', 'edit the keyword'],
  ]],
  ['Large view', [
    ['J, K', 'next photo, previous photo; in a field with Ctrl: the same field of it'], ['Page Down, Page Up', 'next photo, previous photo, from anywhere'], ['Z', '100% and back'], ['Esc, Back', 'close'],
  ]],
  ['Everywhere', [['Ctrl Z', 'undo; Ctrl Shift Z: redo'], ['/', 'search'], ['?', 'show this list']]],
];

export function KeyList() {
  return groups.map(([title, keys]) => html`
    <section key=${title}><h3>${title}</h3><dl class="keys">${keys.map(([key, does]) => html`<div key=${key}><dt><kbd>${key}</kbd></dt><dd>${does}</dd></div>`)}</dl></section>`);
}

export function Keys() {
  return html`<${Dialog} title="Keyboard shortcuts" class="key-list"><${KeyList} /></${Dialog}>`;
}
