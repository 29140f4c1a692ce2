// What a batch has cost and what it will cost. Pure: no page.
import { dollars } from './words.js';

const enough = 5; // described photos whose mean is worth more than the estimate made before

/**
 * What a thousand photos cost, in dollars, where the rules of these agencies count: about what
 * the dearest of them costs alone.
 * @param {{price_per_thousand_usd?: number|null, agencies?: {name: string, price_per_thousand_usd?:
 *   number}[]}} service
 * @param {string[]} [agencies] their names
 */
export function priceOf(service, agencies = []) {
  const chosen = (service.agencies ?? []).filter((a) => agencies.includes(a.name)).map((a) => a.price_per_thousand_usd ?? 0);
  return Math.max(0, ...chosen) || (service.price_per_thousand_usd ?? 0);
}

/**
 * @param {{calls?: number, cost_usd?: number, agencies?: string[], usage?:
 *   import('../../api.d.ts').Usage}} batch
 * @param {{described: number, rest: number}} n photos that have their texts, and that will get them
 * @param {{price_per_thousand_usd?: number|null, typical_usage?: import('../../api.d.ts').Usage}}
 *   service
 * @returns {{spent: number, calls: number, tokens: number, expected?: {cost: number, calls: number,
 *   tokens: number}}} expected: in the end; absent where nothing is known
 */
export function costOf(batch, { described, rest }, service) {
  const spent = batch.cost_usd ?? 0;
  const calls = batch.calls ?? 0;
  const tokens = batch.usage ? batch.usage.input_tokens + batch.usage.output_tokens : 0;
  const typical = service.typical_usage;
  const known = described >= enough && calls > 0;
  const each = known
    ? { cost: spent / described, calls: calls / described, tokens: tokens / described }
    : { cost: priceOf(service, batch.agencies) / 1000, calls: 1, tokens: typical ? typical.input_tokens + typical.output_tokens : 0 };
  if (rest === 0 || each.cost + each.tokens === 0) return { spent, calls, tokens };
  return { spent, calls, tokens, expected: { cost: spent + rest * each.cost, calls: Math.round(calls + rest * each.calls), tokens: Math.round(tokens + rest * each.tokens) } };
}

/**
 * Rows that tell what each service tier has cost, if there are several; else the only one, unless
 * it is the usual one.
 * @param {{usage?: {tier?: string}, cost_by_tier_usd?: Record<string, number>}} batch
 */
export function tiersOf({ usage, cost_by_tier_usd: costs = {} }) {
  const names = Object.keys(costs).sort();
  if (names.length > 1) return names.map((name) => [`Tier ${name}`, dollars(costs[name])]);
  return usage?.tier && usage.tier !== 'default' ? [['Tier', usage.tier]] : [];
}
