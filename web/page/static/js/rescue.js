// What the page shows of a batch that the server does not have, or not all of it, as a file. Pure.

/**
 * @typedef {{filename: string, title: string, description?: string, keywords: string[], category:
 *   string, details?: import('./details.js').Details}} Row
 */

/** A cell of a CSV file (RFC 4180); what a spreadsheet would run as a formula loses its sign. */
function cell(text) {
  const safe = text.replace(/^[=+\-@\t\r]+/, '');
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/**
 * The rows in the columns of Adobe Stock, which other agencies' tools read as well.
 * @param {Row[]} rows
 * @param {string[]} [numbered] the categories in the order of their numbers; without it names are
 *   written
 */
export function toCSV(rows, numbered) {
  const category = (name) => (numbered ? String(numbered.indexOf(name) + 1 || '') : name);
  /** @param {Row} row */
  const releases = ({ details: d }) => [...(d?.model_releases ?? []), ...(d?.property_releases ?? [])].join(', ');
  const lines = rows.map((row) => [row.filename, row.title, row.keywords.join(', '), category(row.category), releases(row)]);
  return [['Filename', 'Title', 'Keywords', 'Category', 'Releases'], ...lines].map((line) => `${line.map(cell).join(',')}\r\n`).join('');
}

/** @param {Row[]} rows */
export const toJSON = (rows) => `${JSON.stringify(rows, null, 2)}\n`;
