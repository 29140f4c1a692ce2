// The keys that help, as a list.
import { html } from '../html.js';
import { Dialog } from './dialog.js';

/** @type {[string, [string, string][]][]} */
const groups = [
  ['Photos', [
    ['← ↑ → ↓', 'to the photo beside, above, below'], ['Enter', 'into the texts of the photo'], ['Esc', 'out of the texts; then: select none'],
    ['Ctrl Enter', 'seen: on to the next that has to be reviewed'], ['N', 'the next to review'], ['O', 'open large'], ['S', 'seen, or not seen'],
    ['C, V', 'copy the keywords; paste them to this photo or the selected ones'], ['=', 'the same texts as the photo before'], ['K', 'keywords and category'],
  ]],
  ['Selection', [
    ['Click, Space', 'selects; Ctrl adds, Shift takes all in between'], ['Ctrl A', 'all photos on show'], ['A', 'the photos that look like this one'], ['Esc', 'none'], ['Drag', 'a frame from an empty place'],
  ]],
  ['Keywords', [
    ['← →', 'from keyword to keyword'], ['Alt ← →', 'moves the keyword; Alt Home makes it the first'], ['Delete', 'removes it'], ['Enter', 'writes it anew'],
  ]],
  ['Large view', [
    ['J, K', 'the next, the one before; Ctrl J and Ctrl K inside of a field, which stays the same'], ['Page Down, Page Up', 'the same, everywhere'], ['Z', '100% and back'], ['Esc, Back', 'closes it'],
  ]],
  ['Everywhere', [['Ctrl Z', 'undo; Ctrl Shift Z: redo'], ['/', 'search'], ['?', 'this list']]],
];

export function KeyList() {
  return groups.map(([title, keys]) => html`
    <section key=${title}><h3>${title}</h3><dl class="keys">${keys.map(([key, does]) => html`<div key=${key}><dt><kbd>${key}</kbd></dt><dd>${does}</dd></div>`)}</dl></section>`);
}

export function Keys() {
  return html`<${Dialog} title="Keys" class="key-list"><${KeyList} /></${Dialog}>`;
}
