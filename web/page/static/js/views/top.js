// The bar at the top: where one is, who describes, and the theme.
import { html, useState } from '../html.js';
import { leaveBatch } from '../batches.js';
import { focusCard, stop } from '../cards.js';
import { currentTheme, setTheme, themes } from '../preferences.js';
import { openDialog, useStore } from '../store.js';
import { Icon } from './icons.js';

const icons = { dark: 'moon', light: 'sun', system: 'half' };
const themeNames = { dark: 'dark', light: 'light', system: 'same as the system' };

/**
 * The describer's name as people know it. The built-in one is named as such, wherever it is shown.
 */
export function describerLabel(describer) {
  if (describer?.name === 'offline') return 'the built-in describer';
  return describer?.label || [describer?.name, describer?.model].filter(Boolean).join(' ') || '';
}

export function Top() {
  const { batch, service, order } = useStore('batch', 'service', 'order');
  const describer = service?.describer ?? batch?.describer;
  return html`
    <header class="top">
      ${batch && order.length > 0 && html`<button type="button" class="skip" onClick=${() => focusCard(stop())}>Skip to the photos</button>`}
      <a class="wordmark" href="#" onClick=${(event) => {
        event.preventDefault();
        leaveBatch();
      }}><span class="mark" aria-hidden="true"></span>tagroll</a>
      <span class="spring"></span>
      ${batch && html`<button type="button" class="quiet" onClick=${leaveBatch}><${Icon} name="photos" /><span class="wide-only">All batches</span><span class="narrow-only visually-hidden">All batches</span></button>`}
      ${describer && html`
        <button type="button" class="quiet describer" onClick=${() => openDialog('about')}>
          <span class=${'dot ' + (describer.remote ? 'remote' : 'local')} aria-hidden="true"></span>
          <span class="clip"><span class="visually-hidden">Described by </span>${describerLabel(describer)}</span>
          <${Icon} name="info" />
        </button>`}
      <button type="button" class="quiet square" aria-label="Keyboard shortcuts" title="Keyboard shortcuts (?)" onClick=${() => openDialog('keys')}>?</button>
      <${ThemeButton} />
    </header>`;
}

function ThemeButton() {
  const [theme, show] = useState(currentTheme());
  const next = themes[(themes.indexOf(theme) + 1) % themes.length];
  return html`
    <button type="button" class="quiet square" title=${`Theme: ${themeNames[theme]}`}
      aria-label=${`Theme: ${themeNames[theme]}. Change to: ${themeNames[next]}`}
      onClick=${() => {
        setTheme(next);
        show(next);
      }}><${Icon} name=${icons[theme]} /></button>`;
}
