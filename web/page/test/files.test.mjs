// Texts into files: IPTC and XMP in a JPEG's header, and archives.
import assert from 'node:assert/strict';
import test from 'node:test';
import { join, mergeIPTC, mergePhotoshop } from '../static/js/iptc.js';
import { newHeader } from '../static/js/photofile.js';
import { newPacket } from '../static/js/xmp.js';
import { zip } from '../static/js/zip.js';

const texts = { title: 'A café & a boat', keywords: ['café', 'boat'] };
const latin1 = (text) => Uint8Array.from(text, (c) => c.charCodeAt(0));
const text = (bytes) => Buffer.from(bytes).toString('utf8');

test('IPTC: ours replaces, the rest is kept and becomes UTF-8', () => {
  const byline = join([latin1('\x1c\x02\x50\x00\x05'), latin1('Ren\xe9e')]);
  const old = join([latin1('\x1c\x02\x05\x00\x03'), latin1('old'), byline]);
  const made = text(mergeIPTC(old, texts));
  assert.ok(made.includes('Renée') && made.includes('A café & a boat') && !made.includes('old'));
  assert.equal(text(mergeIPTC(mergeIPTC(old, texts), texts)), made, 'the second time nothing changes');
});

test('a long title is cut between words', () => {
  const made = mergeIPTC(new Uint8Array(), { title: 'word '.repeat(30).trim() });
  const size = (made[8 + 3] << 8) | made[8 + 4];
  assert.ok(size <= 64 && size > 50, String(size));
});

test('other resources of Photoshop stay, the digest goes', () => {
  const path = join([latin1('8BIM\x07\xd0\x00\x00\x00\x00\x00\x02'), latin1('ab')]);
  const digest = join([latin1('8BIM\x04\x25\x00\x00\x00\x00\x00\x02'), latin1('zz')]);
  const made = mergePhotoshop(join([latin1('Photoshop 3.0\0'), path, digest]), texts);
  const all = Buffer.from(made).toString('latin1');
  assert.ok(all.includes('8BIM\x07\xd0') && all.includes('8BIM\x04\x04') && !all.includes('8BIM\x04\x25'));
});

const jpeg = (...segments) => join([latin1('\xff\xd8'), ...segments, latin1('\xff\xda\x00\x02picture')]);
const part = (marker, content) => join([new Uint8Array([0xff, marker, (content.length + 2) >> 8, (content.length + 2) & 255]), content]);

test('a header takes the texts, keeps the rest, and says where the picture begins', () => {
  const exif = part(0xe1, latin1('Exif\0\0data'));
  const icc = part(0xe2, latin1('ICC_PROFILE\0'));
  const file = jpeg(exif, icc);
  const { header, picture } = newHeader(file, texts);
  assert.equal(text(file.subarray(picture)).slice(4), 'picture');
  const all = Buffer.from(header).toString('latin1');
  assert.ok(all.indexOf('Exif') < all.indexOf('ns.adobe.com/xap') && all.indexOf('Photoshop 3.0') < all.indexOf('ICC_PROFILE'));
  assert.ok(text(header).includes('<rdf:li>café</rdf:li>') && text(header).includes('A café &amp; a boat'));
});

test('an existing packet is merged', () => {
  const old = part(0xe1, latin1('http://ns.adobe.com/xap/1.0/\0<x/>'));
  const { header } = newHeader(jpeg(old), texts, (packet) => `${packet}!`);
  assert.ok(text(header).includes('<x/>!'));
});

test('what cannot be changed safely is refused', () => {
  const multi = part(0xe2, latin1('MPF\0'));
  const photoshop = part(0xed, latin1('Photoshop 3.0\0'));
  assert.throws(() => newHeader(jpeg(multi, photoshop), texts), /several pictures/);
  assert.throws(() => newHeader(latin1('\xff\xd8\xff\xe0\xff'), texts), /damaged/);
});

test('XML is escaped, and control characters go', () => {
  assert.ok(newPacket({ title: 'a<b>\x07&' }).includes('a&lt;b&gt; &amp;'));
});

test('an archive can be read', async () => {
  const archive = await zip([{ name: 'a.txt', blob: new Blob(['hello']) }, { name: 'ü.txt', blob: new Blob(['']) }]);
  const b = Buffer.from(await archive.arrayBuffer());
  assert.equal(b.readUInt32LE(0), 0x04034b50);
  assert.equal(b.readUInt32LE(14), 0x3610a686, 'the CRC-32 of "hello"');
  assert.equal(b.readUInt16LE(b.length - 12), 2);
  assert.equal(b.readUInt32LE(b.readUInt32LE(b.length - 6)), 0x02014b50);
});
