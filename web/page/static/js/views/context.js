// What the describer should know of the shoot, what the words shall be, and what the batch is
// called. It counts for photos that are described from now on. The dialog stays until the server
// has it; what was written and not saved is there when it is opened again.
import { html, useState } from '../html.js';
import { changeShoot } from '../batches.js';
import { briefProblem } from '../brief.js';
import { keepHere, keptHere } from '../preferences.js';
import { closeDialog, useStore } from '../store.js';
import { nameOf } from '../words.js';
import { Dialog } from './dialog.js';
import { Wishes } from './wishes.js';

export function Context() {
  const { batch } = useStore('batch');
  const draft = 'tagroll-context-' + batch.id;
  const [kept] = useState(keptHere(draft));
  const [form, setForm] = useState(kept ?? { text: batch.context ?? '', brief: batch.brief ?? {}, name: nameOf(batch) });
  const [busy, setBusy] = useState(false);
  const { text, brief, name } = form;
  const write = (members) => {
    setForm({ ...form, ...members });
    keepHere(draft, { ...form, ...members });
  };
  const close = () => {
    keepHere(draft, null);
    closeDialog();
  };
  const save = async (event) => {
    event.preventDefault();
    setBusy(true);
    const done = await changeShoot({ context: text, brief, ...(name.trim() !== nameOf(batch) ? { name: name.trim() } : {}) });
    setBusy(false);
    if (done) close();
  };
  return html`
    <${Dialog} title="About the shoot">
      <form onSubmit=${save}>
        <div class="field"><label for="batch-name">Name of the batch</label>
          <input id="batch-name" type="text" maxlength="100" value=${name} onInput=${(event) => write({ name: event.target.value })} /></div>
        <div class="field"><label for="context-text">Place, event, names that the model cannot see</label>
          <textarea id="context-text" dir="auto" rows="4" maxlength="4000" value=${text} spellcheck autofocus onInput=${(event) => write({ text: event.target.value })}></textarea></div>
        <${Wishes} brief=${brief} onChange=${(brief) => write({ brief })} />
        <p class="soft">This goes to the model with each photo described from now on. To use it for photos that are already described, select them and choose “Describe again”.</p>
        ${kept && html`<p class="notice limit">You wrote this earlier and have not saved it.</p>`}
        <div class="row end"><button type="button" class="quiet" onClick=${close}>Cancel</button><button type="submit" class="primary" disabled=${busy || briefProblem(brief) !== ''}>Save</button></div>
      </form>
    </${Dialog}>`;
}
