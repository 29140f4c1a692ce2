// Many photos: selecting, arranging, finding, mending, and saving what is shown.
import assert from 'node:assert/strict';
import test, { mock } from 'node:test';
import { distinctNames, fold, matches, passes, sameNames, sorted } from '../static/js/arrange.js';
import { fixesOf, fixOf, ruleName, once } from '../static/js/fixes.js';
import { toCSV } from '../static/js/rescue.js';
import { check, click, tallyKeywords } from '../static/js/selecting.js';
import { clearBatch, setView, state, typeSearch } from '../static/js/store.js';
import { suggest, usage } from '../static/js/suggest.js';

const ids = ['a', 'b', 'c', 'd', 'e'];
const list = (selection) => [...selection.selected].sort().join('');

test('a click selects one, Ctrl more, Shift a range from the anchor', () => {
  let s = click({ selected: new Set(), anchor: null }, ids, 'b');
  assert.equal(list(s), 'b');
  s = click(s, ids, 'd', { shift: true });
  assert.equal(list(s), 'bcd');
  s = click(s, ids, 'a', { shift: true });
  assert.equal(list(s), 'ab', 'a second range begins at the same anchor');
  s = click(s, ids, 'e', { ctrl: true });
  assert.equal(list(s), 'abe');
  s = click(s, ids, 'a', { ctrl: true });
  assert.equal(list(s), 'be');
  assert.equal(list(click({ selected: new Set(['e']), anchor: 'gone' }, ids, 'c', { shift: true })), 'c');
});

test('a checkbox leaves the others, and with Shift takes a range', () => {
  let s = check({ selected: new Set(['e']), anchor: null }, ids, 'a', true, false);
  s = check(s, ids, 'c', true, true);
  assert.equal(list(s), 'abce');
  s = check(s, ids, 'b', false, true);
  assert.equal(list(s), 'ae');
});

test('keywords of a selection: common and partial', () => {
  assert.deepEqual(tallyKeywords([['Sea', 'sky'], ['sea', 'Sea', 'sand']]), [
    { word: 'Sea', n: 2, all: true }, { word: 'sky', n: 1, all: false }, { word: 'sand', n: 1, all: false },
  ]);
});

const entry = (filename, photo = {}) => ({ id: filename, filename, photo: { state: 'successful', ...photo } });

test('the search finds words in all texts, whatever their case and accents', () => {
  const one = entry('IMG_1.jpg', { metadata: { title: 'A Café by the sea', keywords: ['Lisbon'], category: 'Travel' } });
  for (const text of ['cafe', 'LISBON sea', 'img_1', 'travel', '']) assert.ok(matches(one, text), text);
  assert.ok(!matches(one, 'cafe mountain'));
  assert.equal(fold('ÉTÉ'), 'ete');
});

test('what is typed is searched for after a pause, unless something else was asked for since', (t) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.after(() => mock.timers.reset());
  typeSearch('mou');
  mock.timers.tick(100);
  typeSearch('mountain');
  mock.timers.tick(100);
  assert.deepEqual([state.typed, state.search], ['mountain', '']);
  mock.timers.tick(100);
  assert.equal(state.search, 'mountain');
  for (const all of [() => setView({ filter: 'all', search: '' }), clearBatch]) {
    typeSearch('mountain lake');
    all();
    mock.timers.tick(1000);
    assert.deepEqual([state.typed, state.search], ['', ''], 'the text comes back');
  }
  typeSearch('lake');
  setView({ filter: 'done' });
  mock.timers.tick(1000);
  assert.deepEqual([state.filter, state.search], ['done', 'lake']);
  clearBatch();
});

test('photos are put in order by name, time and state, else stay as they were', () => {
  const all = [entry('IMG_10.jpg', { taken_at: '2026-01-02' }), entry('IMG_2.jpg'), entry('img_1.jpg', { taken_at: '2026-01-01' })];
  const get = (id) => all.find((e) => e.id === id);
  const own = all.map((e) => e.id);
  const status = (e) => (e.filename === 'IMG_2.jpg' ? 'failed' : 'done');
  assert.deepEqual(sorted(own, get, 'own', status), own);
  assert.deepEqual(sorted(own, get, 'name', status), ['img_1.jpg', 'IMG_2.jpg', 'IMG_10.jpg']);
  assert.deepEqual(sorted(own, get, 'taken', status), ['img_1.jpg', 'IMG_10.jpg', 'IMG_2.jpg']);
  assert.deepEqual(sorted(own, get, 'state', status), ['IMG_2.jpg', 'IMG_10.jpg', 'img_1.jpg']);
});

test('filters: with warnings, edited, not seen', () => {
  const about = { status: () => 'done', seen: (id) => id === 'seen.jpg' };
  assert.ok(passes(entry('x.jpg', { findings: [{}] }), 'warnings', about));
  assert.ok(passes(entry('x.jpg', { edited_at: '2026' }), 'edited', about));
  assert.ok(passes(entry('x.jpg'), 'unseen', about) && !passes(entry('seen.jpg'), 'unseen', about));
});

