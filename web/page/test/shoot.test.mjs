// What belongs to a shoot beside its words: wishes, details, cost, groups of photos that look
// alike.
import assert from 'node:assert/strict';
import test from 'node:test';
import { groupsOf, stacked } from '../static/js/arrange.js';
import { briefProblem, briefText, codeOf, existingOf, linesOf, numberOf, withLabels, withWishes, wordsOf } from '../static/js/brief.js';
import { costOf, priceOf, tiersOf } from '../static/js/cost.js';
import { detailsText, withDetails } from '../static/js/details.js';
import { conflictOf, same, withFields } from '../static/js/merge.js';

test('a brief holds what is asked and nothing else; what the form does not show stays', () => {
  const asked = withWishes({ title: { max: 60 } }, { keywords: { min: numberOf('25'), max: numberOf('x'), require: wordsOf('sea, Sea; azores') }, language: '' });
  assert.deepEqual(asked, { title: { max: 60 }, keywords: { min: 25, require: ['sea', 'azores'] } });
  assert.deepEqual(withWishes(asked, { keywords: { min: 0, require: [] } }), { title: { max: 60 } });
  assert.equal(briefText({ keywords: { min: 25, max: 40, require: ['azores'] }, language: 'de', editorial: true }), '25–40 keywords, always azores, in German, editorial');
  assert.equal(briefText({}), '');
  assert.deepEqual([undefined, 'English', 'German', 'de', 'eu', 'Basque'].map((language) => codeOf(language)), ['en', 'en', 'de', 'de', 'eu', undefined]);
});

test('a brief that cannot be followed is said before a photo is sent', () => {
  assert.match(briefProblem({ keywords: { min: 30, max: 20 } }), /smaller/);
  assert.match(briefProblem({ keywords: { require: ['Sea'], ban: ['sea'] } }), /“Sea” is under both/);
  assert.match(briefProblem({ keywords: { require: ['a', 'b'], max: 1 } }), /more than the 1 allowed/);
  assert.equal(briefProblem({ keywords: { min: 10, max: 20, ban: ['sky'] } }), '');
});

test('details have the form of the server, so that one is known as what was sent', () => {
  const details = withDetails({ copyright: ' Ana ', place: { city: ' ' } }, { editorial: true, model_releases: ['MR 1'], place: { country: 'Portugal', city: 'Lisbon ' } });
  assert.equal(JSON.stringify(details), '{"model_releases":["MR 1"],"editorial":true,"copyright":"Ana","place":{"city":"Lisbon","country":"Portugal"}}');
  assert.deepEqual(withDetails(details, { editorial: false, model_releases: [], copyright: '', place: {} }), {});
  assert.equal(detailsText(details), 'editorial · 1 release · Lisbon, Portugal · © Ana');
});

test('details are edited beside the texts, and conflict with details only', () => {
  const photo = { id: 'p', metadata: { title: 'one', keywords: [], category: '' }, details: { editorial: true } };
  assert.deepEqual(withFields(photo, { details: {} }), { ...photo, details: {} });
  assert.equal(withFields(photo, { title: 'two' }).metadata.title, 'two');
  assert.ok(same({}, undefined) && !same({ mature: true }, undefined));
  const edit = { fields: { details: { mature: true } }, base: { details: {} } };
  assert.deepEqual(conflictOf(edit, { ...photo, details: undefined }), { same: false, clash: false });
  assert.deepEqual(conflictOf(edit, photo), { same: false, clash: true });
  assert.deepEqual(conflictOf(edit, { ...photo, details: { mature: true } }), { same: true, clash: false });
});

test('the cost is expected from what the server says of one photo', () => {
  const waiting = { per_photo: { calls: 1, cost_usd: 0.0002, tokens: 3000 } };
  assert.deepEqual(costOf(waiting, 10).expected, { cost: 0.002, calls: 10, tokens: 30000 });
  const running = { calls: 12, cost_usd: 0.03, usage: { input_tokens: 20000, output_tokens: 10000 }, per_photo: { calls: 1.2, cost_usd: 0.003, tokens: 3000 } };
  assert.deepEqual(costOf(running, 20).expected, { cost: 0.09, calls: 36, tokens: 90000 });
  assert.equal(costOf(running, 0).expected, undefined);
  assert.equal(costOf({}, 10).expected, undefined);
});

