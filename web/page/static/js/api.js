// The HTTP API as functions: one call each, JSON in, JSON out, and one kind of error.

import { sentence } from './words.js';

const base = 'api/v1'; // below the page's own address, wherever a proxy has put it

/**
 * A call that was refused or never arrived. Callers branch on code and status; message is for the
 * person.
 */
export class Problem extends Error {
  constructor(status, body, retryAfter) {
    super(sentence(body.detail || body.title || 'the server gave no reason'));
    this.name = 'Problem';
    this.status = status; // 0: the server could not be reached
    this.code = body.code || (status === 0 ? 'unreachable' : 'unknown');
    this.retryAfter = retryAfter; // seconds, or undefined
    this.body = body;
  }

  /** Whether the same call may work a little later. */
  get passing() {
    return this.status === 0 || this.status === 429 || this.status >= 500 || (this.code === 'unknown' && [401, 404, 407, 408, 425].includes(this.status));
  }

  /**
   * Whether our server says that there is nothing here. A proxy whose server is away may answer
   * 404, too.
   */
  get gone() {
    return this.status === 404 && this.code === 'not_found';
  }
}

/** The problem of a call that got no answer. */
export function unreachable() {
  return new Problem(0, { detail: 'The server cannot be reached. What you see stays here, and the page goes on when the server is back.' });
}

/** The problem of an answer that is not our server's, such as the login page of a proxy. */
const foreign = () => new Problem(0, { detail: 'Something between this page and its server answers in its place, perhaps with a login page: open this address in another tab to see it. What you see stays here, and the page goes on by itself.' });

/** Turns an answer that is not a success into a Problem. */
export function problemOf(status, text, retryAfter) {
  let body = {};
  try {
    body = JSON.parse(text);
  } catch {
    body = { title: `The server answered ${status}.` };
  }
  const seconds = Number(retryAfter || body.retry_after_seconds);
  return new Problem(status, body, Number.isFinite(seconds) && seconds > 0 ? seconds : undefined);
}

const noticeable = 30 * 1000; // ms; the answers' Date has whole seconds
let ahead = 0; // ms by which the server's clock is ahead of this computer's

/** The server's time, in ms: a computer's own clock may be hours off. */
export const now = () => Date.now() + ahead;

/** A time of the server as this computer's clock shows it. */
export const shown = (iso) => new Date(Date.parse(iso) - ahead);

function noteClock(answer) {
  const by = Date.parse(answer.headers.get('Date') ?? '') - Date.now();
  if (!Number.isNaN(by)) ahead = Math.abs(by) > noticeable ? by : 0;
}

/**
 * @param {string} method
 * @param {string} path
 * @param {{body?: any, headers?: Record<string, string>, signal?: AbortSignal, keepalive?:
 *   boolean}} options keepalive: the call outlives the page
 */
async function call(method, path, { body, headers = {}, signal, keepalive } = {}) {
  /** @type {RequestInit & {headers: Record<string, string>}} */
  const options = { method, headers: { ...headers }, signal, keepalive, credentials: 'same-origin' };
  if (body !== undefined) {
    options.body = JSON.stringify(body);
    options.headers['Content-Type'] = 'application/json';
  }
  let answer;
  try {
    answer = await fetch(base + path, options);
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw unreachable();
  }
  noteClock(answer);
  if (!answer.ok && answer.status !== 304) {
    throw problemOf(answer.status, await answer.text().catch(() => ''), answer.headers.get('Retry-After'));
  }
  if (answer.headers.get('Content-Type')?.startsWith('text/html')) throw foreign();
  return answer;
}

/** The document of an answer. */
async function documentOf(answer) {
  try {
    return await answer.json();
  } catch {
    throw unreachable(); // the connection broke in the middle of the answer
  }
}

/**
 * @param {string} method
 * @param {string} path
 * @param {Parameters<typeof call>[2]} [options]
 */
const json = async (method, path, options) => documentOf(await call(method, path, options));

const at = (...parts) => '/' + parts.map(encodeURIComponent).join('/');

