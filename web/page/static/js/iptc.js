// IPTC (IIM 4.2) as it stands in a JPEG's Photoshop segment: title, headline, caption and keywords replaced, all else
// kept, everything in UTF-8. Pure.

const character = 0x015a; // record 1, dataset 90: how texts are encoded
const ids = { objectName: 0x0205, keyword: 0x0219, headline: 0x0269, caption: 0x0278 };
const most = { objectName: 64, keyword: 64, headline: 256, caption: 2000 }; // bytes
const utf8Mark = [0x1b, 0x25, 0x47];
const encoder = new TextEncoder();

/** @typedef {{id: number, content: Uint8Array}} Dataset */

/**
 * @param {Uint8Array} b
 * @returns {Dataset[]}
 */
function parse(b) {
  const found = [];
  let at = 0;
  while (at + 5 <= b.length && b[at] === 0x1c) {
    let size = (b[at + 3] << 8) | b[at + 4];
    let head = 5;
    if (size >= 0x8000) {
      const digits = size & 0x7fff;
      if (digits > 4) throw new Error('Its IPTC is damaged.');
      head += digits;
      size = 0;
      for (let i = 5; i < head; i++) size = size * 256 + b[at + i];
    }
    if (at + head + size > b.length) throw new Error('Its IPTC is damaged.');
    found.push({ id: (b[at + 1] << 8) | b[at + 2], content: b.subarray(at + head, at + head + size) });
    at += head + size;
  }
  return found;
}

/** A text of at most so many bytes, cut between words. */
function bytesOf(text, limit) {
  let words = text;
  for (;;) {
    const bytes = encoder.encode(words);
    if (bytes.length <= limit) return bytes;
    const space = words.lastIndexOf(' ');
    words = space > 0 ? words.slice(0, space) : [...words].slice(0, -1).join('');
  }
}

const isASCII = (bytes) => bytes.every((byte) => byte < 0x80);

/**
 * @param {Uint8Array} existing the datasets in the file; empty if there are none
 * @param {{title?: string, description?: string, keywords?: string[]}} texts what is empty is left as it is
 * @returns {Uint8Array}
 */
export function mergeIPTC(existing, texts) {
  const before = parse(existing);
  const isUTF8 = before.some((d) => d.id === character && d.content.join() === utf8Mark.join());
  const replaced = new Set([character]);
  /** @type {Dataset[]} */
  const fresh = [];
  const add = (name, text) => {
    replaced.add(ids[name]);
    fresh.push({ id: ids[name], content: bytesOf(text, most[name]) });
  };
  if (texts.title) {
    add('objectName', texts.title);
    add('headline', texts.title);
  }
  if (texts.description) add('caption', texts.description);
  for (const word of texts.keywords ?? []) add('keyword', word);
  const old = new TextDecoder('windows-1252');
  const kept = before.filter((d) => !replaced.has(d.id)).map((d) =>
    (isUTF8 || d.id < 0x0200 || isASCII(d.content) ? d : { ...d, content: encoder.encode(old.decode(d.content)) }));
  const all = [{ id: character, content: new Uint8Array(utf8Mark) }, ...kept, ...fresh].sort((a, b) => a.id - b.id);
  const parts = all.flatMap(({ id, content }) => {
    const head = content.length < 0x8000
      ? [0x1c, id >> 8, id & 255, content.length >> 8, content.length & 255]
      : [0x1c, id >> 8, id & 255, 0x80, 4, content.length >>> 24, (content.length >> 16) & 255, (content.length >> 8) & 255, content.length & 255];
    return [new Uint8Array(head), content];
  });
  return join(parts);
}

/** @param {Uint8Array[]} parts */
export function join(parts) {
  const whole = new Uint8Array(parts.reduce((n, part) => n + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

const signature = encoder.encode('Photoshop 3.0\0');

/** Whether a segment's content is Photoshop's. */
export const isPhotoshop = (content) => signature.every((byte, i) => content[i] === byte);

/**
 * Photoshop's resources with the IPTC replaced, and without the digest that would call it changed by others.
 * @param {Uint8Array} existing a segment's content; empty if there is none
 * @param {Parameters<typeof mergeIPTC>[1]} texts
 * @returns {Uint8Array}
 */
export function mergePhotoshop(existing, texts) {
  const kept = [];
  let iptc = new Uint8Array();
  let at = signature.length;
  while (at + 12 <= existing.length && String.fromCharCode(...existing.subarray(at, at + 4)) === '8BIM') {
    const id = (existing[at + 4] << 8) | existing[at + 5];
    const nameEnd = at + 6 + ((existing[at + 6] + 2) & ~1);
    const size = new DataView(existing.buffer, existing.byteOffset).getUint32(nameEnd);
    const start = nameEnd + 4;
    const end = start + size + (size & 1);
    if (start + size > existing.length) throw new Error('Its Photoshop resources are damaged.');
    if (id === 0x0404) iptc = existing.slice(start, start + size);
    else if (id !== 0x0425) kept.push(existing.subarray(at, Math.min(end, existing.length)));
    at = end;
  }
  const records = mergeIPTC(iptc, texts);
  const head = new Uint8Array([0x38, 0x42, 0x49, 0x4d, 0x04, 0x04, 0, 0, records.length >>> 24, (records.length >> 16) & 255, (records.length >> 8) & 255, records.length & 255]);
  return join([signature, ...kept, head, records, ...(records.length & 1 ? [new Uint8Array(1)] : [])]);
}
