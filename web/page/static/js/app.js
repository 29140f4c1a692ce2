// The page starts here: what the server offers, the views, and the keys that work everywhere.
import { html, render } from './html.js';
import { announce } from './announce.js';
import { start } from './batches.js';
import { focusCard, nextToReview, stop } from './cards.js';
import { watchFocus } from './focus.js';
import { redo, undo } from './history.js';
import { recall } from './preferences.js';
import { clearSelection, selectAll } from './selection.js';
import { openDialog, set, state } from './store.js';
import { App } from './views/app.js';

const inText = (element) => element?.matches?.('textarea, input:not([type=checkbox], [type=radio]), select');

const search = () => /** @type {HTMLElement|null} */ (document.querySelector('.search'));

/** Keys that belong to no card, field or dialog. */
function onFreeKey(event) {
  const key = event.key.toLowerCase();
  const ctrl = event.ctrlKey || event.metaKey;
  if (ctrl && key === 'a' && state.batch) selectAll();
  else if (ctrl) return;
  else if (key === '?') openDialog('keys');
  else if (key === 'escape' && state.selected.size > 0) {
    const inPanel = event.target.closest?.('.selection');
    clearSelection();
    if (inPanel) focusCard(stop()); // what had the focus is gone
  } else if (key === 'n' && state.order.length > 0) focusCard(nextToReview(stop()) ?? stop());
  else if (key === '/' && search()) search().focus();
  else return;
  event.preventDefault();
}

addEventListener('keydown', (event) => {
  if (event.defaultPrevented || event.altKey || inText(event.target)) return;
  const key = event.key.toLowerCase();
  const ctrl = event.ctrlKey || event.metaKey;
  if (ctrl && key === 'z' && !event.shiftKey) undo();
  else if (ctrl && (key === 'y' || key === 'z')) redo();
  else if (!document.querySelector('dialog[open]')) {
    onFreeKey(event);
    return;
  } else return;
  event.preventDefault();
});

set('view', {
  layout: recall('tagroll-layout') === 'table' ? 'table' : 'grid', size: Number(recall('tagroll-size') ?? 1), allKeywords: recall('tagroll-all-keywords') === 'yes',
});

const root = document.getElementById('app');
root.replaceChildren();
render(html`<${App} />`, root);
performance.mark('ready'); // BenchmarkFirstPaint reads it
announce();
watchFocus();
start();
