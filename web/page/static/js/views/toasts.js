// Short messages at the bottom, and a way back from what was just done. They stay while the pointer
// or the focus is on them.
import { html, useEffect, useState } from '../html.js';
import { dropToast, useStore } from '../store.js';
import { Icon } from './icons.js';

export function Toasts() {
  const { toasts } = useStore('toasts');
  return html`<div class="toasts" role="status">${toasts.map((t) => html`<${Toast} key=${t.id} toast=${t} />`)}</div>`;
}

function Toast({ toast }) {
  const [held, hold] = useState(false);
  useEffect(() => {
    if (held) return;
    const timer = setTimeout(() => dropToast(toast.id), toast.seconds * 1000);
    return () => clearTimeout(timer);
  }, [held]);
  return html`
    <div class=${'toast ' + toast.kind} onMouseEnter=${() => hold(true)} onMouseLeave=${() => hold(false)} onFocusIn=${() => hold(true)} onFocusOut=${() => hold(false)}>
      <span>${toast.text}</span>
      ${toast.action && html`<button type="button" onClick=${() => {
        dropToast(toast.id);
        toast.run();
      }}>${toast.action}</button>`}
      <button type="button" class="quiet square" aria-label="Dismiss" onClick=${() => dropToast(toast.id)}><${Icon} name="cross" size=${14} /></button>
    </div>`;
}
