// A dialog over the page: the browser's own, which keeps the focus inside and gives it back.
import { html, useLayoutEffect, useRef } from '../html.js';
import { set } from '../store.js';
import { Icon } from './icons.js';

export const closeDialog = () => set('dialog', { dialog: null });
export const openDialog = (dialog) => set('dialog', { dialog });

export function Dialog({ title, class: kind = '', onClose = closeDialog, children }) {
  const ref = useRef();
  useLayoutEffect(() => {
    const before = document.activeElement;
    ref.current.showModal();
    return () => before?.isConnected && before.focus();
  }, []);
  return html`
    <dialog ref=${ref} class=${'dialog ' + kind} aria-labelledby="dialog-title" onClose=${onClose}
      onClick=${(event) => event.target === ref.current && ref.current.close()}>
      <div class="dialog-body">
        <header class="dialog-head">
          <h2 id="dialog-title">${title}</h2>
          <button type="button" class="quiet square" aria-label="Close" onClick=${() => ref.current.close()}><${Icon} name="cross" /></button>
        </header>
        ${children}
      </div>
    </dialog>`;
}
