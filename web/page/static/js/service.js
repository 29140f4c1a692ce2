// What this server offers, which batches it has for this browser, and what the person chose for the
// next one.
import * as api from './api.js';
import { withWishes } from './brief.js';
import { keepHere, keptHere, recall, remember } from './preferences.js';
import { set, state } from './store.js';

export async function loadService() {
  try {
    const service = await api.service();
    const names = service.agencies.map((a) => a.name);
    const wanted = (recall('tagroll-agency') ?? '').split(',').filter((name) => names.includes(name));
    const usual = service.agencies.filter((a) => a.default).map((a) => a.name);
    const agencies = [wanted, usual, names.slice(0, 1)].find((list) => list.length > 0) ?? [];
    set('service', { service, serviceProblem: null, agencies, originals: recall('tagroll-originals') === 'yes', ...shoot() });
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

/**
 * Asks something of the words of the next batch. What is usually the same for all shoots is
 * remembered.
 */
export function chooseBrief(brief) {
  const { min, max, single_words } = brief.keywords ?? {};
  remember('tagroll-brief', JSON.stringify(withWishes({}, { language: brief.language, keywords: { min, max, single_words } })));
  set('service', { brief });
  keepHere(next, { context: state.context, brief });
}

/** Says what is known of the shoot that the next batch shows. */
export function chooseContext(context) {
  set('service', { context });
  keepHere(next, { context, brief: state.brief });
}

const next = 'tagroll-next';

/** What has been written for the next batch, also before a reload. */
function shoot() {
  const { context = state.context, brief = usualBrief() } = keptHere(next) ?? {};
  return { context, brief };
}

/**
 * What was asked last time of language and number of keywords; words that belong to a shoot are
 * not.
 */
function usualBrief() {
  try {
    const { language, keywords: { min, max, single_words } = {} } = JSON.parse(recall('tagroll-brief') ?? '{}');
    return withWishes({}, { language, keywords: { min, max, single_words } });
  } catch {
    return {}; // not ours
  }
}

/** The brief of the next batch is made anew: what belongs to one shoot goes. */
export function forgetShoot() {
  keepHere(next, null);
  set('service', { context: '', brief: usualBrief() });
}

export function sendOriginals(originals) {
  remember('tagroll-originals', originals ? 'yes' : 'no');
  set('service', { originals });
}
