// Workers that make small copies of photos (shrink-worker.js), a few at a time and in order. A full
// picture of 24 megapixels takes 100 MB while it is decoded, so there are few of them.

const size = Math.min(3, Math.max(1, (navigator.hardwareConcurrency || 2) - 1));
const idle = [];
const queue = [];
const waiting = new Map(); // id -> resolve
let started = 0;

/**
 * Makes the small copy of a file, as large as the server would make it. Never rejects.
 * @param {string} id
 * @param {File} file
 * @param {boolean} originals send the file as it is
 * @param {{side: number, quality: number}} [image] what the describer sees of a photo
 * @returns {Promise<{thumb?: Blob, small?: Blob, head?: Blob, problem?: string}>} without small,
 *   the original is sent
 */
export function shrink(id, file, originals, image) {
  if (typeof OffscreenCanvas === 'undefined') return Promise.resolve({});
  return new Promise((resolve) => {
    queue.push({ id, file, originals, image, resolve });
    next();
  });
}

function next() {
  while (queue.length > 0) {
    let worker = idle.pop();
    if (!worker && started < size) worker = start();
    if (!worker) return;
    const { resolve, ...job } = queue.shift();
    waiting.set(job.id, resolve);
    worker.current = job.id;
    worker.postMessage(job);
  }
}

function start() {
  started++;
  /** @type {Worker & {current?: string|null}} */
  const worker = new Worker(new URL('./shrink-worker.js', import.meta.url), { type: 'module' });
  const finish = (answer) => {
    waiting.get(worker.current)?.(answer);
    waiting.delete(worker.current);
    worker.current = null;
  };
  worker.onmessage = ({ data }) => {
    finish(data);
    idle.push(worker);
    next();
  };
  // A worker that died, of memory most likely: its photo goes as the original, and another takes
  // its place.
  worker.onerror = () => {
    worker.terminate();
    started--;
    finish({});
    next();
  };
  return worker;
}
