// The outbox: whatever the server answers, an edit is stored, kept for later, or refused with its
// reason. None is lost.
import assert from 'node:assert/strict';
import test, { mock } from 'node:test';

globalThis.addEventListener ??= () => {};
globalThis.BroadcastChannel = undefined; // an open channel would keep the process alive
const outbox = await import('../static/js/outbox.js');

let answers; // to the requests that come, one after the other
let asked; // bodies of the requests
const seen = { saved: [], refused: [], late: 0, gone: [], clashes: [] };
globalThis.fetch = async (_, { body }) => {
  const edits = JSON.parse(body);
  asked.push(edits);
  const answer = answers.shift() ?? stored;
  const [status, document, headers] = answer(edits);
  return new Response(JSON.stringify(document), { status, headers });
};

const stored = (edits) => [200, { photos: edits.map(({ id, title }) => ({ id, etag: '"2"', metadata: { title } })), skipped: [] }];
const problem = (status, code, members = {}) => () => [status, { code, detail: code, ...members }];
const conflicts = (status, code, ...ids) => problem(status, code, { photos: [], conflicts: ids.map((id) => ({ id, code, detail: code })) });

await outbox.start({
  etag: () => undefined,
  saved: (_, photos) => seen.saved.push(...photos.map((photo) => photo.id)),
  clash: (_, clashes) => seen.clashes.push(...clashes.map(({ edit, fields }) => [edit.photo, fields])),
  refused: (edit, error) => seen.refused.push([edit.photo, error.code]),
  gone: (batch, edits) => seen.gone.push(...edits.map((edit) => edit.photo)),
  changed() {},
  late: () => seen.late++,
});

/**
 * Sends titles of photos to a batch of its own, with a server that answers so; runs until nothing
 * moves.
 */
async function run(t, photos, ...script) {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.after(() => mock.timers.reset());
  Object.assign(seen, { saved: [], refused: [], late: 0, gone: [], clashes: [] });
  answers = script;
  asked = [];
  for (const photo of photos) outbox.send({ batch: t.name, photo, filename: `${photo}.jpg`, etag: '"1"', fields: { title: `of ${photo}` }, base: { title: '' } });
  await settle();
}

/** Lets everything happen that waits for no clock, then what waits for the next seconds. */
async function settle(seconds = 60) {
  for (let s = 0; s <= seconds; s++) {
    for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
    mock.timers.tick(1000);
  }
}

for (const [name, failure] of [
  ['a server that is away', () => { throw new TypeError('offline'); }],
  ['a server that cannot store anything', problem(503, 'unavailable')],
  ['a store that is too slow for one photo', conflicts(503, 'unavailable', 'b')],
  ['a password that is asked for anew', problem(401, 'unauthorized')],
  ['a proxy that answers with a page', () => [502, 'Bad gateway']],
  ['a proxy that knows no such server', () => [404, '404 page not found']],
  ['a login page in place of the server', () => [200, '<!doctype html>', { 'Content-Type': 'text/html; charset=utf-8' }]],
]) {
  test(`${name} costs no edit`, async (t) => {
    await run(t, ['a', 'b', 'c'], failure, failure);
    assert.deepEqual([...new Set(seen.saved)].sort(), ['a', 'b', 'c']);
    assert.deepEqual(seen.refused, []);
    assert.equal(outbox.unsaved(t.name), 0);
  });
}

test('a photo that is being described holds up no other, and its edit waits', async (t) => {
  await run(t, ['a', 'b'], conflicts(412, 'photo_unfinished', 'a'));
  assert.deepEqual(seen.saved, ['b', 'a']);
  assert.equal(seen.late, 0);
});

test('a text that is refused stays until something else is written', async (t) => {
  await run(t, ['a', 'b'], problem(422, 'invalid_metadata', { id: 'a' }));
  assert.deepEqual([seen.saved, seen.refused], [['b'], [['a', 'invalid_metadata']]]);
  assert.deepEqual(outbox.fieldsOf(t.name, 'a'), { title: 'of a' });
  assert.equal(outbox.outlook(t.name, 'a').save, 'failed');
  outbox.send({ batch: t.name, photo: 'a', filename: 'a.jpg', etag: '"1"', fields: { category: 'Food' }, base: {} });
  await settle(1);
  assert.deepEqual(asked.at(-1), [{ id: 'a', etag: '"1"', category: 'Food' }]);
  assert.deepEqual(outbox.fieldsOf(t.name, 'a'), { title: 'of a' });
  outbox.send({ batch: t.name, photo: 'a', filename: 'a.jpg', etag: '"1"', fields: { title: 'shorter' }, base: {} });
  await settle(1);
  assert.deepEqual(outbox.fieldsOf(t.name, 'a'), {});
  assert.equal(outbox.outlook(t.name, 'a').save, undefined);
});

