// What the rules have against the photos on show, and what of it can be mended at one click.
import { html } from '../html.js';
import { fixable } from '../together.js';
import { useStore, visible } from '../store.js';
import { Dialog } from './dialog.js';
import { Fixes } from './panel.js';

export function Mend() {
  useStore('counts', 'view');
  const fixes = fixable(visible());
  return html`
    <${Dialog} title="Fix warnings">
      ${fixes.length === 0 && html`<p class="soft">Nothing is left that one click can fix. The filter “Warnings” shows the others.</p>`}
      <${Fixes} fixes=${fixes} of="all photos shown" />
    </${Dialog}>`;
}
