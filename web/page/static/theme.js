// Sets the theme that the person chose before anything is painted: dark, light or the system's.
// It is not a module because modules run after the first paint. js/preferences.js holds the rest.
(() => {
  let choice = null;
  try {
    choice = localStorage.getItem('tagroll-theme');
  } catch {
    // Storage may be forbidden; then the page is dark.
  }
  document.documentElement.dataset.theme = choice === 'light' || choice === 'system' ? choice : 'dark';
})();
