// Writes fields into every JPEG of a folder by the page's module: node embed.mjs MODULE FOLDER
// FIELDS.json. Each result is NAME.out beside the photo, or NAME.refused with the reason.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const [module, folder, fields] = process.argv.slice(2);
const { embedJPEG, Refused } = await import(pathToFileURL(module).href);
const { categories, ...what } = JSON.parse(readFileSync(fields, 'utf8'));
for (const name of readdirSync(folder).filter((n) => n.endsWith('.jpg'))) {
  const path = `${folder}/${name}`;
  try {
    writeFileSync(`${path}.out`, embedJPEG(readFileSync(path), what, categories));
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    writeFileSync(`${path}.refused`, error.message);
  }
}
