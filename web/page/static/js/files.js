// From what was dropped, pasted or chosen to photos that may be uploaded, and a reason for every
// file that may not.
import { sniff } from './filehead.js';
import { handleOf, noteOrigin, notePath, pathOf } from './origins.js';
import { bytes, count, list } from './words.js';

const atOnce = 40;

/**
 * So many single files are dropped with the possibility to write into them: the browser asks the
 * person for each, and to ask it where a thousand came from would hold the page for half a second.
 * A folder is one.
 */
const mayAsk = 50;

/**
 * Files that lie beside photos and that nobody means to upload: systems' own, catalogues, edits of
 * raw converters, a card's lists, voice notes.
 */
const beside = /^\.|\.(xmp|csv|txt|json|thm|lrcat|cos|pp3|journal|aae|dop|nksc|on1|vrd|arp|acr|xml|ini|db|ctg|wav|lrv)$/i;
/** Folders that systems, NAS and programs keep copies and thumbnails in. */
const hiddenFolder = /^(\.|__MACOSX$|@eaDir$|.+\.lrdata$)/;
const hidden = (file) => foldersOf(file).some((folder) => hiddenFolder.test(folder));
const foldersOf = (file) => (file.webkitRelativePath ? file.webkitRelativePath.split('/') : pathOf(file)).slice(0, -1);
const movie = /\.(mp4|mov|avi|mkv|m4v|mts|webm)$/i;

const names = { jpeg: 'JPEG', png: 'PNG', webp: 'WebP', tiff: 'TIFF', gif: 'GIF', heic: 'HEIC', avif: 'AVIF' };

/**
 * "JPEG, PNG and WebP". The server takes raw files too, but tens of megabytes are too much to send
 * for a small picture.
 */
export function formatNames(accept) {
  return list(accept.filter((format) => format !== 'raw').map((format) => names[format] ?? format.toUpperCase()));
}

/**
 * All files of a drop, folders opened. Must be called before the drop event ends, or the browser
 * forgets them.
 * @param {DataTransfer} transfer
 * @returns {Promise<File[]>}
 */
export function filesOf(transfer) {
  const plain = [...transfer.files];
  // No folder is among them.
  if (plain.length > mayAsk && plain.every((file) => file.type.startsWith('image/'))) return Promise.resolve(plain);
  const items = [...transfer.items].filter((item) => item.kind === 'file');
  const few = items.length <= mayAsk;
  const dropped = items.map((item) => {
    // To look for folders takes its time.
    const entry = item.type.startsWith('image/') ? null : item.webkitGetAsEntry?.();
    return { handle: few && handleOf(item), entry: entry?.isDirectory ? entry : item.getAsFile() };
  });
  return Promise.all(dropped.map(async ({ handle, entry }) => {
    const files = await filesBelow(entry);
    for (const file of files) noteOrigin(file, handle, pathOf(file));
    return files;
  })).then((lists) => lists.flat());
}

/** Files and folders that the browser names and cannot open. */
const closed = new WeakSet();

/** Stands for what cannot be opened, so that it is refused with a reason. */
function closedFile(entry) {
  const file = new File([], entry.isFile ? entry.name : `${entry.name}/`);
  closed.add(file);
  return file;
}

async function filesBelow(entry) {
  if (!entry) return [];
  if (entry instanceof File) return [entry];
  if (entry.isFile) {
    return new Promise((resolve) => entry.file((file) => {
      notePath(file, entry.fullPath);
      resolve([file]);
    }, () => resolve([closedFile(entry)])));
  }
  const reader = entry.createReader();
  const children = [];
  for (;;) {
    // A folder is handed out in portions of a hundred; an empty one is the end.
    const some = await new Promise((resolve) => reader.readEntries(resolve, () => resolve(null)));
    if (some === null) return [closedFile(entry)];
    if (some.length === 0) break;
    children.push(...some);
  }
  children.sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
  return (await Promise.all(children.map(filesBelow))).flat();
}