test('the price of several agencies is that of the dearest', () => {
  const service = { price_per_thousand_usd: 0.2, agencies: [{ name: 'a', price_per_thousand_usd: 0.2 }, { name: 'b', price_per_thousand_usd: 0.3 }, { name: 'c' }] };
  assert.deepEqual([['a'], ['a', 'b'], ['c'], []].map((names) => priceOf(service, names)), [0.2, 0.3, 0.2, 0.2]);
});

test('the cost is told for each service tier where several have served', () => {
  assert.deepEqual(tiersOf({ usage: { tier: 'mixed' }, cost_by_tier_usd: { flex: 0.05, default: 0.2 } }), [['Tier default', '$0.20'], ['Tier flex', '$0.0500']]);
  assert.deepEqual(tiersOf({ usage: { tier: 'flex' }, cost_by_tier_usd: { flex: 0.05 } }), [['Tier', 'flex']]);
  assert.deepEqual([{ usage: { tier: 'default' }, cost_by_tier_usd: { default: 1 } }, { usage: { tier: '' } }, {}].map(tiersOf), [[], [], []]);
});

test('photos that look alike lie on one stack until it is opened', () => {
  const groups = { a: 'g', b: undefined, c: 'g', d: 'h', e: 'g' };
  const get = (id) => ({ photo: { group: groups[id] } });
  const ids = ['a', 'b', 'c', 'd', 'e'];
  const found = groupsOf(ids, get);
  assert.deepEqual([...found], [['g', ['a', 'c', 'e']]]);
  const groupOf = (id) => (found.has(groups[id]) ? groups[id] : undefined);
  assert.deepEqual(stacked(ids, groupOf, new Set()), ['a', 'b', 'd']);
  assert.deepEqual(stacked(['c', 'd', 'e'], groupOf, new Set()), ['c', 'd']);
  assert.deepEqual(stacked(ids, groupOf, new Set(['g'])), ids);
});

test('titles, own vocabulary and words of files are wishes too', () => {
  const vocabulary = linesOf(' Animals > Birds\r\n\n sky ');
  assert.deepEqual(vocabulary, ['Animals > Birds', 'sky']);
  const asked = withWishes({ keywords: { max: 30 } }, { keywords: { vocabulary }, title: { prefix: 'News: ', case: 'title', no_commas: true }, existing: { title: 'keep', description: 'keep', keywords: 'keep' } });
  assert.deepEqual(asked, { keywords: { max: 30, vocabulary }, title: { prefix: 'News: ', case: 'title', no_commas: true }, existing: { title: 'keep', description: 'keep', keywords: 'keep' } });
  assert.equal(existingOf(asked), 'keep');
  assert.equal(existingOf({}), 'use');
  assert.equal(existingOf({ existing: { title: 'keep' } }), undefined);
  assert.equal(briefText(asked), 'at most 30 keywords, only 2 keywords of your own, titles in your form, words already in a file stay');
  assert.deepEqual(withWishes(asked, { keywords: { max: 0, vocabulary: [] }, title: { prefix: '', case: '', no_commas: false }, existing: asked.existing }), { existing: asked.existing });
  assert.match(briefProblem({ title: { max: 5, prefix: 'News: ' } }), /all of their 5 characters/);
});

test('agencies in a message of the server are called by their names', () => {
  const agencies = [{ name: 'alamy', label: 'Alamy' }, { name: 'getty-istock', label: 'Getty/iStock' }];
  assert.equal(withLabels('Choose (alamy, getty-istock), not my-alamy.', agencies), 'Choose (Alamy, Getty/iStock), not my-alamy.');
});