test('what is too large at once goes in parts', async (t) => {
  const large = (edits) => (edits.length > 2 ? [413, 'Request Entity Too Large'] : stored(edits));
  await run(t, ['a', 'b', 'c', 'd', 'e'], large, large, large, large, large, large);
  assert.deepEqual([...seen.saved].sort(), ['a', 'b', 'c', 'd', 'e']);
});

test('a batch that is gone says which edits are lost', async (t) => {
  await run(t, ['a', 'b'], problem(404, 'not_found'));
  assert.deepEqual(seen.gone, ['a', 'b']);
  assert.equal(outbox.unsaved(t.name), 0);
});

const changed = (id, metadata) => problem(412, 'changed', { photos: [], conflicts: [{ id, code: 'changed', detail: 'changed', photo: { id, etag: '"7"', metadata } }] });
const lost = () => { throw new TypeError('the answer was lost'); };

test('an answer that is lost is no conflict with oneself', async (t) => {
  await run(t, ['a'], lost, changed('a', { title: 'Of a' })); // stored and tidied
  assert.deepEqual([seen.saved, seen.clashes, asked.length], [['a'], [], 2]);
  assert.equal(outbox.unsaved(t.name), 0);
});

test('what is written after a lost answer goes over one\'s own text without a word', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.after(() => mock.timers.reset());
  Object.assign(seen, { saved: [], clashes: [] });
  const send = (title, base) => outbox.send({ batch: t.name, photo: 'a', filename: 'a.jpg', etag: '"1"', fields: { title }, base: { title: base } });
  const lostMeanwhile = () => {
    send('second', 'first.');
    lost();
  };
  [answers, asked] = [[lostMeanwhile, changed('a', { title: 'First' })], []];
  send('first.', 'before');
  await settle();
  assert.deepEqual(asked.at(-1), [{ id: 'a', etag: '"7"', title: 'second' }]);
  assert.deepEqual([seen.clashes, outbox.unsaved(t.name)], [[], 0]);
});

test('keywords that were changed on both sides come together, also with those typed meanwhile', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.after(() => mock.timers.reset());
  Object.assign(seen, { saved: [], clashes: [] });
  const send = (keywords, base) => outbox.send({ batch: t.name, photo: 'a', filename: 'a.jpg', etag: '"1"', fields: { keywords }, base: { keywords: base } });
  const meanwhile = (edits) => {
    send(['sea', 'mine', 'later'], ['sea', 'mine']);
    return changed('a', { keywords: ['sea', 'theirs'] })(edits);
  };
  [answers, asked] = [[meanwhile], []];
  send(['sea', 'mine'], ['sea']);
  await settle();
  assert.deepEqual(asked.at(-1), [{ id: 'a', etag: '"7"', keywords: ['sea', 'mine', 'later', 'theirs'] }]);
  assert.deepEqual(seen.clashes.map(([photo]) => photo), ['a']);
});

test('a text that is put back while the photo is being described again waits for the end of that', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.after(() => mock.timers.reset());
  Object.assign(seen, { saved: [], clashes: [] });
  const photo = (state, title, etag) => ({ id: 'a', etag, state, metadata: { title } });
  const conflict = (now) => problem(412, 'changed', { photos: [], conflicts: [{ id: 'a', code: 'changed', detail: 'changed', photo: now }] });
  // What it had stands there until it is described; then it has another text.
  [answers, asked] = [[conflict(photo('processing', 'old', '"2"')), conflict(photo('successful', 'new', '"3"'))], []];
  outbox.send({ batch: t.name, photo: 'a', filename: 'a.jpg', etag: '"1"', over: true, fields: { title: 'old' }, base: { title: 'old' } });
  await settle();
  assert.deepEqual([asked.length, asked.at(-1)], [3, [{ id: 'a', etag: '"3"', title: 'old' }]]);
  assert.deepEqual([seen.clashes, outbox.unsaved(t.name)], [[], 0]);
});
