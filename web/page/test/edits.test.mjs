// Edits and steps: what a person changed is neither lost nor taken back wrongly.
import assert from 'node:assert/strict';
import test from 'node:test';
import { alike, clashing, conflictOf, joined, merge, mergeWords, sentOnce } from '../static/js/merge.js';
import { add, learn, move, rebase, replay, tidy } from '../static/js/steps.js';

const edit = (fields, base = {}, etag = '"1"') => ({ batch: 'b', photo: 'p', filename: 'p.jpg', fields, base, etag });

test('a later edit of a photo counts, and so does the earlier base', () => {
  const whole = merge(edit({ title: 'one', category: 'Food' }, { title: 'zero' }), edit({ title: 'two' }, { title: 'one' }, '"2"'));
  assert.deepEqual(whole.fields, { title: 'two', category: 'Food' });
  assert.deepEqual(whole.base, { title: 'zero' });
  assert.equal(whole.etag, '"2"');
});

test('a conflict is one only if the same field holds something else', () => {
  const mine = edit({ title: 'mine' }, { title: 'before' });
  assert.deepEqual(conflictOf(mine, { metadata: { title: 'theirs' } }), { same: false, clash: true });
  assert.deepEqual(conflictOf(mine, { metadata: { title: 'before', category: 'Food' } }), { same: false, clash: false });
  assert.deepEqual(conflictOf(mine, { metadata: { title: 'mine' } }), { same: true, clash: false });
  assert.deepEqual(conflictOf(edit({ keywords: ['a'] }, { keywords: [] }), { metadata: undefined }), { same: false, clash: false });
});

test('what was sent and stored without an answer is no conflict, tidied or not', () => {
  const first = sentOnce(edit({ title: 'Café, Paris.', keywords: ['Paris', '#café'] }, { title: 'before', keywords: ['a'] }));
  assert.equal(sentOnce(first), first);
  const stored = { metadata: { title: 'Café Paris', keywords: ['paris', 'café'] } };
  assert.deepEqual(conflictOf(first, stored), { same: true, clash: false });
  // Written on meanwhile: what is there is one's own.
  const second = merge(first, edit({ title: 'Another' }, { title: 'Café, Paris.' }));
  assert.deepEqual(conflictOf(second, stored), { same: false, clash: false });
  assert.deepEqual(clashing(second, { metadata: { title: 'theirs', keywords: ['paris', 'café'] } }), ['title']);
  // What was never sent was written by somebody else.
  assert.deepEqual(conflictOf(edit({ title: 'paris' }, { title: 'before' }), { metadata: { title: 'Paris' } }), { same: false, clash: true });
});

test('keywords that two people changed at once are those of both', () => {
  assert.deepEqual(mergeWords(['a', 'b', 'c'], ['Mine', 'a', 'c'], ['a', 'B', 'theirs']), ['Mine', 'a', 'theirs']);
  const mine = edit({ title: 'mine', keywords: ['a', 'x'] }, { title: 't', keywords: ['a'] });
  assert.deepEqual(joined(mine, { metadata: { title: 'theirs', keywords: ['a', 'y'] } }), { title: 'mine', keywords: ['a', 'x', 'y'] });
  assert.deepEqual(joined(edit({ title: 'mine' }), { metadata: { keywords: ['y'] } }), { title: 'mine' });
});

test('case, commas and stops are what the server tidies; words are not', () => {
  assert.ok(alike(['Dog, cat', 'dog'], ['dog', 'cat']) && alike('“A day, at 1,000 m.”', 'A day at 1000 m'));
  assert.ok(!alike(['dog', 'cat'], ['cat', 'dog']) && !alike('A day', 'Two days') && !alike({ mature: true }, {}));
});

const step = (id, changes, visit) => ({ id, at: 0, label: id, changes, visit });

test('what is typed during one visit of a field is one step', () => {
  const visit = Symbol('visit');
  let steps = add({ undo: [], redo: [] }, step('1', [{ id: 'p', field: 'title', before: '', after: 'a' }], visit));
  steps = add(steps, step('2', [{ id: 'p', field: 'title', before: 'a', after: 'ab' }], visit));
  assert.equal(steps.undo.length, 1);
  assert.deepEqual(steps.undo[0].changes, [{ id: 'p', field: 'title', before: '', after: 'ab' }]);
});

test('a step is taken back out of its turn, without what was changed since', () => {
  const bulk = step('bulk', [{ id: 'p', field: 'title', before: 'p0', after: 'p1' }, { id: 'q', field: 'title', before: 'q0', after: 'q1' }]);
  const now = { p: 'p2', q: 'q1' };
  assert.deepEqual(replay(bulk, 'before', (id) => now[id]), { set: [{ id: 'q', field: 'title', value: 'q0' }], kept: 1, gone: 0 });
  const moved = move({ undo: [bulk, step('later', [])], redo: [] }, 'undo', 'bulk');
  assert.deepEqual([moved.undo.map((s) => s.id), moved.redo.map((s) => s.id)], [['later'], ['bulk']]);
});

test('a photo that is gone is left alone', () => {
  const one = step('1', [{ id: 'gone', field: 'title', before: 'a', after: 'b' }]);
  assert.deepEqual(replay(one, 'before', () => undefined), { set: [], kept: 0, gone: 1 });
});

test('a description that is still being made is learnt when it comes', () => {
  const again = step('again', [{ id: 'p', field: 'title', before: 'old', after: undefined }]);
  assert.deepEqual(replay(again, 'before', () => 'whatever').set, [{ id: 'p', field: 'title', value: 'old' }]);
  const learnt = learn(again, 'p', { title: 'new' });
  assert.equal(learnt.changes[0].after, 'new');
  assert.equal(learn(learnt, 'p', { title: 'newer' }), learnt);
});

test('what the server has tidied can still be taken back', () => {
  const one = step('1', [{ id: 'p', field: 'keywords', before: ['sea'], after: ['Azores', 'sea'] }]);
  const stored = tidy(one, 'p', 'keywords', ['Azores', 'sea'], ['azores', 'sea']);
  assert.deepEqual(replay(stored, 'before', () => ['azores', 'sea']).set, [{ id: 'p', field: 'keywords', value: ['sea'] }]);
  assert.equal(tidy(one, 'q', 'keywords', ['Azores', 'sea'], []), one);
});

test('a step on something else that was tidied can be done again', () => {
  const two = step('2', [{ id: 'p', field: 'title', before: 'A  b', after: 'C' }]);
  const stored = tidy(two, 'p', 'title', 'A  b', 'A b');
  assert.deepEqual(replay(stored, 'after', () => 'A b').set, [{ id: 'p', field: 'title', value: 'C' }]);
});

test('a step over the text of somebody else brings that back', () => {
  const mine = step('1', [{ id: 'p', field: 'title', before: 'old', after: 'mine' }, { id: 'q', field: 'title', before: 'q0', after: 'mine' }]);
  const over = rebase(mine, 'p', 'title', 'mine', 'theirs', 'mine');
  assert.deepEqual(replay(over, 'before', () => 'mine').set.map((one) => one.value), ['theirs', 'q0']);
  assert.equal(rebase(mine, 'p', 'title', 'another', 'theirs', 'another'), mine);
});

test('a photo is given its text back while it is still being described again', () => {
  const again = step('again', [{ id: 'p', field: 'title', before: 'old', after: undefined }]);
  assert.deepEqual(replay(again, 'before', () => 'old').set, [{ id: 'p', field: 'title', value: 'old' }]);
});
