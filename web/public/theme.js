// Before the first paint, so that nobody sees the other theme flash. A file, because the page's policy allows no inline script.
(() => {
  let choice = 'auto';
  try {
    choice = localStorage.getItem('ist.theme') || 'auto';
  } catch {
    choice = 'auto'; // storage refused: follow the system
  }
  const isDark =
    choice === 'dark' || (choice === 'auto' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.dataset.theme = isDark ? 'dark' : 'light';
})();
