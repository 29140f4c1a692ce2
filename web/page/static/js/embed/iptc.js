// IPTC within Photoshop's resources of a JPEG, as the Go package embed writes it: marked as UTF-8,
// cut at words, with a right digest. What was there in another character set is converted.
import { asLatin, equal, fromUTF8, join, latin, md5, read16, read32, Refused, u16, u32, utf8 } from './bytes.js';

const mac = [...('ÄÅÇÉÑÖÜáàâäãåçéèêëíìîïñóòôöõúùûü†°¢£§•¶ß®©™´¨≠ÆØ∞±≤≥¥µ∂∑∏π∫ªºΩæø¿¡¬√ƒ≈∆«»…\u00a0ÀÃÕŒœ–—“”‘’÷◊ÿŸ⁄€‹›ﬁﬂ‡·‚„‰' +
  'ÂÊÁËÈÍÎÏÌÓÔ\uf8ffÒÚÛÙıˆ˜¯˘˙˚¸˝˛ˇ')];
const windows = [...'€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ'];
for (let c = 0xa0; c <= 0xff; c++) windows.push(String.fromCharCode(c));

const decode = (table, bytes) => Array.from(bytes, (c) => (c < 0x80 ? String.fromCharCode(c) : table[c - 0x80])).join('');

const isLetter = (c) => /\p{L}/u.test(c);
const isUpper = (c) => /\p{Lu}/u.test(c);
const isLower = (c) => /\p{Ll}/u.test(c);

// The rest of the guess is the Go package internal/codepage in JavaScript, with its reasons there.
const neverInTexts = '≠∞≤≥∂∑∏π∫Ω¬√≈∆◊⁄ﬁﬂıˆ˜¯˘˙˚¸˝˛ˇƒ‡†‰¨´¥\uf8ff';
const wordsOfOne = 'àÀáÁåÅöÖæø';

/** How many characters beyond ASCII stand where none in a language does. */
const misplaced = (text) => {
  const all = [' ', ...text, ' '];
  let count = 0;
  for (let i = 1; i < all.length - 1; i++) {
    const [before, c, after] = [all[i - 1], all[i], all[i + 1]];
    if (c < '\x80') continue;
    const [left, right] = [isLetter(before), isLetter(after)];
    let wrong;
    if (/\p{Cc}/u.test(c) || neverInTexts.includes(c)) wrong = true;
    else if (!isLetter(c) || c === 'ª' || c === 'º') {
      wrong = (left && right && !'’–—·…'.includes(c)) || (!left && right && '…€™'.includes(c)) || (left && !right && '„‚§•¿¡'.includes(c));
    } else if (c === 'œ' && left && !right) wrong = true;
    else if (isUpper(c)) wrong = isLower(before) || (isUpper(before) && isLower(after));
    else if (isUpper(before) && isUpper(after)) wrong = true;
    else wrong = !left && !right && !wordsOfOne.includes(c);
    if (wrong) count++;
  }
  return count;
};

