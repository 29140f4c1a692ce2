// Photos get in here: dropped anywhere on the page, pasted, or chosen with a button.
import { html, useLayoutEffect, useRef, useState } from '../html.js';
import { addFiles } from '../adding.js';
import { filesOf } from '../files.js';
import { Icon } from './icons.js';

const carriesFiles = (event) => event.dataTransfer?.types.includes('Files');

/** Covers the page while files are dragged over it, and takes what is dropped or pasted. */
export function DropVeil() {
  const [over, setOver] = useState(false);
  useLayoutEffect(() => {
    let depth = 0; // dragenter and dragleave come for every element that is crossed
    const enter = (event) => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      depth++;
      setOver(true);
    };
    const leave = (event) => {
      if (!carriesFiles(event)) return;
      depth = Math.max(0, depth - 1);
      if (depth === 0) setOver(false);
    };
    const hover = (event) => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = 'copy';
    };
    const drop = (event) => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      depth = 0;
      setOver(false);
      filesOf(event.dataTransfer).then(addFiles);
    };
    const paste = (event) => {
      const files = [...(event.clipboardData?.files ?? [])];
      // Cells of a spreadsheet come with a picture of them: their text is meant.
      const isText = ['text/plain', 'text/html'].every((type) => event.clipboardData?.types.includes(type));
      if (files.length === 0 || isText) return;
      event.preventDefault();
      addFiles(files);
    };
    const all = { dragenter: enter, dragleave: leave, dragover: hover, drop, paste };
    for (const [name, fn] of Object.entries(all)) addEventListener(name, fn);
    return () => {
      for (const [name, fn] of Object.entries(all)) removeEventListener(name, fn);
    };
  }, []);
  return over && html`<div class="veil" aria-hidden="true"><p>Drop to add</p></div>`;
}

/** A button that opens the system's file dialog. */
export function ChooseButton({ folder = false, primary = false, quiet = false, children }) {
  const input = useRef();
  return html`
    <button type="button" class=${primary ? 'primary' : quiet ? 'quiet' : ''} onClick=${() => input.current.click()}>
      <${Icon} name=${folder || quiet ? 'plus' : 'photos'} />${children}
    </button>
    <input ref=${input} type="file" hidden multiple webkitdirectory=${folder}
      accept=${folder ? undefined : 'image/*,.heic,.heif,.avif,.tif,.tiff'}
      class=${folder ? 'choose-folder' : 'choose-photos'}
      onChange=${(event) => {
        addFiles([...event.target.files]);
        event.target.value = ''; // the same files may be chosen again
      }} />`;
}