test('two files of one name are found, whatever their case', () => {
  assert.deepEqual(sameNames([entry('a.jpg'), entry('A.JPG'), entry('b.jpg')]), ['a.jpg']);
});

const finding = (rule, message, field = rule.startsWith('title') ? 'title' : 'keywords') => ({ rule, message, field, severity: 'error' });

test('findings are mended', () => {
  const of = (f, metadata, limits) => fixOf(f, metadata, limits)?.value;
  assert.equal(of(finding('title-comma', 'the title contains a comma: leave it out or rephrase'), { title: 'Sea, sand ,sun' }), 'Sea sand sun');
  assert.equal(of(finding('title-brand', 'the title names a brand ("Nikon"): leave it out'), { title: 'Old nikon camera' }), 'Old camera');
  assert.equal(of(finding('title-brand', 'the title names a brand ("Coca-Cola"): leave it out'), { title: 'A Coca-Cola bottle' }), 'A bottle');
  assert.equal(of(finding('title-brand', 'the title names a brand ("Nikon"): leave it out'), { title: 'Nikonos, яNikon, 𝔸nikon and (NIKON)' }), 'Nikonos, яNikon, 𝔸nikon and ( )');
  assert.equal(of(finding('title-all-capitals', 'x'), { title: 'RED BOAT' }), 'Red boat');
  assert.deepEqual(of(finding('keywords-lack-title-words', 'words of the title are missing among the keywords ("boat", "red"): add them'), { keywords: ['sea'] }), ['sea', 'boat', 'red']);
  assert.deepEqual(of(finding('keyword-brand', 'the keyword names a brand ("Nikon"): leave it out'), { keywords: ['sea', 'nikon d850', 'boat'] }), ['sea', 'boat']);
  assert.deepEqual(of(finding('keyword-web-address', 'the keyword "www.x.com photos" contains a web address ("www.x.com"): leave it out'), { keywords: ['sea', 'www.x.com photos'] }), ['sea']);
  assert.deepEqual(of(finding('keywords-many', 'x'), { keywords: ['a', 'b', 'c'] }, { keywords_warn_above: 2 }), ['a', 'b']);
  assert.equal(fixOf(finding('title-too-long', 'the title has 300 characters: shorten it'), { title: 'x' }), null);
  assert.equal(fixOf(finding('title-brand', 'the title names a brand ("Nikon"): leave it out'), { title: 'Nikon' }), null, 'nothing would be left');
});

test('one rule is mended in many photos, and several times in one', () => {
  const [brand] = fixesOf([
    { id: 'p', findings: [finding('keyword-brand', 'names a brand ("Nikon"): leave it out'), finding('keyword-brand', 'names a brand ("Sony"): leave it out')], metadata: { keywords: ['nikon', 'sony', 'sea'] } },
    { id: 'q', findings: [finding('keyword-brand', 'names a brand ("Nikon"): leave it out')], metadata: { keywords: ['nikon', 'sky'] } },
  ], {});
  assert.deepEqual(brand.changes, [{ id: 'p', field: 'keywords', after: ['sea'] }, { id: 'q', field: 'keywords', after: ['sky'] }]);
  assert.equal(ruleName('keyword-brand'), 'Brand in keyword');
});

test('suggestions begin as what is typed does, the most used first', () => {
  const words = usage([['Mountain', 'moss'], ['mountain', 'sea']]);
  assert.deepEqual(suggest('mo', words, []), ['mountain', 'moss']);
  assert.deepEqual(suggest('mo', words, ['Mountain']), ['moss']);
  assert.deepEqual(suggest(' ', words, []), []);
});

test('a CSV file of what is shown can be read by a spreadsheet and runs nothing', () => {
  const csv = toCSV([{ filename: '=a.jpg', title: 'He said "no", twice', keywords: ['one', 'two'], category: 'Food' }, { filename: 'b.jpg', title: 'B', keywords: [], category: '', details: { model_releases: ['MR 1'], property_releases: ['PR 1'] } }], ['Animals', 'Food']);
  assert.equal(csv, 'Filename,Title,Keywords,Category,Releases\r\na.jpg,"He said ""no"", twice","one, two",2,\r\nb.jpg,B,,,"MR 1, PR 1"\r\n');
});

test('what several agencies say in the same words is said once', () => {
  const say = (agency, message, severity = 'warning') => ({ agency, message, severity, rule: 'keyword-filler', field: 'keywords' });
  const said = once([say('a', 'beautiful'), say('b', 'beautiful', 'error'), say('c', 'nice'), say('c', 'beautiful')]);
  assert.deepEqual(said.map((f) => [f.message, f.severity]), [['beautiful', 'error'], ['nice', 'warning']]);
});

test('files of one name are numbered as the server numbers them', () => {
  // The same names as in TestDistinctNames.
  assert.deepEqual(distinctNames(['a.jpg', 'A.JPG', 'b.jpg', 'a.jpg', 'a-2.jpg', 'b']), ['a.jpg', 'A-3.JPG', 'b.jpg', 'a-4.jpg', 'a-2.jpg', 'b']);
});
