// What runs before the first paint: the theme that the person chose. Everything else waits until
// the page has been painted once, so that no script stands in the way of what is seen
// first; index.html keeps them in a template. It is not a module because modules run later.
// js/preferences.js holds the rest of the theme.
(() => {
  let choice = null;
  try {
    choice = localStorage.getItem('tagroll-theme');
  } catch {
    // Storage may be forbidden; then the page is dark.
  }
  document.documentElement.dataset.theme = choice === 'light' || choice === 'system' ? choice : 'dark';

  let begun = false;
  const begin = () => {
    if (begun) return;
    begun = true;
    document.head.append(document.importNode(document.getElementById('modules').content, true));
  };
  addEventListener('DOMContentLoaded', () => {
    requestAnimationFrame(() => setTimeout(begin)); // after the frame that this callback belongs to
    setTimeout(begin, 150); // in a background tab there are no frames
  });
})();
