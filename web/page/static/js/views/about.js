// What runs here, what leaves the computer, what the limits are, and which keys help.
import { html } from '../html.js';
import { sendOriginals } from '../service.js';
import { useStore } from '../store.js';
import { bytes, count, duration } from '../words.js';
import { CostSection } from './cost.js';
import { Dialog } from './dialog.js';
import { factsOf } from './facts.js';
import { KeyList } from './keys.js';

export function About() {
  const { service, batch, originals } = useStore('service', 'batch');
  if (!service) return null;
  const l = service.limits;
  const limits = [
    l.photos_per_batch > 0 && `${count(l.photos_per_batch, 'photo')} in a batch`,
    l.bytes_per_photo > 0 && `${bytes(l.bytes_per_photo)} per photo`,
    l.pixels_per_photo > 0 && `${Math.round(l.pixels_per_photo / 1e6)} megapixels per photo`,
    l.photos_per_hour > 0 && `${count(l.photos_per_hour, 'photo')} per hour`,
    l.open_batches > 0 && `${count(l.open_batches, 'batch', 'batches')} at a time`,
    `kept for ${duration(service.keep_seconds)}`,
  ].filter(Boolean);
  return html`
    <${Dialog} title="What happens here" class="about">
      <${CostSection} />
      ${factsOf(service, batch?.describer ? { ...service.describer, ...batch.describer } : service.describer).map((fact) => html`<section key=${fact.title}><h3>${fact.title}</h3><p class="soft">${fact.text}</p></section>`)}
      <section><h3>Limits</h3><p class="soft">${limits.join(' · ')}</p></section>
      <label class="switch"><input type="checkbox" role="switch" checked=${originals} onChange=${(event) => sendOriginals(event.target.checked)} />
        <span>Send originals <small>instead of copies of ${service.image?.side ?? 1024} px made in this browser</small></span></label>
      <${KeyList} />
      <p class="soft small">tagroll ${service.version} · <a href="api/openapi.json">API</a></p>
    </${Dialog}>`;
}
