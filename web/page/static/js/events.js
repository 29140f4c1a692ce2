// Hears what happens to a batch: by server-sent events, and where those do not come through (some
// proxies keep them back), by asking every two seconds.
import * as api from './api.js';

const pollEvery = 2000;
const patience = 3000; // how long a stream may be broken before the page asks for itself

/**
 * Follows a batch until it has ended or stop is called.
 * @param {string} id
 * @param {number} revision what is known already; 0 asks for everything
 * @param {{batch: (batch) => void, photos: (photos) => void, removed: (id: string) => void, done:
 *   (batch) => void, gone: () => void, link: (state: string) => void}} tell
 * @returns {() => void} stop
 */
export function follow(id, revision, tell) {
  let stopped = false;
  let source = null;
  let impatient = 0;
  let poll = 0;
  let etag = null;
  let pending = [];
  let flush = 0;

  const stop = () => {
    stopped = true;
    source?.close();
    clearTimeout(impatient);
    clearTimeout(poll);
    cancelFlush();
  };

  // The photos of one beat come as separate events. They are handed on together, so that the page
  // draws once.
  const cancelFlush = () => {
    clearTimeout(flush);
    flush = 0;
  };
  const handOn = () => {
    cancelFlush();
    const photos = pending;
    pending = [];
    if (photos.length > 0) tell.photos(photos);
  };
  const progress = (batch) => {
    handOn();
    if (batch.photos) tell.photos(batch.photos);
    tell.batch(batch);
  };
  const end = (batch) => {
    stop();
    handOn();
    tell.done(batch);
  };

  const listen = () => {
    source = new EventSource(api.eventsAddress(id, revision));
    source.onopen = () => {
      clearTimeout(impatient);
      clearTimeout(poll);
      impatient = poll = 0;
      tell.link('live');
    };
    source.addEventListener('progress', (event) => progress(JSON.parse(event.data)));
    source.addEventListener('photo', (event) => {
      pending.push(JSON.parse(event.data));
      flush ||= setTimeout(handOn, 50);
    });
    source.addEventListener('removed', (event) => tell.removed(JSON.parse(event.data).id));
    source.addEventListener('done', (event) => end(JSON.parse(event.data)));
    source.addEventListener('deleted', () => {
      stop();
      tell.gone();
    });
    source.onerror = () => {
      if (stopped) return;
      const closed = source.readyState === EventSource.CLOSED; // it will not come back by itself
      impatient ||= setTimeout(ask, closed ? 0 : patience);
    };
  };

  const ask = async () => {
    if (stopped) return;
    try {
      const answer = await api.batch(id, etag);
      if (stopped) return;
      tell.link('polling');
      if (answer) {
        etag = answer.etag;
        revision = answer.batch.revision;
        progress(answer.batch);
        if (ended(answer.batch)) {
          end(answer.batch);
          return;
        }
      }
    } catch (error) {
      if (stopped) return;
      if (error.gone) {
        stop();
        tell.gone();
        return;
      }
      tell.link('lost');
    }
    poll = setTimeout(ask, pollEvery);
    if (source.readyState === EventSource.CLOSED) listen();
  };

  listen();
  return stop;
}

/** Whether nothing more will happen to a batch by itself. */
export const ended = (batch) => batch.state === 'completed' || batch.state === 'cancelled';