/** Whether the byte at i, with what stands around it, is an apostrophe of Windows. */
const isApostrophe = (bytes, i) => {
  const letters = (part) => decode(windows, part).split(/[\0-@[-`{-\x7f]/);
  const before = letters(bytes.subarray(Math.max(i - 12, 0), i)).pop().toLowerCase();
  const after = letters(bytes.subarray(i + 1, i + 12))[0];
  if (['s', 't', 'd', 'm', 'll', 're', 've'].includes(after.toLowerCase())) return true;
  if (after.length < 3) return false;
  if (before === 'o') return true;
  return ['l', 'd', 'j', 'n', 's', 'c', 'm', 't', 'qu', 'jusqu', 'aujourd', 'un', 'all', 'dell', 'nell', 'dall', 'sull'].includes(before) &&
    (after[0] >= '\x80' || 'aeiouyhAEIOUYH'.includes(after[0]));
};

/** Whether a byte from 0x80 to 0x9f stands where only a letter can. */
const macLetterInside = (bytes) => bytes.some((c, i) => {
  if (c < 0x80 || c >= 0xa0) return false;
  const letter = (b) => b >= 0x80 || ((b | 0x20) >= 0x61 && (b | 0x20) <= 0x7a);
  const [before, after] = [letter(bytes[i - 1]), letter(bytes[i + 1])];
  const has = (b) => bytes.includes(b);
  if (before && after) return !(c === 0x9c && (bytes[i + 1] === 0x75 || bytes[i + 1] === 0x69)) && !(c === 0x92 && isApostrophe(bytes, i));
  if (before) {
    return [0x8e, 0x97, 0x9a].includes(c) || (c === 0x92 && !has(0x91) && !'sSnN'.includes(String.fromCharCode(bytes[i - 1]))) ||
      (c === 0x91 && !has(0x82));
  }
  return after && c === 0x82 && !has(0x91) && !has(0x92);
});

const number = (record, dataset) => (record << 8) | dataset;
const isText = (id) => id >> 8 === 2 && ![number(2, 0), number(2, 125), number(2, 200), number(2, 201), number(2, 202)].includes(id);

/**
 * @param {Uint8Array} records
 * @returns {{ id: number, head: Uint8Array, content: Uint8Array }[]}
 */
const parse = (records) => {
  const list = [];
  let at = 0;
  while (records.subarray(at).some((c) => c !== 0)) {
    if (records.length - at < 5 || records[at] !== 0x1c || list.length === 4096) throw new Refused('its IPTC is damaged');
    let [head, size] = [5, read16(records, at + 3)];
    if (size >= 0x8000) {
      const digits = size & 0x7fff;
      if (digits < 1 || digits > 4 || records.length - at < 5 + digits) throw new Refused('its IPTC is damaged');
      [head, size] = [5 + digits, 0];
      for (const c of records.subarray(at + 5, at + head)) size = size * 256 + c;
    }
    if (size > records.length - at - head) throw new Refused('its IPTC is damaged');
    const end = at + head + size;
    list.push({ id: read16(records, at + 1), head: records.subarray(at, at + head), content: records.subarray(at + head, end) });
    at = end;
  }
  return list;
};

const dataset = (id, content) => {
  const size = content.length < 0x8000 ? u16(content.length) : join(new Uint8Array([0x80, 4]), u32(content.length));
  return { id, head: join(new Uint8Array([0x1c, id >> 8, id]), size), content };
};

/** The table that the texts are written in; null for UTF-8. */
const tableOf = (list) => {
  const texts = [];
  for (const d of list) {
    const content = asLatin(d.content);
    if (d.id === number(1, 90) && content === '\x1b%G') return null;
    if (d.id === number(1, 90) && ['\x1b.A', '\x1b-A', '\x1b,A', '\x1b/A'].some((mark) => content.includes(mark))) return windows;
    if (isText(d.id) && fromUTF8(d.content) === null) texts.push(d.content, new Uint8Array([0x0a]));
  }
  const bytes = join(...texts);
  const difference = misplaced(decode(mac, bytes)) - misplaced(decode(windows, bytes));
  return difference < 0 || (difference === 0 && macLetterInside(bytes)) ? mac : windows;
};

/** Cuts a text to a number of bytes, at a space if there is one in its second half. */
const cutWords = (text, most) => {
  const bytes = utf8(text);
  if (bytes.length <= most) return text;
  let end = most;
  while (end > 0 && (bytes[end] & 0xc0) === 0x80) end--;
  if (bytes[end] !== 0x20) {
    const space = bytes.lastIndexOf(0x20, end - 1);
    if (space >= Math.floor(most / 2)) end = space;
  }
  return fromUTF8(bytes.subarray(0, end)).replace(/[ \t\n,;:-]+$/, '');
};

const bounded = (f) => [
  [number(2, 5), 64, [f.title]], [number(2, 25), 64, f.keywords], [number(2, 80), 32, [f.creator]],
  [number(2, 90), 32, [f.place.city]], [number(2, 92), 32, [f.place.location]], [number(2, 95), 32, [f.place.region]],
  [number(2, 101), 64, [f.place.country]], [number(2, 105), 256, [f.headline]], [number(2, 116), 128, [f.copyright]],
  [number(2, 120), 2000, [f.description]],
];

const trim = (text) => text.replace(/^[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+|[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+$/gu, '');

const merge = (list, f) => {
  const table = tableOf(list);
  const ours = [dataset(number(1, 90), latin('\x1b%G'))];
  for (const [id, most, values] of bounded(f)) {
    for (const value of values) {
      const text = trim(cutWords(value, most));
      if (text !== '') ours.push(dataset(id, utf8(text)));
    }
  }
  const kept = list
    .map((d) => (table !== null && isText(d.id) && fromUTF8(d.content) === null ? dataset(d.id, utf8(decode(table, d.content))) : d))
    .filter((d) => !ours.some((o) => o.id === d.id));
  const insert = (d) => {
    const at = kept.findIndex((other) => other.id > d.id);
    kept.splice(at < 0 ? kept.length : at, 0, d);
  };
  for (const id of [number(1, 0), number(2, 0)]) if (!kept.some((d) => d.id === id)) insert(dataset(id, new Uint8Array([0, 4])));
  ours.forEach(insert);
  return join(...kept.flatMap((d) => [d.head, d.content]));
};

/**
 * Photoshop's resources: their number, all their bytes, their content; and the zeros behind the
 * last.
 */
const resources = (block) => {
  const list = [];
  let at = 0;
  while (block.subarray(at).some((c) => c !== 0)) {
    const start = at + 6 + 1 + block[at + 6] + ((1 + block[at + 6]) & 1) + 4;
    const known = ['8BIM', 'PHUT', 'AgHg', 'DCSR', 'MeSa'].includes(asLatin(block.subarray(at, at + 4)));
    if (block.length - at < 12 || !known || start > block.length) throw new Refused('its Photoshop resources are damaged');
    const size = read32(block, start - 4);
    if (size > block.length - start) throw new Refused('its Photoshop resources are damaged');
    const next = Math.min(start + size + (size & 1), block.length);
    list.push({ id: read16(block, at + 4), raw: block.subarray(at, next), content: block.subarray(start, start + size) });
    at = next;
  }
  return { list, padding: block.subarray(at) };
};

const set = (list, id, content) => {
  const raw = join(latin('8BIM'), u16(id), u16(0), u32(content.length), content, new Uint8Array(content.length & 1));
  const at = list.findIndex((r) => r.id === id);
  if (at < 0) {
    const last = list.at(-1);
    if (last && last.raw.length & 1) list[list.length - 1] = { ...last, raw: join(last.raw, new Uint8Array(1)) };
    list.push({ id, raw, content });
  } else if (!equal(list[at].content, content)) list[at] = { id, raw, content };
};

/**
 * Reads Photoshop's block of a JPEG.
 * @param {Uint8Array} block
 */
export const readBlock = (block) => {
  const { list, padding } = resources(block);
  const stored = list.filter((r) => r.id === 0x0404);
  if (stored.length > 1) throw new Refused('its Photoshop resources have IPTC twice');
  const records = stored.length ? parse(stored[0].content) : [];
  const table = tableOf(records);
  /** The first value of a text; empty if there is none. */
  const text = (record, n) => {
    const found = records.find((d) => d.id === number(record, n));
    return found ? (fromUTF8(found.content) ?? (table ? decode(table, found.content) : asLatin(found.content))) : '';
  };
  /** The block with the fields in it. */
  const write = (f) => {
    const merged = merge(records, f);
    set(list, 0x0404, merged);
    set(list, 0x0425, md5(merged));
    return join(...list.map((r) => r.raw), padding);
  };
  return { text, write };
};
