// Photos that were dropped and have not arrived: what another tab is sending, and what a closed one
// left behind.
import { recall, remember } from './preferences.js';
import { set, state } from './store.js';
import * as tabs from './tabs.js';

const lookEvery = 1500; // ms

const key = 'tagroll-unsent';
const batches = 10; // the newest are remembered

/** Remembers what is on its way, so that after a reload the page can name what is missing. */
export function noteUnsent() {
  const names = state.order.map((id) => [id, state.photos.get(id).filename]);
  const others = noted().filter((one) => one.batch !== state.batch.id); // other tabs send, too
  remember(key, JSON.stringify([...others, { batch: state.batch.id, names }].slice(-batches)));
}

/** @returns {{batch: string, names: [string, string][]}[]} */
function noted() {
  try {
    return [JSON.parse(recall(key)) ?? []].flat();
  } catch {
    return []; // not ours
  }
}

let complete = () => {};

/** Calls fn when a batch is found open although all photos that were dropped have arrived. */
export const whenComplete = (fn) => (complete = fn);

/**
 * For an open batch that this tab does not send to: while another tab does, that is said and
 * nothing else is offered; when it no longer does, the photos that never left this computer are
 * named. If none is missing the page was left just before it could close the batch.
 */
export async function watchUnsent() {
  const { id } = state.batch;
  const here = () => state.batch?.id === id && state.batch.state === 'open' && !state.gone;
  while (here() && (await tabs.heldElsewhere(tabs.sender(id)))) {
    if (here() && !state.sending) set('hold', { sending: true });
    await new Promise((resolve) => setTimeout(resolve, lookEvery));
  }
  if (!here()) return;
  const dropped = noted().find((one) => one.batch === id)?.names;
  const names = (dropped ?? []).filter(([photo]) => !state.photos.get(photo)?.photo).map(([, name]) => name);
  const arrived = dropped && names.length === 0;
  set('hold', { sending: false, lost: arrived ? null : { names } });
  if (arrived) complete();
}
