// Whether the server has a newer page than this one: it may have been upgraded while the tab was
// open. The old page goes on working, so that it only says so.
import { changed, state, subscribe } from './store.js';

const pause = 10 * 60 * 1000; // ms between two looks
// The hash in the files' address.
const own = new URL('..', import.meta.url).pathname.split('/').at(-2);

let looked = Date.now();

async function look() {
  if (state.newer) return;
  looked = Date.now();
  try {
    const answer = await fetch('./', { cache: 'no-cache' });
    const html = answer.ok ? await answer.text() : '';
    const [, theirs] = /\bassets\/([0-9a-f]{16})\//.exec(html) ?? [];
    if (!theirs || theirs === own) return;
    Object.assign(state, { newer: true });
    changed('newer');
  } catch {
    // The server's absence is told where it matters.
  }
}

/** Begins to look: when a server that was away is back, and when the person comes back. */
export function watch() {
  let away = false;
  subscribe('connection', () => {
    if (away && state.connection !== 'lost') look();
    away = state.connection === 'lost';
  });
  document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && Date.now() - looked > pause && look());
}
