// A ZIP archive of files, stored as they are: photos cannot be made smaller. Nothing but the
// checksum reads them.

/** Bytes that a plain ZIP holds. */
export const limit = 0xffffffff;

const table = new Uint32Array(256).map((_, n) => {
  for (let k = 0; k < 8; k++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
  return n >>> 0;
});

/** @param {Blob} blob */
async function checksum(blob) {
  let crc = 0xffffffff;
  const reader = blob.stream().getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return (crc ^ 0xffffffff) >>> 0;
    for (const byte of value) crc = table[(crc ^ byte) & 255] ^ (crc >>> 8);
  }
}

/** Little-endian numbers: pairs of value and bytes. */
function numbers(...pairs) {
  const bytes = [];
  for (const [value, size] of pairs) for (let i = 0; i < size; i++) bytes.push(Math.floor(value / 2 ** (8 * i)) & 255);
  return new Uint8Array(bytes);
}

/**
 * @param {{name: string, blob: Blob}[]} files
 * @param {(done: number) => void} [progress]
 * @returns {Promise<Blob>}
 */
export async function zip(files, progress = () => {}) {
  const parts = [];
  const directory = [];
  let at = 0;
  for (const [i, { name, blob }] of files.entries()) {
    const text = new TextEncoder().encode(name);
    const crc = await checksum(blob);
    const common = [[20, 2], [0x0800, 2], [0, 2], [0, 2], [0x21, 2], [crc, 4], [blob.size, 4], [blob.size, 4], [text.length, 2], [0, 2]];
    const head = numbers([0x04034b50, 4], ...common);
    parts.push(head, text, blob);
    directory.push(numbers([0x02014b50, 4], [20, 2], ...common, [0, 2], [0, 2], [0, 2], [0, 4], [at, 4]), text);
    at += head.length + text.length + blob.size;
    if (at > limit) throw new Error('The photos are more than 4 GB together: save them into a folder.');
    progress(i + 1);
  }
  const size = directory.reduce((n, part) => n + part.length, 0);
  parts.push(...directory, numbers([0x06054b50, 4], [0, 2], [0, 2], [files.length, 2], [files.length, 2], [size, 4], [at, 4], [0, 2]));
  return new Blob(parts, { type: 'application/zip' });
}