/**
 * Sorts files into those that may go and those that may not.
 * @param {File[]} files
 * @param {Object} service what GET /service says
 * @param {number} room how many photos still fit into the batch
 * @returns {Promise<{photos: File[], refused: {name: string, reason: string}[], ignored: number,
 *   paired: number}>} ignored: files that are no photos; paired: raw files whose JPEG is there
 */
export async function check(files, service, room) {
  const result = { photos: [], refused: [], ignored: 0, paired: 0 };
  const wanted = files.filter((file) => !beside.test(file.name) && !hidden(file));
  result.ignored = files.length - wanted.length;
  const reasons = [];
  // A few at a time: to ask for the beginning of a thousand files at once would hold the page.
  for (let i = 0; i < wanted.length; i += atOnce) {
    reasons.push(...await Promise.all(wanted.slice(i, i + atOnce).map((file) => reasonAgainst(file, service))));
  }
  // A raw file beside its JPEG is the same photo, and the JPEG is the one that is sold. A voice
  // note or a video of its name is none.
  const stems = new Set(wanted.filter((_, i) => !reasons[i]).map((file) => stem(file.name)));
  wanted.forEach((file, i) => {
    let reason = reasons[i];
    if (isRaw(file, service) && stems.has(stem(file.name))) {
      result.paired++;
      return;
    }
    if (!reason && result.photos.length >= room) {
      reason = `A batch holds at most ${count(service.limits.photos_per_batch, 'photo')}. Put this one in another batch.`;
    }
    if (reason) result.refused.push({ name: file.name, reason });
    else result.photos.push(file);
  });
  return result;
}

const extension = (name) => name.slice(name.lastIndexOf('.') + 1).toLowerCase();
const isRaw = (file, service) => Boolean(service.raw_extensions?.includes(extension(file.name)));
// Google's phones put the second part behind the name that a photo and its raw file share.
const stem = (name) => name.slice(0, name.lastIndexOf('.')).toLowerCase().replace(/\.raw-\d\d\.(cover|original)$/, '');

async function reasonAgainst(file, service) {
  idOf(file);
  const { size } = file;
  if (closed.has(file)) return `The browser cannot open this ${file.name.endsWith('/') ? 'folder' : 'file'}. Check that you may read it, then drop it again.`;
  if (size === 0) return 'The file is empty.';
  if (isRaw(file, service)) return 'A raw file: drop its JPEG instead, or describe it with the tagroll command.';
  if (movie.test(file.name)) return 'A video: only photos can be described.';
  const most = service.limits.bytes_per_photo;
  if (most && size > most) return `${bytes(size)} is more than the ${bytes(most)} allowed for a photo. Export it as a smaller JPEG, or describe it with the tagroll command.`;
  let format;
  try {
    format = sniff(new Uint8Array(await file.slice(0, 32).arrayBuffer()));
  } catch {
    return 'The file cannot be read. Was it moved or changed? Drop it again.';
  }
  if (!format) return `Not an image that is supported: use ${formatNames(service.accept)}.`;
  if (!service.accept.includes(format)) return `${names[format]} is not accepted here: use ${formatNames(service.accept)}.`;
  return '';
}

/** @type {WeakMap<File, string>} */
const ids = new WeakMap();

/**
 * A name for a file that is the same when the same file comes again: sending it twice changes
 * nothing, and a folder that is dropped again after a reload is not uploaded again. Made once,
 * since the browser asks the system each time for size and date.
 */
export function idOf(file) {
  if (!ids.has(file)) ids.set(file, hashOf(file));
  return ids.get(file);
}

/** Not a secret, so a short hash is enough (cyrb53). */
function hashOf(file) {
  const text = `${file.name}/${file.size}/${file.lastModified}`;
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    a = Math.imul(a ^ code, 2654435761);
    b = Math.imul(b ^ code, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  const hex = (n) => (n >>> 0).toString(16).padStart(8, '0');
  return `f-${hex(b)}${hex(a)}`;
}
