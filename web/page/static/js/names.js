// Names of batches on their way to the server: kept in this browser until the server has them.
import { recall, remember } from './preferences.js';

const key = 'tagroll-names';
/** @type {Record<string, string>} by the batch's id; of this tab, where nothing can be stored */
const own = {};

/** @returns {Record<string, string>} by the batch's id */
function stored() {
  try {
    return JSON.parse(recall(key)) ?? {};
  } catch {
    return {}; // not ours
  }
}

const all = () => ({ ...stored(), ...own });

/** The ids of batches whose names are on their way. */
export const onTheirWay = () => Object.keys(all());

/** The name that a batch is to have; undefined if the server has it. */
export const waiting = (id) => all()[id];

/**
 * Keeps a name until the server has it; without a name, forgets it.
 * @param {string} id
 * @param {string} [name]
 */
export function keep(id, name) {
  const { [id]: _, ...others } = stored();
  if (name === undefined) delete own[id];
  else own[id] = name;
  remember(key, JSON.stringify(name === undefined ? others : { ...others, [id]: name }));
}

/** A name as the server makes a file's name of it. */
const asFile = (name) => name.normalize('NFKD').replace(/\p{M}+/gu, '').replace(/[^\w-]+/g, '-').replace(/^[-_]+/, '').slice(0, 60).replace(/[-_]+$/, '');

/** The batch with the name that it is to have. */
export function named(batch) {
  const name = waiting(batch.id);
  return name === undefined ? batch : { ...batch, name, download_name: asFile(name) || batch.download_name };
}
