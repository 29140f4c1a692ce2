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

/**
 * For an open batch that this tab does not send to: while another tab does, that is said and
 * nothing else is offered; when it no longer does, the photos that never left this computer are
 * named.
 * @param {() => void} [complete] what to do instead if none is missing
 */
export async function watchUnsent(complete) {
  const { id } = state.batch;
  const here = () => state.batch?.id === id && state.batch.state === 'open' && !state.gone;
  while (here() && (await tabs.heldElsewhere(tabs.sender(id)))) {
    if (here() && !state.sending) set('hold', { sending: true });
    await new Promise((resolve) => setTimeout(resolve, lookEvery));
  }
  if (!here()) return;
  const names = namesOfLost(id);
  set('hold', { sending: false, lost: names.length > 0 || !complete ? { names } : null });
  if (!state.lost) complete?.();
}

function namesOfLost(batch) {
  const { names = [] } = noted().find((one) => one.batch === batch) ?? {};
  return names.filter(([id]) => !state.photos.get(id)?.photo).map(([, name]) => name);
}
