// What must survive the page: edits that the server does not have yet, and the steps that can be
// taken back. Kept in this browser (IndexedDB). Where a browser forbids that, nothing here fails;
// things then last as long as the page.

const version = 1;
const stores = ['edits', 'steps'];

const patience = 10000; // ms; there are browsers that never answer

/** @type {Promise<IDBDatabase|null>|undefined} */
let opening;
let forgetful = false; // storage is forbidden, or full

function open() {
  opening ??= new Promise((resolve) => {
    setTimeout(() => resolve(null), patience);
    try {
      const request = indexedDB.open('tagroll', version);
      request.onupgradeneeded = () => {
        for (const store of stores) request.result.createObjectStore(store);
      };
      request.onsuccess = () => {
        // A newer page in another tab wants another version: make room for it.
        request.result.onversionchange = () => request.result.close();
        resolve(request.result);
      };
      request.onerror = () => resolve(null);
    } catch {
      resolve(null);
    }
  });
  opening.then((db) => db || (forgetful = true));
  return opening;
}

/** Whether this browser keeps nothing, as far as is known: what is not sent goes with the page. */
export const forgets = () => forgetful;

/**
 * Runs one request. Resolves with its result, or with undefined if it cannot be run.
 * @template T
 * @param {string} store
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore) => IDBRequest<T>} make
 * @returns {Promise<T|undefined>}
 */
async function run(store, mode, make) {
  const db = await open();
  if (!db) return undefined;
  return new Promise((resolve) => {
    try {
      const transaction = db.transaction(store, mode);
      const request = make(transaction.objectStore(store));
      if (mode === 'readwrite') transaction.commit?.(); // also if the page ends this very moment
      // What is written counts when it is on the disk: until then there may be no room for it.
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => resolve(undefined);
    } catch {
      resolve(undefined); // the database was closed
    }
  });
}

/**
 * @param {string} store
 * @param {string[]} key
 * @param {any} value
 */
export async function put(store, key, value) {
  forgetful = (await run(store, 'readwrite', (s) => s.put(value, key))) === undefined;
}

/**
 * @param {string} store
 * @param {string[]} key
 */
export const remove = (store, key) => run(store, 'readwrite', (s) => s.delete(key));

// An array sorts after every string: [x, []] ends the keys that begin with x.
const below = (prefix) => IDBKeyRange.bound(prefix, [...prefix, []]);

/**
 * Removes everything whose key begins with a prefix.
 * @param {string} store
 * @param {string[]} prefix
 */
export const removeBelow = (store, prefix) => run(store, 'readwrite', (s) => s.delete(below(prefix)));

/**
 * Removes everything of batches that are no longer there.
 * @param {string} store
 * @param {Set<string>} there
 */
export async function removeOthers(store, there) {
  const keys = (await run(store, 'readonly', (s) => s.getAllKeys())) ?? [];
  const batches = new Set(keys.map((key) => /** @type {string[]} */ (key)[0]));
  for (const batch of batches) if (!there.has(batch)) removeBelow(store, [batch]);
}

/**
 * All values whose key begins with a prefix, in the order of their keys.
 * @param {string} store
 * @param {string[]} prefix none: all of the store
 * @returns {Promise<any[]>}
 */
export async function all(store, prefix = []) {
  return (await run(store, 'readonly', (s) => s.getAll(prefix.length ? below(prefix) : undefined))) ?? [];
}
