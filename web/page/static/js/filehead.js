// What the first bytes of a file say: which kind of image it is, whether a browser can be trusted
// to decode it, and how far its header goes. Shared by the page and the worker. The name of a file
// is never believed.

/** How much of a file is looked at, and at most sent along with a small copy. */
export const headLimit = 256 * 1024;

/** Names of the formats in refusals and the API's "accept". */
const brands = { avif: 'avif', avis: 'avif', heic: 'heic', heix: 'heic', hevc: 'heic', heim: 'heic', heis: 'heic', mif1: 'heic', msf1: 'heic' };

/**
 * Recognises an image by its first bytes (16 are enough).
 * @param {Uint8Array} b
 * @returns {string} jpeg, png, gif, webp, tiff, heic, avif; empty if none of them
 */
export function sniff(b) {
  const text = (from, to) => String.fromCharCode(...b.subarray(from, to));
  if (b[0] === 0xff && b[1] === 0xd8 && b[2] === 0xff) return 'jpeg';
  if (text(0, 8) === '\x89PNG\r\n\x1a\n') return 'png';
  if (text(0, 4) === 'GIF8') return 'gif';
  if (text(0, 4) === 'RIFF' && text(8, 12) === 'WEBP') return 'webp';
  if (text(0, 4) === 'II*\0' || text(0, 4) === 'MM\0*') return 'tiff';
  if (text(4, 8) === 'ftyp') return brands[text(8, 12)] ?? '';
  return '';
}

/**
 * Reads a JPEG's header: where it ends (the scan begins there), how many colour components, and the
 * size.
 * @param {Uint8Array} b the first bytes of the file
 */
export function readJPEG(b) {
  let at = 2;
  const found = { end: b.length, components: 0, width: 0, height: 0 };
  while (at + 4 <= b.length && b[at] === 0xff) {
    const marker = b[at + 1];
    if (marker === 0xff) {
      at++; // a fill byte
      continue;
    }
    if (marker === 0xda) {
      found.end = at;
      return found;
    }
    const size = (b[at + 2] << 8) | b[at + 3];
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (isFrame && at + 9 < b.length) {
      found.height = (b[at + 5] << 8) | b[at + 6];
      found.width = (b[at + 7] << 8) | b[at + 8];
      found.components = b[at + 9];
    }
    at += 2 + size;
  }
  return found;
}

/** Where a PNG's pixels begin: metadata that matters stands before them. */
function endOfPNGHeader(b) {
  const view = new DataView(b.buffer, b.byteOffset, b.byteLength);
  let at = 8;
  while (at + 8 <= b.length) {
    if (String.fromCharCode(...b.subarray(at + 4, at + 8)) === 'IDAT') return at;
    at += 12 + view.getUint32(at);
  }
  return b.length;
}

/**
 * Whether a WebP says that it carries EXIF or XMP; they stand at its end, where no head reaches.
 */
function webpHasMetadata(b) {
  return String.fromCharCode(...b.subarray(12, 16)) === 'VP8X' && (b[20] & 0x0c) !== 0;
}

/**
 * Decides whether a small copy may be sent in place of the original, and how many of its first
 * bytes go along. The server decodes what browsers cannot, or not well: HEIC, TIFF, CMYK.
 * @param {Uint8Array} b the first bytes, at most headLimit
 * @returns {{shrink: boolean, head: number}}
 */
export function planFor(b) {
  switch (sniff(b)) {
    case 'jpeg': {
      const jpeg = readJPEG(b);
      return { shrink: jpeg.components === 1 || jpeg.components === 3, head: jpeg.end };
    }
    case 'png': return { shrink: true, head: endOfPNGHeader(b) };
    case 'webp': return { shrink: !webpHasMetadata(b), head: 64 };
    case 'gif':
    case 'avif': return { shrink: true, head: Math.min(b.length, 64 * 1024) };
    default: return { shrink: false, head: 0 };
  }
}
