// Numbers, times and lists as a person reads and writes them.

/** "1 photo", "2 photos". */
export function count(n, one, many = one + 's') {
  return `${n.toLocaleString('en')} ${n === 1 ? one : many}`;
}

/** Bytes in the decimal units that cameras and file managers use: "4.2 MB". */
export function bytes(n) {
  if (n < 1000) return `${n} bytes`;
  // Limits are set in powers of two.
  if (n % (1 << 20) === 0) return `${(n / (1 << 20)).toLocaleString('en')} MB`;
  const units = ['kB', 'MB', 'GB'];
  let value = n / 1000;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value < 9.95 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

/** A stretch of time as a clock shows it: "0:07", "12:30", "1:02:03". */
export function clock(seconds) {
  const s = Math.max(0, Math.round(seconds));
  const two = (n) => String(n).padStart(2, '0');
  const hours = Math.floor(s / 3600);
  const minutes = Math.floor(s / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(s % 60)}` : `${minutes}:${two(s % 60)}`;
}

/** A stretch of time in words, roughly: "less than a minute", "12 minutes", "3 hours". */
export function duration(seconds) {
  if (seconds < 60) return 'less than a minute';
  const minutes = Math.round(seconds / 60);
  if (seconds < 90 * 60 && minutes !== 60) return count(minutes, 'minute');
  if (seconds < 36 * 3600) return count(Math.round(seconds / 3600), 'hour');
  return count(Math.round(seconds / 86400), 'day');
}

/** The time of day of a Date, with the day where it is not today, and the year if it is another. */
export function moment(date, now = new Date()) {
  const time = date.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
  if (date.toDateString() === now.toDateString()) return time;
  return `${date.toLocaleDateString([], { day: 'numeric', month: 'short', year: date.getFullYear() === now.getFullYear() ? undefined : 'numeric' })}, ${time}`;
}

/**
 * Keywords out of what was typed or pasted: separated by commas, semicolons or line ends. A cell of
 * a spreadsheet that holds several comes in quotation marks.
 */
export function parseKeywords(text) {
  const plain = /(^|[\t\n])"/.test(text.trim()) ? text.replace(/(^|[\t\n])"|"(?=[\t\r\n]|$)/g, '$1') : text;
  return plain.split(/[,;\n\r\t\u3001\uff0c\u060c]+/).map((word) => word.trim().replace(/\s+/g, ' ')).filter(Boolean);
}

/**
 * Joins keywords, leaving out those that are there already, whatever their case. The first of two
 * stays.
 */
export function uniqueKeywords(...lists) {
  const seen = new Set();
  return lists.flat().filter((word) => {
    const key = word.toLocaleLowerCase();
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** Length as agencies count it: code points, not UTF-16 units. */
export function length(text) {
  return [...text.normalize('NFC')].length;
}

/** A message of the server as a sentence: they begin in lower case, as Go's errors do. */
export function sentence(text) {
  return text ? text[0].toUpperCase() + text.slice(1) : '';
}

/** "a, b and c". */
export function list(items) {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}

/** A sum of money as people read it: "$0.0042", "$1.20". */
export const dollars = (sum) => `$${sum.toFixed(sum < 0.1 ? 4 : 2)}`;

/** What a batch is called: as the person named it, else by when it was made. */
export const nameOf = (batch) => batch.name || moment(new Date(batch.created_at));

/** What stands for a text in a regular expression with the flag u; any white space fits a space. */
export const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&').replace(/\s+/g, '\\s+');

const endsInLetter = /[\p{L}\p{N}]$/u;
const beginsWithLetter = /^[\p{L}\p{N}]/u;

/**
 * Whether what stands between two places of a text is a whole word, or several. Letters of all
 * scripts make words: a pattern with all of them in it takes a third of a millisecond to build, too
 * long for each word of a thousand photos.
 */
export const standsAlone = (text, from, to) => !endsInLetter.test(text.slice(Math.max(0, from - 2), from)) && !beginsWithLetter.test(text.slice(to, to + 2));
