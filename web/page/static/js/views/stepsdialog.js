// The steps that can be taken back, the newest first, each by itself.
import { html } from '../html.js';
import { redo, undo } from '../history.js';
import { useStore } from '../store.js';
import { Dialog } from './dialog.js';

const time = (at) => new Date(at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });

export function StepsDialog() {
  const { undo: steps, redo: undone } = useStore('undo');
  const row = (step, label, act) => html`
    <li key=${step.id} class=${label === 'Redo' ? 'undone' : ''}><time class="soft figure">${time(step.at)}</time><span class="grow">${step.label}</span>
      <button type="button" onClick=${() => act(step.id)}>${label}<span class="visually-hidden">: ${step.label}</span></button></li>`;
  return html`
    <${Dialog} title="Steps" class="steps">
      <p class="soft">Each step can be undone by itself. Text that has changed since then stays as it is.</p>
      <ul class="step-list">
        ${undone.map((step) => row(step, 'Redo', redo))}
        ${steps.toReversed().map((step) => row(step, 'Undo', undo))}
      </ul>
    </${Dialog}>`;
}
