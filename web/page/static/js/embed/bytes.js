// Bytes for the modules that write metadata into a JPEG: joined, searched, and hashed as Photoshop
// hashes them.

/** What the file's owner is told: the photo stays as it is. */
export class Refused extends Error {}

/** @param {string} text one character a byte */
export const latin = (text) => Uint8Array.from(text, (c) => c.charCodeAt(0));

/** @param {Uint8Array} b */
export const asLatin = (b) => {
  let text = '';
  for (let at = 0; at < b.length; at += 4096) text += String.fromCharCode(...b.subarray(at, at + 4096));
  return text;
};

/** @param {string} text */
export const utf8 = (text) => new TextEncoder().encode(text);

/**
 * @param {Uint8Array} b
 * @returns {string | null} null if it is not UTF-8
 */
export const fromUTF8 = (b) => {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(b);
  } catch {
    return null;
  }
};

/** @param {...Uint8Array} parts */
export const join = (...parts) => {
  const all = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const p of parts) {
    all.set(p, at);
    at += p.length;
  }
  return all;
};

export const equal = (a, b) => a.length === b.length && a.every((c, i) => c === b[i]);

export const startsWith = (b, text) => b.length >= text.length && [...text].every((c, i) => b[i] === c.charCodeAt(0));

export const u16 = (n) => new Uint8Array([n >> 8, n]);
export const u32 = (n) => new Uint8Array([n >>> 24, n >>> 16, n >>> 8, n]);
export const read16 = (b, at) => (b[at] << 8) | b[at + 1];
export const read32 = (b, at) => ((b[at] << 24) | (b[at + 1] << 16) | (b[at + 2] << 8) | b[at + 3]) >>> 0;

const shifts = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21];
const sines = Array.from({ length: 64 }, (_, i) => Math.floor(Math.abs(Math.sin(i + 1)) * 2 ** 32) | 0);

/**
 * MD5 (RFC 1321), which the browser does not offer. It guards nothing here: Photoshop tells by it
 * whether IPTC has changed.
 * @param {Uint8Array} message
 */
export const md5 = (message) => {
  const padded = new Uint8Array((((message.length + 8) >> 6) + 1) << 6);
  padded.set(message);
  padded[message.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, message.length << 3, true);
  view.setUint32(padded.length - 4, message.length >>> 29, true);
  let state = [0x67452301, 0xefcdab89 | 0, 0x98badcfe | 0, 0x10325476];
  for (let at = 0; at < padded.length; at += 64) {
    let [a, b, c, d] = state;
    for (let i = 0; i < 64; i++) {
      const round = i >> 4;
      const mix = [(b & c) | (~b & d), (b & d) | (c & ~d), b ^ c ^ d, c ^ (b | ~d)][round];
      const word = [i, 5 * i + 1, 3 * i + 5, 7 * i][round] & 15;
      const sum = (a + mix + sines[i] + view.getInt32(at + 4 * word, true)) | 0;
      const turn = shifts[4 * round + (i & 3)];
      [a, d, c, b] = [d, c, b, (b + ((sum << turn) | (sum >>> (32 - turn)))) | 0];
    }
    state = [(state[0] + a) | 0, (state[1] + b) | 0, (state[2] + c) | 0, (state[3] + d) | 0];
  }
  const out = new DataView(new ArrayBuffer(16));
  state.forEach((word, i) => out.setInt32(4 * i, word, true));
  return new Uint8Array(out.buffer);
};

/** @param {Uint8Array} b */
export const hex = (b) => Array.from(b, (c) => c.toString(16).padStart(2, '0')).join('').toUpperCase();
