// What this server offers, which batches it has for this browser, and what the person chose for the next one.
import * as api from './api.js';
import { recall, remember } from './preferences.js';
import { set } from './store.js';

export async function loadService() {
  try {
    const service = await api.service();
    const names = service.agencies.map((a) => a.name);
    const wanted = (recall('tagroll-agency') ?? '').split(',').filter((name) => names.includes(name));
    const usual = service.agencies.filter((a) => a.default).map((a) => a.name);
    const agencies = [wanted, usual, names.slice(0, 1)].find((list) => list.length > 0) ?? [];
    set('service', { service, serviceProblem: null, agencies, originals: recall('tagroll-originals') === 'yes' });
  } catch (error) {
    set('service', { serviceProblem: error.message });
    setTimeout(loadService, 3000);
  }
}

export async function loadRecent() {
  try {
    set('recent', { recent: await api.batches() });
  } catch {
    // The list is a convenience; the server's absence is told where it matters.
  }
}

/** Chooses the agencies whose rules count for the next batch. */
export function chooseAgencies(agencies) {
  remember('tagroll-agency', agencies.join());
  set('service', { agencies });
}

export function sendOriginals(originals) {
  remember('tagroll-originals', originals ? 'yes' : 'no');
  set('service', { originals });
}
