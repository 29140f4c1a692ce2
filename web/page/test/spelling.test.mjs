// Keywords that may be misspelt are marked, and the words of the trade are not.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { unknownIn } from '../static/js/spelling.js';

const list = new Uint8Array(readFileSync(new URL('../static/words.bin', import.meta.url)));

test('misspelt words are found, also within a keyword', () => {
  for (const [keyword, word] of [['moutain', 'moutain'], ['accomodation', 'accomodation'], ['old vilage street', 'vilage'], ['recieve', 'recieve'], ['cafè terace', 'terace'], ['sunest', 'sunest']]) {
    assert.equal(unknownIn(list, keyword), word);
  }
});

test('right words, names, abbreviations and other scripts are not', () => {
  const right = `mountain, mountains, accommodation, harbour, harbor, colour, grey, bokeh, copy space, close-up, golden hour, café, naïve, cobblestone, skyscraper, wildflower, seascape,
    smartphone, levada, hiking, hiker, dandelion, fig, bowl, living room, workshop, woodland, tranquility, tranquillity, freshness, wide angle, open air, nobody, macro, autumn, larch,
    Zegama, Coca-Cola, NYC, bw, 4k, ночь, 東京`.split(',').map((word) => word.trim());
  assert.deepEqual(right.filter((word) => unknownIn(list, word)), []);
});
