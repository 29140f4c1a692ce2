// Describing photos again: what was written by hand stays, unless the person says otherwise.
import { html, useState } from '../html.js';
import { describeAgain } from '../batches.js';
import { photosWord } from '../edits.js';
import { closeDialog, useStore } from '../store.js';
import { count } from '../words.js';
import { Dialog } from './dialog.js';

export function Again() {
  const { selected, photos, service } = useStore('selected');
  const costs = service?.describer?.name === 'offline' ? 'Each photo gets a new draft.' : 'Each photo costs another call to the model.';
  const [overwrite, setOverwrite] = useState(false);
  const ids = [...selected].filter((id) => photos.get(id)?.photo);
  const edited = ids.filter((id) => photos.get(id).photo.edited_at).length;
  return html`
    <${Dialog} title=${`Describe ${photosWord(ids.length)} again`}>
      <form onSubmit=${(event) => {
        event.preventDefault();
        closeDialog();
        describeAgain(ids, overwrite);
      }}>
        <p class="soft">${costs} You can undo this.</p>
        ${edited > 0 && html`<label class="check"><input type="checkbox" checked=${overwrite} onChange=${(event) => setOverwrite(event.target.checked)} />
          <span>Also replace what was written by hand <small class="soft">${count(edited, 'photo has', 'photos have')} edited texts, which are kept otherwise.</small></span></label>`}
        <div class="row end"><button type="button" class="quiet" onClick=${closeDialog}>Cancel</button>
          <button type="submit" class="primary">Describe again</button></div>
      </form>
    </${Dialog}>`;
}
