// Makes a small picture of a photo, away from the page's own thread: upright, as large as the
// describer sees it, sRGB, on white where it is transparent; and an even smaller one for the card.
// What it cannot decode it says so of.
//
// In:  {id, file, originals, image?: {side, quality}}
// Out: {id, thumb?: Blob, small?: Blob, head?: Blob, problem?: string}
import { headLimit, planFor } from './filehead.js';

const usual = { side: 1024, quality: 85 }; // where the server does not say what it would scale to
const thumbSide = 480; // two device pixels for each of a card's
const thumbQuality = 0.75;

self.onmessage = async ({ data }) => {
  self.postMessage({ id: data.id, ...(await shrink(data.file, data.originals, data.image ?? usual)) });
};

async function shrink(file, originals, image) {
  let plan;
  try {
    plan = planFor(new Uint8Array(await file.slice(0, headLimit).arrayBuffer()));
  } catch {
    return { problem: 'The file can no longer be read. Was it moved or changed?' };
  }
  let bitmap;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' });
  } catch {
    return {}; // the server will try, with the original
  }
  try {
    const thumb = await draw(bitmap, thumbSide, thumbQuality);
    // A file no larger than a head goes as it is: a copy would save nothing.
    if (originals || !plan.shrink || file.size <= headLimit) return { thumb };
    const small = await draw(bitmap, image.side, image.quality / 100);
    if (small.size + plan.head >= file.size) return { thumb };
    return { thumb, small, head: plan.head > 0 ? file.slice(0, plan.head) : undefined };
  } catch {
    return {};
  } finally {
    bitmap.close();
  }
}

function draw(bitmap, side, quality) {
  const scale = Math.min(1, side / Math.max(bitmap.width, bitmap.height));
  const canvas = new OffscreenCanvas(Math.max(1, Math.round(bitmap.width * scale)), Math.max(1, Math.round(bitmap.height * scale)));
  const context = canvas.getContext('2d', { alpha: false });
  context.fillStyle = '#fff';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingQuality = 'high';
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return canvas.convertToBlob({ type: 'image/jpeg', quality });
}
