// The keyboard is never left on nothing: where what had the focus goes, something near takes it.
import { focusCard, stop } from './cards.js';

const takes = ':is(a[href], button, input, select, textarea, summary, [tabindex="0"]):not(:disabled, [hidden], [tabindex="-1"])';

/** @type {HTMLElement[]} */
let path = []; // what had the focus last, and what that is in
let byKeyboard = false;
let waiting = false;

const nowhere = () => !document.activeElement || document.activeElement === document.body;

/** Gives the focus to what is near the element that is gone. */
function mend() {
  waiting = false;
  const [was] = path;
  if (!byKeyboard || !was || was.isConnected || !nowhere()) return;
  const around = path.find((element) => element.isConnected && !element.matches('main, #app, body, html'));
  const seen = [...(around?.querySelectorAll(takes) ?? [])].find((element) => element.checkVisibility());
  if (around?.matches(takes)) around.focus();
  else if (seen) /** @type {HTMLElement} */ (seen).focus();
  else if (stop()) focusCard(stop());
  else /** @type {HTMLElement|null} */ (document.querySelector(`main ${takes}`))?.focus();
}

/** A button that was out of use for a moment has the focus again. */
function back() {
  const was = /** @type {HTMLButtonElement|undefined} */ (path[0]);
  const lost = was?.disabled === false && was.isConnected && nowhere();
  if (lost && byKeyboard) was.focus();
}

/** Begins to watch. Whoever moves the focus on purpose comes first. */
export function watchFocus() {
  addEventListener('focusin', ({ target }) => {
    path = [];
    let element = /** @type {HTMLElement|null} */ (target);
    for (; element; element = element.parentElement) path.push(element);
  });
  addEventListener('keydown', () => (byKeyboard = true), true);
  addEventListener('pointerdown', () => (byKeyboard = false), true);
  new MutationObserver((changes) => {
    if (changes.some((change) => change.type === 'attributes' && change.target === path[0])) setTimeout(back);
    if (waiting || !path[0] || path[0].isConnected) return;
    waiting = true;
    requestAnimationFrame(() => requestAnimationFrame(mend));
  }).observe(document.body, { childList: true, subtree: true, attributeFilter: ['disabled'] });
}
