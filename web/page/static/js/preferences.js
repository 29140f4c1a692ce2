// What this browser remembers of the person: the theme and a few choices. The theme is dark unless
// they chose light or the system's; static/first.js applies it before the first paint, this module
// changes it.

export const themes = ['dark', 'light', 'system'];

export function currentTheme() {
  return document.documentElement.dataset.theme || 'dark';
}

export function setTheme(choice) {
  document.documentElement.dataset.theme = choice;
  remember('tagroll-theme', choice);
}

/** Keeps a preference in this browser. Where storage is forbidden it lasts as long as the page. */
export function remember(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Nothing is lost but the preference.
  }
}

export function recall(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

/** Keeps what is being written, for this tab: a reload must not lose it. Null forgets it. */
export function keepHere(key, value) {
  try {
    if (value === null) sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, JSON.stringify(value));
  } catch {
    // It lasts as long as the page.
  }
}

/** @returns {any} */
export function keptHere(key) {
  try {
    return JSON.parse(sessionStorage.getItem(key) ?? 'null');
  } catch {
    return null;
  }
}
