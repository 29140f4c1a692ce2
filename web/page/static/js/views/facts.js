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
    ? { title: `Described by ${label}`, text: 'A vision model looks at each photo. Models err: read what they wrote before you submit it.' }
    : { title: `Described by ${label}`, text: 'It uses colours, shapes, camera facts and the words that are in your files already. It does not recognise subjects.' };
  const where = !describer.remote
    ? { title: 'Nothing goes further', text: 'Photos go from this browser to this server and to nobody else. No model outside is asked.' }
    : {
      title: 'A small copy leaves the server',
      text: `Each photo, ${service.image?.side ?? 1024} px and without its metadata, goes to the model${service.delivery === 'url' ? ', which fetches it from an address that ends with the photo' : ''}; with it, as text, date, place name, existing title, keywords and what you say about the shoot. Never GPS, camera or folder names.`,
    };
  const kept = { title: `Deleted after ${duration(service.keep_seconds)}`, text: 'Originals are never kept. The small copies and the texts go that long after the batch has ended and you last looked at it, or at once when you say so.' };
  return [who, where, kept];
}

export function Facts() {
  const { service } = useStore('service');
  return html`
    <ul class="facts">
      ${factsOf(service).map((fact) => html`<li><h2>${fact.title}</h2><p>${fact.text}</p></li>`)}
    </ul>`;
}
