// A dialog over the page: the browser's own, which keeps the focus inside and gives it back. What
// lies outside of it is neither seen nor heard meanwhile, so that it has messages and a live region
// of its own. A click beside it closes it, unless something is written in it.
import { html, useLayoutEffect, useRef } from '../html.js';
import { closeDialog } from '../store.js';
import { Icon } from './icons.js';
import { Toasts } from './toasts.js';

/**
 * @param {{title: any, class?: string, onClose?: () => void, returnTo?: () =>
 *   HTMLElement|null|undefined, children?: any}} props returnTo: what gets the focus in the end, if
 *   not what had it before
 */
export function Dialog({ title, class: kind = '', onClose = closeDialog, returnTo, children }) {
  const ref = useRef();
  const over = useRef(false);
  const target = useRef(returnTo);
  target.current = returnTo;
  useLayoutEffect(() => {
    const before = /** @type {HTMLElement|null} */ (document.activeElement);
    const dialog = ref.current;
    dialog.showModal();
    return () => {
      over.current = true;
      if (dialog.open) dialog.close(); // while it is open nothing outside of it can have the focus
      const to = target.current?.() ?? before;
      if (to?.isConnected) to.focus();
    };
  }, []);
  return html`
    <dialog ref=${ref} class=${'dialog ' + kind} aria-labelledby="dialog-title" onClose=${() => !over.current && onClose()}
      onClick=${(event) => event.target === ref.current && !ref.current.querySelector('form') && ref.current.close()}>
      <div class="dialog-body">
        <header class="dialog-head">
          <h2 id="dialog-title">${title}</h2>
          <button type="button" class="quiet square" aria-label="Close" onClick=${() => ref.current.close()}><${Icon} name="cross" /></button>
        </header>
        ${children}
      </div>
      <p class="live visually-hidden" role="status"></p>
      <${Toasts} />
    </dialog>`;
}
