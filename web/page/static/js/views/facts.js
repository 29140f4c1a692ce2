// What everyone should know before they drop a photo: who describes it, what leaves this computer,
// when it is deleted.
import { html } from '../html.js';
import { useStore } from '../store.js';
import { duration } from '../words.js';
import { describerLabel } from './top.js';

/** The sentences, for the first page and for the dialog. */
export function factsOf(service, describer = service.describer) {
  const label = describerLabel(describer);
  const who = describer.remote
    ? { title: `Described by ${label}`, text: 'A vision model looks at each photo. Models make mistakes: check what they write before you submit it.' }
    : { title: `Described by ${label}`, text: 'It uses colours, shapes, camera data and the words already in your files. It does not recognise subjects.' };
  const where = !describer.remote
    ? { title: 'Nothing goes any further', text: 'Photos go from this browser to this server and nowhere else. No outside model is asked.' }
    : {
      title: 'A small copy leaves the server',
      text: `Each photo, ${service.image?.side ?? 1024} px and without its metadata, goes to the model${service.delivery === 'url' ? ', which fetches it from a temporary address' : ''}. With it go, as text, the date, place names, title, caption and keywords that the file has, the words of its name, and what you say about the shoot; never GPS positions, camera data or folder names.`,
    };
  const kept = { title: `Deleted after ${duration(service.keep_seconds)}`, text: 'Originals are never kept. Small copies and texts are deleted this long after the batch has ended and you last looked at it, or at once if you delete the batch.' };
  return [who, where, kept];
}

export function Facts() {
  const { service } = useStore('service');
  return html`
    <ul class="facts">
      ${factsOf(service).map((fact) => html`<li><h2>${fact.title}</h2><p>${fact.text}</p></li>`)}
    </ul>`;
}
