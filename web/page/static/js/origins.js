// Where dropped files came from, in browsers that write into files (File System Access): what was
// dropped is remembered, so that texts can be written back into the photos themselves.

/** @type {WeakMap<File, {root: Promise<any>, path: string[]}>} */
const origins = new WeakMap();
const paths = new WeakMap();

/**
 * What was dropped, as something that can be written to; must be asked for before the drop event
 * ends.
 */
export const handleOf = (item) => item.getAsFileSystemHandle?.().catch(() => null);

/** Remembers a file's path below what was dropped, such as "/shoot/day 1/IMG_1.jpg". */
export const notePath = (file, fullPath) => paths.set(file, fullPath.split('/').filter(Boolean));

export const pathOf = (file) => paths.get(file) ?? [file.name];

/** Remembers that a file was dropped, by itself or in a folder. */
export function noteOrigin(file, root, path) {
  if (root) origins.set(file, { root, path });
}

/** Whether a file can be written back, as far as is known without asking. */
export const hasOrigin = (file) => origins.has(file);

/** What was dropped, for each of some files, once: a folder stands for all that is in it. */
export const rootsOf = async (files) => new Set((await Promise.all(files.map((file) => origins.get(file).root))).filter(Boolean));

/** The handle of a file, from the folder that it was dropped with. */
async function find({ root, path }) {
  let at = await root;
  if (!at) throw new DOMException('The browser does not say where this file came from.', 'NotFoundError');
  if (at.kind === 'file') return at;
  for (const folder of path.slice(1, -1)) at = await at.getDirectoryHandle(folder);
  return at.getFileHandle(path.at(-1));
}

/** Writes a file, whole or not at all: the browser writes a copy, which takes its place. */
export async function writeWhole(handle, content) {
  const copy = await handle.createWritable();
  try {
    await copy.write(content);
  } catch (error) {
    await copy.abort().catch(() => {}); // what went wrong first is what is told
    throw error;
  }
  await copy.close();
}

/**
 * Writes a file anew, whole or not at all, unless somebody else has changed it since it was
 * dropped.
 * @param {File} file as it was dropped
 * @param {Blob} content
 * @returns {Promise<File>} the file as it is now
 */
export async function writeBack(file, content) {
  const origin = origins.get(file);
  const handle = await find(origin);
  const now = await handle.getFile();
  if (now.size !== file.size || now.lastModified !== file.lastModified) throw new DOMException('It has changed since it was dropped.', 'NotReadableError');
  await writeWhole(handle, content);
  const written = await handle.getFile();
  origins.set(written, origin);
  return written;
}
