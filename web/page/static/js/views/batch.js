// A batch: how far it is, what stands in its way, its photos, and what can be done with them.
import { html } from '../html.js';
import { useStore, visible } from '../store.js';
import { ended } from '../events.js';
import { count } from '../words.js';
import { Card } from './card.js';
import { Notices } from './notices.js';
import { Progress } from './progress.js';
import { SelectionBar } from './selection.js';
import { Table } from './table.js';
import { Toolbar } from './toolbar.js';

export function Batch() {
  const { batch, gone, order } = useStore('batch', 'order');
  if (gone && order.length === 0) {
    return html`<main class="batch"><h1 class="visually-hidden">Batch</h1><${Notices} /></main>`;
  }
  return html`
    <main class="batch">
      <h1 class="visually-hidden">Batch of ${count(order.length, 'photo')}</h1>
      <${Progress} />
      <${Notices} />
      ${order.length > 0 && html`<${Toolbar} />`}
      <${Photos} />
      ${ended(batch) && html`<${SelectionBar} />`}
    </main>`;
}

function Photos() {
  const { layout, filter } = useStore('order', 'view', 'filtered');
  const ids = visible();
  if (ids.length === 0 && filter !== 'all') return html`<p class="nothing">No photo is in this state.</p>`;
  if (layout === 'table') return html`<${Table} ids=${ids} />`;
  return html`<ul class="grid">${ids.map((id) => html`<li key=${id}><${Card} id=${id} /></li>`)}</ul>`;
}
