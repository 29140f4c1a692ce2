// What the batch has cost so far and will cost: the sum, and behind it calls and tokens by kind.
import { html, useEffect, useRef } from '../html.js';
import { costOf, tiersOf } from '../cost.js';
import { ended } from '../events.js';
import { counts, state, useStore } from '../store.js';
import { count, dollars } from '../words.js';

const number = (n) => n.toLocaleString('en');
const soFar = (now, end) => (end > now ? `${number(now)} of about ${number(end)}` : number(now));

/** The sum in a few words, and the rows behind it; null while nothing is known. */
function costNow() {
  const { batch } = state;
  const n = counts();
  const { spent, calls, tokens, expected } = costOf(batch, ended(batch) && n.unsent === 0 ? 0 : n.total - n.completed);
  if (calls + tokens === 0 && !expected) return null;
  const u = batch.usage;
  const rows = [
    ['Calls', soFar(calls, expected?.calls)],
    ['Tokens', soFar(tokens, expected?.tokens)],
    ...(u ? [['input', number(u.input_tokens)], ['of these from the cache', u.cached_tokens && `${number(u.cached_tokens)} (${Math.round((100 * u.cached_tokens) / u.input_tokens)}%)`], ['of these into the cache', u.cache_write_tokens], ['output', number(u.output_tokens)], ['of these for reasoning', u.reasoning_tokens]] : []),
    ['1,000 photos', spent > 0 && batch.per_photo && dollars(1000 * batch.per_photo.cost_usd)],
    ...tiersOf(batch),
  ].filter(([, value]) => value);
  const about = expected?.cost > spent && `about ${dollars(expected.cost)}`;
  return { sum: about ? (spent > 0 ? `${dollars(spent)} of ${about}` : about) : spent > 0 ? dollars(spent) : count(calls, 'call'), rows };
}

const inside = ['input', 'of these from the cache', 'of these into the cache', 'output', 'of these for reasoning'];

const Rows = ({ rows }) => html`<dl>${rows.map(([what, value]) => html`<div key=${what} class=${inside.includes(what) ? 'inside' : ''}><dt>${what}</dt><dd>${typeof value === 'number' ? number(value) : value}</dd></div>`)}</dl>`;

/** In the head: the sum, which opens the rows. */
export function Cost() {
  const box = useRef();
  // It lies over the photos: a click beside it, or Escape, puts it away.
  useEffect(() => {
    const away = (event) => {
      if (box.current?.open && (event.key === 'Escape' || (event.type === 'pointerdown' && !box.current.contains(event.target)))) box.current.open = false;
    };
    addEventListener('pointerdown', away);
    addEventListener('keydown', away);
    return () => {
      removeEventListener('pointerdown', away);
      removeEventListener('keydown', away);
    };
  }, []);
  const cost = costNow();
  return cost && html`<details ref=${box} class="cost wide-only"><summary><span class="visually-hidden">Cost: </span>${cost.sum}</summary><${Rows} rows=${cost.rows} /></details>`;
}

/** In a dialog: all of it. The head of a phone has no room for it. */
export function CostSection() {
  useStore('counts', 'batch');
  const cost = state.batch && costNow();
  return cost && html`<section class="cost"><h3>Cost of this batch: ${cost.sum}</h3><${Rows} rows=${cost.rows} /></section>`;
}
