// A photo's texts into its JPEG, in this browser: XMP and IPTC, as `tagroll embed` writes them. The picture is not touched;
// the file's other bytes are handed on as they are, without being read.
import { sniff } from './filehead.js';
import { isPhotoshop, join, mergePhotoshop } from './iptc.js';
import { mergePacket, newPacket } from './xmp.js';

const longestHeader = 16 * 1024 * 1024; // bytes in front of the picture
const longestSegment = 65533;
const xmpMark = 'http://ns.adobe.com/xap/1.0/\0';
const mark = new TextEncoder().encode(xmpMark);

/** @typedef {import('./xmp.js').Texts} Texts */

const startsWith = (content, bytes) => bytes.every((byte, i) => content[i] === byte);

/** The segments in front of the picture, and where the picture begins. */
function segmentsOf(b) {
  const list = [];
  let at = 2;
  for (;;) {
    if (at + 4 > b.length || b[at] !== 0xff) throw new Error('Its header is damaged.');
    const marker = b[at + 1];
    if (marker === 0xda) return { list, picture: at };
    if (marker === 0xff) {
      at++;
      continue;
    }
    const size = 2 + ((b[at + 2] << 8) | b[at + 3]);
    if (at + size > b.length) throw new Error('Its header is damaged.');
    list.push({ marker, content: b.subarray(at + 4, at + size), whole: b.subarray(at, at + size) });
    at += size;
  }
}

function segment(marker, content) {
  if (content.length > longestSegment) throw new Error('Its metadata is too long for a JPEG.');
  return join([new Uint8Array([0xff, marker, (content.length + 2) >> 8, (content.length + 2) & 255]), content]);
}

/**
 * The header of a JPEG with the texts in it. What is not replaced keeps its order.
 * @param {Uint8Array} header the file up to its picture, or more
 * @param {Texts} texts
 * @param {typeof mergePacket} [merge]
 * @returns {{header: Uint8Array, picture: number}} picture: where the old picture begins
 */
export function newHeader(header, texts, merge = mergePacket) {
  const { list, picture } = segmentsOf(header);
  const isXMP = (s) => s.marker === 0xe1 && startsWith(s.content, mark);
  const isResources = (s) => s.marker === 0xed && isPhotoshop(s.content);
  const old = list.find(isXMP);
  const resources = list.filter(isResources);
  const isMulti = (s) => s.marker === 0xe2 && String.fromCharCode(...s.content.subarray(0, 4)) === 'MPF\0';
  const multi = list.findIndex(isMulti);
  // Such a file's second picture is found by its distance from this segment, behind which nothing may change.
  if (multi >= 0 && list.some((s, i) => i > multi && (isXMP(s) || isResources(s)))) throw new Error('It holds several pictures in an order that cannot be changed safely.');
  if (resources.length > 1) throw new Error('Its Photoshop resources are in several parts.');
  const packet = old ? merge(new TextDecoder().decode(old.content.subarray(mark.length)), texts) : newPacket(texts);
  const fresh = [
    segment(0xe1, join([mark, new TextEncoder().encode(packet)])),
    segment(0xed, mergePhotoshop(resources[0]?.content ?? new Uint8Array(), texts)),
  ];
  const rest = list.filter((s) => !isXMP(s) && !isResources(s));
  // Behind JFIF and EXIF, which want to be the first.
  let at = 0;
  while (at < rest.length && (rest[at].marker === 0xe0 || rest[at].marker === 0xe1)) at++;
  const parts = [header.subarray(0, 2), ...rest.slice(0, at).map((s) => s.whole), ...fresh, ...rest.slice(at).map((s) => s.whole)];
  return { header: join(parts), picture };
}

/**
 * A file with the texts in it. Rejects, with the reason, what cannot be changed safely.
 * @param {File} file
 * @param {Texts} texts
 * @returns {Promise<Blob>}
 */
export async function withTexts(file, texts) {
  const b = new Uint8Array(await file.slice(0, longestHeader).arrayBuffer());
  if (sniff(b) !== 'jpeg') throw new Error('Only JPEG files take texts in the browser; `tagroll embed` knows more.');
  const { header, picture } = newHeader(b, texts);
  return new Blob([/** @type {Uint8Array<ArrayBuffer>} */ (header), file.slice(picture)], { type: 'image/jpeg' });
}
