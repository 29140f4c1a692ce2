// What the describer should know of the shoot, what the words shall be, and what the batch is
// called. It counts for photos that are described from now on. The dialog stays until the server
// has it.
import { html, useState } from '../html.js';
import { changeShoot } from '../batches.js';
import { briefProblem } from '../brief.js';
import { closeDialog, useStore } from '../store.js';
import { nameOf } from '../words.js';
import { Dialog } from './dialog.js';
import { Wishes } from './wishes.js';

export function Context() {
  const { batch } = useStore('batch');
  const [text, setText] = useState(batch.context ?? '');
  const [brief, setBrief] = useState(batch.brief ?? {});
  const [name, setName] = useState(nameOf(batch));
  const [busy, setBusy] = useState(false);
  const save = async (event) => {
    event.preventDefault();
    setBusy(true);
    const done = await changeShoot({ context: text, brief, ...(name.trim() !== nameOf(batch) ? { name: name.trim() } : {}) });
    setBusy(false);
    if (done) closeDialog();
  };
  return html`
    <${Dialog} title="About the shoot">
      <form onSubmit=${save}>
        <div class="field"><label for="batch-name">Name of the batch</label>
          <input id="batch-name" type="text" maxlength="100" value=${name} onInput=${(event) => setName(event.target.value)} /></div>
        <div class="field"><label for="context-text">Place, event, names that the model cannot see</label>
          <textarea id="context-text" rows="4" maxlength="4000" value=${text} spellcheck autofocus onInput=${(event) => setText(event.target.value)}></textarea></div>
        <${Wishes} brief=${brief} onChange=${setBrief} />
        <p class="soft">It goes to the model with each photo that is described from now on. Select photos and choose “Describe again” to have it count for those as well.</p>
        <div class="row end"><button type="button" class="quiet" onClick=${closeDialog}>Cancel</button><button type="submit" class="primary" disabled=${busy || briefProblem(brief) !== ''}>Save</button></div>
      </form>
    </${Dialog}>`;
}
