// Titles, keywords and places into a JPEG, in the browser, from the original that the page still
// holds. The bytes are those that the Go package embed writes (its TestScriptAgrees compares them);
// the picture is copied as it is. What cannot be changed safely is refused: the photo then goes
// with a sidecar.
import { asLatin, equal, fromUTF8, hex, join, latin, md5, read16, read32, Refused, startsWith, u16, u32, utf8 } from './bytes.js';
import { readBlock } from './iptc.js';
import { all, edit, merge, newPacket, ns, scan, value, wantedOf } from './xmp.js';

export { Refused };

const exif = 'Exif\0';
const xmpHead = 'http://ns.adobe.com/xap/1.0/\0';
const extendedHead = 'http://ns.adobe.com/xmp/extension/\0';
const photoshop = 'Photoshop 3.0\0';
const mpf = 'MPF\0';
const maxMain = 65502;
const maxContent = 0xffff - 2;

/**
 * What is written. An empty field leaves what the file says.
 * @typedef {object} Fields
 * @property {string} [title]
 * @property {string} [description]
 * @property {string} [headline] replaces only one that repeats the title
 * @property {string[]} [keywords]
 * @property {string} [category]
 * @property {string} [creator]
 * @property {string} [copyright]
 * @property {{ location?: string, city?: string, region?: string, country?: string }} [place]
 */

const plainOf = (keep) => (text) => (text ?? '').replace(/\p{Cs}/gu, '\ufffd').replace(/[\0-\x1f\x7f-\x9f\ufffe\uffff]/g,
  (c) => (keep.includes(c) ? c : c >= '\ufffe' ? '\ufffd' : ' '));
const plain = plainOf('');
const plainLines = (text) => plainOf('\n\t')((text ?? '').replace(/\r\n?/g, '\n'));

/** @param {Fields} f */
const clean = (f) => ({
  title: plain(f.title), description: plainLines(f.description), headline: plain(f.headline), keywords: (f.keywords ?? []).map(plain),
  category: plain(f.category), creator: plain(f.creator), copyright: plain(f.copyright),
  place: { location: plain(f.place?.location), city: plain(f.place?.city), region: plain(f.place?.region), country: plain(f.place?.country) },
});

/** Leaves out what a person wrote and no field may replace. */
const resolve = (f, doc, block, categories) => {
  const fold = (name) => name.replaceAll('&', ' and ').split(/\s+/).filter(Boolean).join(' ').toLowerCase();
  const known = categories.map(fold);
  const title = (doc && value(doc, ns.dc, 'title')) || block.text(2, 5);
  const headline = (doc && value(doc, ns.photoshop, 'Headline')) || block.text(2, 105);
  const theirs = doc && all(doc, ns.photoshop, 'SupplementalCategories').some((p) => p.items.some((i) => !known.includes(fold(i.text))));
  const keep = headline !== '' && headline !== f.headline && (title === '' || !headline.startsWith(title));
  return { ...f, category: theirs ? '' : f.category, headline: keep ? '' : f.headline };
};

/** The segments before the picture. */
const readSegments = (b) => {
  const segments = [];
  for (let at = 2; ; ) {
    if (at + 4 > b.length) throw new Refused('the file is damaged or cut off');
    if (b[at] !== 0xff) throw new Refused('the JPEG has bytes between its segments that belong nowhere');
    const marker = b[at + 1];
    if (marker === 0xff) {
      at++;
      continue;
    }
    if (marker === 0xda) return { segments, end: at };
    if (marker <= 1 || (marker >= 0xd0 && marker <= 0xd9)) throw new Refused('the JPEG has no picture where one is expected');
    const to = at + 2 + read16(b, at + 2);
    if (to < at + 4 || to > b.length) throw new Refused('the JPEG is damaged before its picture');
    const content = b.subarray(at + 4, to);
    if (marker === 0xeb && startsWith(content, 'JP') && asLatin(content.subarray(0, 64)).includes('jumdc2pa')) {
      throw new Refused('it carries Content Credentials (C2PA), which would no longer be valid if anything were written into it');
    }
    segments.push({ marker, from: at, to, content });
    at = to;
  }
};

