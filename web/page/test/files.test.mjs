// Archives of files, and which files may come.
import assert from 'node:assert/strict';
import test from 'node:test';
import { check, formatNames } from '../static/js/files.js';
import { parseKeywords } from '../static/js/words.js';
import { zip } from '../static/js/zip.js';

test('an archive can be read', async () => {
  const archive = await zip([{ name: 'a.txt', blob: new Blob(['hello']) }, { name: 'ü.txt', blob: new Blob(['']) }]);
  const b = Buffer.from(await archive.arrayBuffer());
  assert.equal(b.readUInt32LE(0), 0x04034b50);
  assert.equal(b.readUInt32LE(14), 0x3610a686, 'the CRC-32 of "hello"');
  assert.equal(b.readUInt16LE(b.length - 12), 2);
  assert.equal(b.readUInt32LE(b.readUInt32LE(b.length - 6)), 0x02014b50);
});

test('a raw file beside its JPEG is passed over, one alone is refused', async () => {
  const service = { raw_extensions: ['nef'], accept: ['jpeg', 'raw'], limits: { bytes_per_photo: 1000 } };
  const jpeg = new Uint8Array([0xff, 0xd8, 0xff, ...new Array(40).fill(0)]);
  const files = [new File([jpeg], 'IMG_1.JPG'), new File([jpeg], 'img_1.NEF'), new File([jpeg], 'IMG_2.NEF'), new File(['x'], 'IMG_2.xmp')];
  const { photos, refused, ignored, paired } = await check(files, service, 10);
  assert.deepEqual(photos.map((file) => file.name), ['IMG_1.JPG']);
  assert.deepEqual(refused.map(({ name, reason }) => [name, reason.slice(0, 10)]), [['IMG_2.NEF', 'A raw file']]);
  assert.deepEqual([ignored, paired], [1, 1]);
  assert.equal(formatNames(service.accept), 'JPEG');
});

test('a raw file is not passed over for what is no photo of its name', async () => {
  const service = { raw_extensions: ['nef'], accept: ['jpeg', 'raw'], limits: { bytes_per_photo: 100 } };
  const large = new Uint8Array([0xff, 0xd8, 0xff, ...new Array(200).fill(0)]);
  const files = ['IMG_1.NEF', 'IMG_1.MOV', 'IMG_2.NEF', 'IMG_2.WAV', 'IMG_3.NEF', 'IMG_3.JPG'].map((name) => new File([large], name));
  const { photos, refused, ignored, paired } = await check(files, service, 10);
  assert.deepEqual([photos.length, ignored, paired], [0, 1, 0]);
  assert.deepEqual(refused.map(({ name, reason }) => `${name} ${reason.slice(0, 10)}`), ['IMG_1.NEF A raw file', 'IMG_1.MOV A video: o', 'IMG_2.NEF A raw file', 'IMG_3.NEF A raw file', 'IMG_3.JPG 203 bytes ']);
});

test('what systems and programs keep in folders of their own is no photo', async () => {
  const service = { accept: ['jpeg'], limits: {} };
  const jpeg = new Uint8Array([0xff, 0xd8, 0xff, ...new Array(40).fill(0)]);
  const files = ['shoot/IMG_1.jpg', 'shoot/@eaDir/IMG_1.jpg', 'shoot/.thumbs/IMG_1.jpg', '__MACOSX/IMG_1.jpg', 'shoot/My Previews.lrdata/1/a.jpg', 'shoot/day.one/._IMG_1.jpg', 'shoot/day.one/IMG_2.jpg'].map((path) => {
    const file = new File([jpeg], path.split('/').at(-1));
    return Object.defineProperty(file, 'webkitRelativePath', { value: path });
  });
  const { photos, refused, ignored } = await check(files, service, 10);
  assert.deepEqual(photos.map((file) => file.name), ['IMG_1.jpg', 'IMG_2.jpg']);
  assert.deepEqual([refused.length, ignored], [0, 5]);
});

test('keywords come as people and spreadsheets write them', () => {
  assert.deepEqual(parseKeywords(' sea,sky ;  blue   hour\nboat\t'), ['sea', 'sky', 'blue hour', 'boat']);
  assert.deepEqual(parseKeywords('"sea, sky\nboat"\tharbour'), ['sea', 'sky', 'boat', 'harbour']);
  assert.deepEqual(parseKeywords('6" nail, "quoted"'), ['6" nail', '"quoted"']);
  assert.deepEqual(parseKeywords('海、空，港، بحر'), ['海', '空', '港', 'بحر']);
});
