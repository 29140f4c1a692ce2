// A batch: how far it is, what stands in its way, its photos, and what can be done with them.
import { html, useEffect, useLayoutEffect, useMemo, useState } from '../html.js';
import { elementOf, stop } from '../cards.js';
import { setView, useStore, visible } from '../store.js';
import { count } from '../words.js';
import { Card } from './card.js';
import { Notices } from './notices.js';
import { Progress } from './progress.js';
import { Frame, Selection } from './selection.js';
import { Row, Table } from './table.js';
import { Toolbar } from './toolbar.js';

export function Batch() {
  const { batch, gone, order } = useStore('batch', 'order');
  if (gone && order.length === 0) {
    return html`<main class="batch"><h1 class="visually-hidden">Batch</h1><${Notices} /></main>`;
  }
  return html`
    <main class="batch">
      <h1 class="visually-hidden">${batch.name || 'Batch'}, ${count(order.length, 'photo')}</h1>
      <div class="head">
        <${Progress} />
        ${order.length > 0 && html`<${Toolbar} />`}
      </div>
      <${Notices} />
      <${Photos} />
      <${Selection} />
      <${Frame} />
    </main>`;
}

function Photos() {
  const { layout, filter, search, size } = useStore('order', 'view', 'filtered', 'size');
  const all = visible();
  const ids = all.slice(0, useGrowing(all.length));
  const item = useItems(layout);
  // There is always one card that Tab reaches, whichever are shown.
  useLayoutEffect(() => elementOf(stop() ?? '')?.setAttribute('tabindex', '0'));
  if (all.length === 0 && (filter !== 'all' || search)) {
    return html`<p class="nothing">No photos match. <button type="button" class="quiet" onClick=${() => setView({ filter: 'all', search: '' })}>Show all</button></p>`;
  }
  if (layout === 'table') return html`<${Table} size=${size} rows=${ids.map(item)} />`;
  return html`<ul class=${'grid size-' + size}>${ids.map(item)}</ul>`;
}

const portion = 40;

/**
 * How many of the photos are drawn: a portion at first and another with every pause, so that no
 * drop holds the page.
 */
function useGrowing(wanted) {
  const [drawn, draw] = useState(portion);
  useEffect(() => {
    if (drawn >= wanted) return;
    const timer = setTimeout(() => draw(drawn + portion));
    return () => clearTimeout(timer);
  }, [drawn, wanted]);
  return drawn;
}

/**
 * Makes the element of a photo once. The same object given again tells Preact that nothing below it
 * has to be looked at.
 */
function useItems(layout) {
  const made = useMemo(() => new Map(), [layout]);
  return (id) => {
    if (!made.has(id)) {
      made.set(id, layout === 'table' ? html`<${Row} key=${id} id=${id} />` : html`<li key=${id}><${Card} id=${id} /></li>`);
    }
    return made.get(id);
  };
}
