// The whole page: the bar at the top, then either the place to drop photos or a batch, and what lies above both.
import { html } from '../html.js';
import { useStore } from '../store.js';
import { Top } from './top.js';
import { Start } from './start.js';
import { Batch } from './batch.js';
import { DropVeil } from './drop.js';
import { Toasts } from './toasts.js';
import { Preview } from './preview.js';
import { About } from './about.js';
import { Download } from './download.js';
import { Apply } from './apply.js';
import { Replace } from './replace.js';

export function App() {
  const { batch, dialog, preview } = useStore('batch', 'dialog', 'preview');
  return html`
    <${Top} />
    ${batch ? html`<${Batch} />` : html`<${Start} />`}
    <${DropVeil} />
    <${Toasts} />
    ${preview && html`<${Preview} />`}
    ${dialog === 'about' && html`<${About} />`}
    ${dialog === 'download' && html`<${Download} />`}
    ${dialog === 'apply' && html`<${Apply} />`}
    ${dialog === 'replace' && html`<${Replace} />`}
  `;
}
