// What the tabs of one browser know of each other: who is there, who sends photos to which batch,
// and what one of them has just done. By Web Locks, which end with their tab however it ends. On
// plain HTTP browsers have no locks; there the tabs ask each other over a channel.

const random = () => [...crypto.getRandomValues(new Uint32Array(2))].map((n) => n.toString(36)).join('');

/** This tab's name, new with every load of the page. */
export const tab = random();

const answerTime = 250; // ms that other tabs have to answer in
const channel = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel('tagroll');
const locks = globalThis.navigator?.locks;
const mine = new Map(); // name -> how its lock is let go
const hearers = new Set();
let asked = new Map(); // name -> what to call when somebody answers

channel?.addEventListener('message', ({ data }) => {
  if (data.asks) {
    if (mine.has(data.asks)) channel.postMessage({ holds: data.asks });
  } else if (data.holds) {
    asked.get(data.holds)?.();
  } else {
    hearers.forEach((fn) => fn(data));
  }
});

/**
 * Tells the other tabs of this browser.
 * @param {{kind: 'deleted'|'changed', batch: string}} message
 */
export const tell = (message) => channel?.postMessage(message);

/** Calls fn with every message of another tab. */
export const hear = (fn) => hearers.add(fn);

/**
 * Holds a name until letGo is called with it, or the tab ends. Several tabs may hold one name.
 * @param {string} name
 */
export function hold(name) {
  if (mine.has(name)) return;
  mine.set(name, () => {});
  locks?.request(`${name}#${tab}`, { mode: 'shared' }, () => new Promise((resolve) => {
    if (mine.has(name)) mine.set(name, resolve);
    else resolve(undefined);
  }));
}

/** @param {string} name */
export function letGo(name) {
  mine.get(name)?.();
  mine.delete(name);
}

/**
 * Whether another tab holds a name.
 * @param {string} name
 * @returns {Promise<boolean>}
 */
export async function heldElsewhere(name) {
  if (locks) {
    const { held } = await locks.query();
    return held.some((lock) => lock.name.startsWith(`${name}#`) && !lock.name.endsWith(`#${tab}`));
  }
  if (!channel) return false;
  return new Promise((resolve) => {
    const done = (is) => {
      asked.delete(name);
      resolve(is);
    };
    asked.set(name, () => done(true));
    setTimeout(() => done(false), answerTime);
    channel.postMessage({ asks: name });
  });
}

const askEvery = 3000; // ms, where there are no locks

/**
 * Does something when a tab is gone, however it ends: at once, or later. Of several tabs that wait
 * for it, one after the other does.
 * @param {string} owner the tab's name
 * @param {() => Promise<void>} then
 */
export async function whenGone(owner, then) {
  if (locks) await locks.request(`${presence(owner)}#${owner}`, then);
  else {
    while (await heldElsewhere(presence(owner))) await new Promise((resolve) => setTimeout(resolve, askEvery));
    await then();
  }
}

const there = 'tagroll-tab-';

/** The lock of a tab that is there, by the tab's name. */
export const presence = (name) => `${there}${name}`;

/**
 * The names of the other tabs that are there; none where there are no locks.
 * @returns {Promise<string[]>}
 */
export async function others() {
  const held = (await locks?.query())?.held ?? [];
  const names = held.filter((lock) => lock.name.startsWith(there)).map((lock) => lock.name.split('#')[1]);
  return names.filter((name) => name !== tab);
}

/** The lock of a tab that sends photos to a batch. */
export const sender = (batch) => `tagroll-sends-${batch}`;

/** The lock of a tab that shows a batch. */
export const viewer = (batch) => `tagroll-shows-${batch}`;

hold(presence(tab));

// A page that one has left may be kept for a way back, and its locks with it: it is not there
// meanwhile, so that another tab sends what it could not.
globalThis.addEventListener?.('pagehide', () => letGo(presence(tab)));
globalThis.addEventListener?.('pageshow', () => hold(presence(tab)));
