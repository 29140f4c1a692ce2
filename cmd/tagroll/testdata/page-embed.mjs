// Writes texts into photos as the page does where they were dropped: node page-embed.mjs JOBS.json.
// A job has the photo's path, the photo as the API shows it, and the names of the categories. The
// result takes the photo's place.
import { readFileSync, writeFileSync } from 'node:fs';

globalThis.addEventListener ??= () => {};
globalThis.BroadcastChannel = undefined; // an open channel would keep the process alive
const page = new URL('../../../web/page/static/js/', import.meta.url);
const { saveBack } = await import(new URL('embedding.js', page).href);
const { noteOrigin } = await import(new URL('origins.js', page).href);
const { state } = await import(new URL('store.js', page).href);

/** A file of this machine, as browsers hand out dropped ones. */
class Handle {
  kind = 'file';
  constructor(path) { this.path = path; }
  async getFile() { return new File([readFileSync(this.path)], 'photo.jpg', { lastModified: 1 }); }
  async requestPermission() { return 'granted'; }
  async createWritable() {
    let content;
    return {
      write: async (blob) => { content = Buffer.from(await blob.arrayBuffer()); },
      close: async () => writeFileSync(this.path, content),
    };
  }
}

const { photos, categories } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
state.service = { categories };
for (const { path, photo } of photos) {
  const handle = new Handle(path);
  const file = await handle.getFile();
  noteOrigin(file, Promise.resolve(handle), []);
  const entry = { id: photo.id, filename: file.name, file, photo };
  state.photos.set(entry.id, entry);
  const { written, problems } = await saveBack([entry], () => {});
  if (written !== 1) throw new Error(`${path}: ${JSON.stringify(problems)}`);
}
