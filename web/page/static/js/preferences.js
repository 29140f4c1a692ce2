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
