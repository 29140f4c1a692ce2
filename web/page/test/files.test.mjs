// Archives of files.
import assert from 'node:assert/strict';
import test from 'node:test';
import { zip } from '../static/js/zip.js';

test('an archive can be read', async () => {
  const archive = await zip([{ name: 'a.txt', blob: new Blob(['hello']) }, { name: 'ü.txt', blob: new Blob(['']) }]);
  const b = Buffer.from(await archive.arrayBuffer());
  assert.equal(b.readUInt32LE(0), 0x04034b50);
  assert.equal(b.readUInt32LE(14), 0x3610a686, 'the CRC-32 of "hello"');
  assert.equal(b.readUInt16LE(b.length - 12), 2);
  assert.equal(b.readUInt32LE(b.readUInt32LE(b.length - 6)), 0x02014b50);
});