const segment = (marker, ...parts) => {
  const content = join(...parts);
  return join(new Uint8Array([0xff, marker]), u16(content.length + 2), content);
};

/**
 * Puts new segments in the place of the first old one, and removes the others; null if there is
 * none.
 */
const replace = (old, put) => (old.length ? old.map((s, i) => ({ from: s.from, to: s.to, put: i ? new Uint8Array(0) : put })) : null);

/**
 * The extended packet that belongs to a main one; undefined if there is none, or none that can be
 * read.
 */
const readExtended = (guid, segments) => {
  const parts = segments.filter((s) => asLatin(s.content.subarray(extendedHead.length, extendedHead.length + 32)).toUpperCase() === guid.toUpperCase());
  const at = extendedHead.length + 32;
  if (!parts.length || parts.some((s) => s.content.length < at + 8)) return undefined;
  const size = read32(parts[0].content, at);
  if (size > 16 << 20) return undefined;
  const packet = new Uint8Array(size);
  let filled = 0;
  for (const s of parts) {
    const [offset, data] = [read32(s.content, at + 4), s.content.subarray(at + 8)];
    if (read32(s.content, at) !== size || offset + data.length > size) return undefined;
    packet.set(data, offset);
    filled += data.length;
  }
  const text = fromUTF8(packet);
  if (filled !== size || text === null) return undefined;
  try {
    return { doc: scan(text), parts };
  } catch {
    return undefined;
  }
};

const readXMP = (segments) => {
  const old = segments.filter((s) => s.marker === 0xe1 && startsWith(s.content, xmpHead));
  if (old.length > 1) throw new Refused('it has two XMP packets');
  if (!old.length) return { old };
  const packet = fromUTF8(old[0].content.subarray(xmpHead.length));
  if (packet === null) throw new Refused('its XMP is not in UTF-8');
  if (/^[ \t\r\n\0]*$/.test(packet)) return { old };
  const doc = scan(packet);
  const guid = value(doc, ns.note, 'HasExtendedXMP');
  const more = segments.filter((s) => s.marker === 0xe1 && startsWith(s.content, extendedHead));
  return { old, doc, guid, extended: guid.length === 32 ? readExtended(guid, more) : undefined };
};

const setXMP = (xmp, list) => {
  if (!xmp.doc) {
    const packet = utf8(newPacket(list));
    if (packet.length > maxMain) throw new Refused('the texts are too long for a JPEG');
    return { put: segment(0xe1, latin(xmpHead), packet), old: xmp.old };
  }
  let main = merge(xmp.doc, list);
  let more = new Uint8Array(0);
  let old = xmp.old;
  if (utf8(main).length > maxMain) {
    const end = main.lastIndexOf('<?xpacket end');
    if (end >= 0) main = `${main.slice(0, end).replace(/[ \t\r\n]+$/, '')}\n${main.slice(end)}`;
    if (utf8(main).length > maxMain) throw new Refused('its XMP is too long to add to');
  }
  const stale = xmp.extended ? list.flatMap((w) => all(xmp.extended.doc, w.space, w.local)) : [];
  if (stale.length) {
    const packet = utf8(edit(xmp.extended.doc, stale, ''));
    const name = hex(md5(packet));
    main = main.replaceAll(xmp.guid, name);
    for (let at = 0; at < packet.length; at += 65400) {
      more = join(more, segment(0xe1, latin(extendedHead + name), u32(packet.length), u32(at), packet.subarray(at, at + 65400)));
    }
    old = [...old, ...xmp.extended.parts];
  } else if (main === xmp.doc.raw) return null;
  return { put: join(segment(0xe1, latin(xmpHead), utf8(main)), more), old };
};

const setBlock = (old, before, block) => {
  if (equal(before, block)) return null;
  let put = new Uint8Array(0);
  const most = maxContent - photoshop.length;
  for (let at = 0; at < block.length; at += most) put = join(put, segment(0xed, latin(photoshop), block.subarray(at, at + most)));
  return { put, old };
};

/** Where a position is after the changes. */
const moved = (at, changes) => changes.reduce((to, c) => (c.to <= at ? to + c.put.length - (c.to - c.from) : to), at);

