// What a batch has cost and what it will cost. Pure: no page.
import { dollars } from './words.js';

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
 * What a batch has cost, and will cost with so many more photos, each as the server expects it.
 * @param {{calls?: number, cost_usd?: number, usage?: import('../../api.d.ts').Usage, per_photo?:
 *   import('../../api.d.ts').PerPhoto}} batch
 * @param {number} rest photos that will get their texts
 * @returns {{spent: number, calls: number, tokens: number, expected?: {cost: number, calls: number,
 *   tokens: number}}} expected: in the end; absent where nothing is known
 */
export function costOf(batch, rest) {
  const spent = batch.cost_usd ?? 0;
  const calls = batch.calls ?? 0;
  const tokens = batch.usage ? batch.usage.input_tokens + batch.usage.output_tokens : 0;
  const each = batch.per_photo;
  if (rest === 0 || !each) return { spent, calls, tokens };
  return { spent, calls, tokens, expected: { cost: spent + rest * each.cost_usd, calls: Math.round(calls + rest * each.calls), tokens: Math.round(tokens + rest * each.tokens) } };
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
