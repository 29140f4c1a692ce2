// What the describer should know of the shoot. It counts for photos that are described from now on.
import { html, useState } from '../html.js';
import { changeContext } from '../batches.js';
import { closeDialog, useStore } from '../store.js';
import { Dialog } from './dialog.js';

export function Context() {
  const { batch } = useStore('batch');
  const [text, setText] = useState(batch.context ?? '');
  return html`
    <${Dialog} title="About the shoot">
      <form onSubmit=${(event) => {
        event.preventDefault();
        changeContext(text);
        closeDialog();
      }}>
        <div class="field"><label for="context-text">Place, event, names that the model cannot see</label>
          <textarea id="context-text" rows="4" maxlength="4000" value=${text} spellcheck autofocus onInput=${(event) => setText(event.target.value)}></textarea></div>
        <p class="soft">It goes to the model with each photo that is described from now on. Select photos and choose “Describe again” to have it count for those as well.</p>
        <div class="row end"><button type="button" class="quiet" onClick=${closeDialog}>Cancel</button><button type="submit" class="primary">Keep</button></div>
      </form>
    </${Dialog}>`;
}