/** Where the length of the first picture stands in Google's list of what a file holds. */
const primaryLength = (doc) => {
  for (const p of all(doc, ns.container, 'Directory').filter((d) => !d.attribute)) {
    for (const item of doc.raw.slice(p.from, p.to).matchAll(/<[\w.-]+:li\b[^]*?<\/[\w.-]+:li>/g)) {
      const digits = /:Length(?:[ \t\r\n]*=[ \t\r\n]*["']|>)([1-9][0-9]{0,9})["'<]/.exec(item[0]);
      if (!digits || !/:Semantic(?:[ \t\r\n]*=[ \t\r\n]*["']|>)Primary["'<]/.test(item[0])) continue;
      const to = p.from + item.index + digits.index + digits[0].length - 1;
      return { from: to - digits[1].length, to, length: Number(digits[1]) };
    }
  }
  return undefined;
};

/**
 * The changes with the length of the first picture, in Google's list, as they make it. The other
 * lengths are those of what stands behind the picture.
 */
const moveContainer = (b, end, xmp, changes) => {
  const grown = moved(end, changes) - end;
  if (!xmp.doc || grown === 0) return changes;
  const old = xmp.old[0];
  const change = changes.find((c) => c.from === old.from && c.to === old.to);
  const put = change ? change.put : b.subarray(old.from, old.to);
  const main = 2 + read16(put, 2);
  const packet = fromUTF8(put.subarray(4 + xmpHead.length, main));
  const there = primaryLength(scan(packet));
  if (!there || there.length <= end || there.length > b.length) return changes;
  let digits = String(there.length + grown);
  // A longer number makes the picture longer, too.
  digits = String(there.length + grown + digits.length - (there.to - there.from));
  const text = utf8(packet.slice(0, there.from) + digits + packet.slice(there.to));
  if (text.length > maxMain) throw new Refused('its XMP is too long to add to');
  const segments = join(segment(0xe1, latin(xmpHead), text), put.subarray(main));
  return [...changes.filter((c) => c !== change), { from: old.from, to: old.to, put: segments }];
};

const littleOf = (t) => {
  if (startsWith(t, 'II*\0')) return true;
  if (startsWith(t, 'MM\0*')) return false;
  return undefined;
};

/** The index of further pictures with the sizes and offsets that they have after the changes. */
const moveIndex = (s, changes) => {
  const damaged = new Refused('its index of further pictures (MPF) is damaged');
  const content = s.content.slice();
  const t = content.subarray(mpf.length);
  const base = s.from + 4 + mpf.length;
  const little = littleOf(t);
  if (little === undefined || t.length < 10) throw damaged;
  const view = new DataView(t.buffer, t.byteOffset, t.byteLength);
  const directory = view.getUint32(4, little);
  if (directory + 2 > t.length) throw damaged;
  for (let i = 0; i < view.getUint16(directory, little); i++) {
    const at = directory + 2 + 12 * i;
    if (at + 12 > t.length) throw damaged;
    if (view.getUint16(at, little) !== 0xb002) continue;
    const [size, from] = [view.getUint32(at + 4, little), view.getUint32(at + 8, little)];
    if (size % 16 || from + size > t.length) throw damaged;
    for (let entry = from; entry < from + size; entry += 16) {
      const [length, offset] = [view.getUint32(entry + 4, little), view.getUint32(entry + 8, little)];
      if (offset !== 0) view.setUint32(entry + 8, moved(base + offset, changes) - moved(base, changes), little);
      else if (length > 0) view.setUint32(entry + 4, moved(length, changes), little);
    }
  }
  return { from: s.from + 4, to: s.to, put: content };
};

/**
 * EXIF with its pointers to a JPEG behind the picture, which some cameras have in their maker
 * notes, corrected.
 */
const movePreviews = (b, end, s, changes) => {
  const base = s.from + 4 + 6;
  const delta = moved(end, changes) - end - (moved(base, changes) - base);
  if (delta === 0 || s.content.length < 14) return [];
  const view = new DataView(s.content.buffer, s.content.byteOffset, s.content.byteLength);
  const content = s.content.slice();
  const out = new DataView(content.buffer);
  let found = false;
  for (let at = 14; at + 4 <= content.length; at++) {
    for (const little of [true, false]) {
      const target = base + view.getUint32(at, little);
      if (target <= end || target > b.length - 4 || b[target] !== 0xff || b[target + 1] !== 0xd8 || b[target + 2] !== 0xff) continue;
      out.setUint32(at, view.getUint32(at, little) + delta, little);
      found = true;
    }
  }
  return found ? [{ from: s.from + 4, to: s.to, put: content }] : [];
};

/**
 * The AFCP trailer with the offsets that it has after the changes: a directory whose offsets count
 * from the file's beginning, and a tail with the directory's own.
 */
const moveTrailer = (b, end, changes) => {
  const tail = b.slice(Math.max(b.length - 12, 0));
  const little = startsWith(tail, 'AXS*');
  if (tail.length < 12 || (!little && !startsWith(tail, 'AXS!'))) return [];
  const view = new DataView(b.buffer, b.byteOffset, b.byteLength);
  const start = view.getUint32(b.length - 8, little);
  if (start < end || start > b.length - 24 || view.getUint32(start) !== view.getUint32(b.length - 12)) return [];
  const [from, to] = [start + 12, start + 12 + 12 * view.getUint16(start + 6, little)];
  if (to > b.length - 12) return [];
  const directory = b.slice(from, to);
  const move = (bytes, at) => {
    const number = new DataView(bytes.buffer);
    const offset = number.getUint32(at, little);
    if (offset >= end) number.setUint32(at, moved(offset, changes), little);
  };
  for (let at = 8; at < directory.length; at += 12) move(directory, at);
  move(tail, 4);
  return [{ from, to, put: directory }, { from: b.length - 12, to: b.length, put: tail }];
};

/**
 * Returns the JPEG with the fields in it; the same bytes if it says so already.
 * @param {Uint8Array} bytes
 * @param {Fields} fields
 * @param {string[]} categories the names of all categories; others were written by a person and
 *   stay
 * @returns {Uint8Array}
 * @throws {Refused} if the photo cannot be changed safely
 */
export const embedJPEG = (bytes, fields, categories) => {
  // Slices of a Uint8Array are copies; those of a Node buffer are not.
  const photo = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (photo[0] !== 0xff || photo[1] !== 0xd8 || photo[2] !== 0xff) throw new Refused('files of this format are not written into');
  const { segments, end } = readSegments(photo);
  const cleaned = clean(fields);
  if (!wantedOf(cleaned).length) return photo;
  const xmp = readXMP(segments);
  const blocks = segments.filter((s) => s.marker === 0xed && startsWith(s.content, photoshop));
  const before = join(...blocks.map((s) => s.content.subarray(photoshop.length)));
  const block = readBlock(before);
  const f = resolve(cleaned, xmp.doc, block, categories);
  const list = wantedOf(f);
  const made = [list.length ? setXMP(xmp, list) : null, setBlock(blocks, before, block.write(f))].filter((m) => m !== null);
  if (!made.length) return photo;
  let changes = [];
  let added = new Uint8Array(0);
  for (const m of made) {
    const replaced = replace(m.old, m.put);
    if (replaced) changes.push(...replaced);
    else added = join(added, m.put);
  }
  if (added.length) {
    // Behind JFIF and EXIF, and behind fill bytes, which belong to the marker that follows them.
    const next = segments.find((s) => s.marker !== 0xe0 && !(s.marker === 0xe1 && startsWith(s.content, exif)));
    const at = next ? next.from : end;
    changes.push({ from: at, to: at, put: added });
  }
  changes = moveContainer(photo, end, xmp, changes);
  const references = segments.flatMap((s) => {
    if (s.marker === 0xe2 && startsWith(s.content, mpf)) return [moveIndex(s, changes)];
    return s.marker === 0xe1 && startsWith(s.content, exif) ? movePreviews(photo, end, s, changes) : [];
  });
  references.push(...moveTrailer(photo, end, changes));
  const parts = [];
  let at = 0;
  for (const c of [...changes, ...references].sort((a, b) => a.from - b.from)) {
    if (c.from > at) parts.push(photo.subarray(at, c.from));
    parts.push(c.put);
    at = Math.max(at, c.to);
  }
  return join(...parts, photo.subarray(at));
};
