// The whole page: the bar at the top, then either the place to drop photos or a batch, and what
// lies above both.
import { html } from '../html.js';
import { useStore } from '../store.js';
import { About } from './about.js';
import { Again } from './again.js';
import { Apply } from './apply.js';
import { Batch } from './batch.js';
import { Context } from './context.js';
import { Download } from './download.js';
import { DropVeil } from './drop.js';
import { Keys } from './keys.js';
import { Mend } from './mend.js';
import { Preview } from './preview.js';
import { Replace } from './replace.js';
import { Start } from './start.js';
import { StepsDialog } from './stepsdialog.js';
import { Toasts } from './toasts.js';
import { Top } from './top.js';

const dialogs = { about: About, again: Again, apply: Apply, context: Context, download: Download, keys: Keys, mend: Mend, replace: Replace, steps: StepsDialog };

export function App() {
  const { batch, dialog, preview } = useStore('batch', 'dialog', 'preview');
  const Open = dialogs[dialog];
  return html`
    <${Top} />
    ${batch ? html`<${Batch} />` : html`<${Start} />`}
    <${DropVeil} />
    ${!preview && !Open && html`<${Toasts} />`}
    ${preview && html`<${Preview} />`}
    ${Open && html`<${Open} />`}
  `;
}