export const service = () => json('GET', '/service');
export const batches = async () => (await json('GET', '/batches')).batches;
export const createBatch = (wanted) => json('POST', '/batches', { body: wanted });
export const closeBatch = (id) => json('POST', at('batches', id, 'close'));
export const cancelBatch = (id) => json('POST', at('batches', id, 'cancel'));
export const retryPhotos = (id, photos) => json('POST', at('batches', id, 'retry'), { body: photos ? { photos } : {} });
export const continueBatch = (id) => json('POST', at('batches', id, 'continue'));
export const extendBatch = (id) => json('POST', at('batches', id, 'extend'));
export const changeBatch = (id, texts) => json('PATCH', at('batches', id), { body: texts, keepalive: JSON.stringify(texts).length < 10000 });
export const describeAgain = (id, photos, overwrite) => json('POST', at('batches', id, 'describe'), { body: { photos, overwrite } });
export const removePhoto = (id, photo) => call('DELETE', at('batches', id, 'photos', photo));
export const deleteBatch = (id) => call('DELETE', at('batches', id));

/** The batch with its photos, and its ETag. With an etag that is still right: null. */
export async function batch(id, etag, signal) {
  const answer = await call('GET', at('batches', id), { headers: etag ? { 'If-None-Match': etag } : {}, signal });
  if (answer.status === 304) return null;
  return { batch: await documentOf(answer), etag: answer.headers.get('ETag') };
}

/**
 * Changes many photos with one request, each if it is still the one that its etag names.
 * @param {string} batchID
 * @param {{id: string, etag: string, changes: Object, byHand?: boolean}[]} edits
 * @returns {Promise<{id: string, photo?: Object, problem?: Problem, again?: boolean}[]>} again:
 *   nothing is wrong with this one, but all was refused because of others
 */
export async function patchPhotos(batchID, edits) {
  const body = edits.map(({ id, etag, changes, byHand }) => ({ id, etag, ...changes, ...(byHand ? { by_hand: true } : {}) }));
  let answer;
  try {
    answer = await json('PATCH', at('batches', batchID, 'photos'), { body });
  } catch (error) {
    if (!error.body?.conflicts) throw error;
    answer = error.body;
  }
  const photos = new Map(answer.photos.map((photo) => [photo.id, photo]));
  const problems = new Map([...(answer.conflicts ?? []), ...(answer.skipped ?? [])].map((one) => [one.id, new Problem(409, one)]));
  return edits.map(({ id }) => ({ id, photo: photos.get(id), problem: problems.get(id), again: !photos.has(id) && !problems.has(id) }));
}

export const eventsAddress = (id, revision) =>
  base + at('batches', id, 'events') + (revision ? `?last_event_id=${revision}` : '');

/** A finished file: its bytes and the name that the agency wants. */
export async function download(id, format, { partial, review, rename }) {
  const query = new URLSearchParams();
  if (partial) query.set('partial', 'true');
  if (review) query.set('include_review', 'true');
  if (rename) query.set('rename_duplicates', 'true');
  const answer = await call('GET', at('batches', id, 'export', format) + (query.size ? `?${query}` : ''));
  return { blob: await answer.blob(), name: filenameOf(answer.headers.get('Content-Disposition')) };
}

/** The file name in a Content-Disposition (RFC 6266), or null. */
export function filenameOf(header = '') {
  const extended = /filename\*=UTF-8''([^;]+)/i.exec(header ?? '');
  if (extended) return decodeURIComponent(extended[1]);
  const plain = /filename="((?:[^"\\]|\\.)*)"|filename=([^;\s]+)/i.exec(header ?? '');
  return plain ? (plain[1]?.replace(/\\(.)/g, '$1') ?? plain[2]) : null;
}

/**
 * Sends one photo. XMLHttpRequest, because fetch does not tell how far an upload is.
 * @param {{id: string, position: number, head?: Blob, body: Blob, filename: string}} photo
 * @returns {{done: Promise<Object>, abort: () => void}}
 */
export function sendPhoto(batchID, photo, onProgress) {
  const form = new FormData();
  form.append('id', photo.id);
  form.append('position', String(photo.position));
  if (photo.head) form.append('head', photo.head, 'head');
  form.append('photos', photo.body, photo.filename);

  const request = new XMLHttpRequest();
  const done = new Promise((resolve, reject) => {
    request.open('POST', base + at('batches', batchID, 'photos'));
    request.timeout = 10 * 60 * 1000;
    request.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded / event.total);
    request.onload = () => {
      if (request.status < 200 || request.status > 299) {
        reject(problemOf(request.status, request.responseText, request.getResponseHeader('Retry-After')));
        return;
      }
      try {
        resolve(JSON.parse(request.responseText));
      } catch {
        reject(unreachable());
      }
    };
    request.onerror = request.ontimeout = () => reject(unreachable());
    request.onabort = () => reject(new DOMException('The upload was cancelled.', 'AbortError'));
    request.send(form);
  });
  return { done, abort: () => request.abort() };
}
