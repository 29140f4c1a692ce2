// The page starts here: what the server offers, the views, and the keys that work everywhere.
import { html, render } from './html.js';
import { announce } from './announce.js';
import { start } from './batches.js';
import { redo, undo } from './edits.js';
import { App } from './views/app.js';

const inText = (element) => element?.matches?.('textarea, input:not([type=checkbox], [type=radio]), select');

addEventListener('keydown', (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.altKey || inText(event.target)) return;
  const key = event.key.toLowerCase();
  if (key === 'z' && !event.shiftKey) undo();
  else if (key === 'y' || (key === 'z' && event.shiftKey)) redo();
  else return;
  event.preventDefault();
});

const root = document.getElementById('app');
root.replaceChildren();
render(html`<${App} />`, root);
performance.mark('ready'); // BenchmarkFirstPaint reads it
announce();
start();
