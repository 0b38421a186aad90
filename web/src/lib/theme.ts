export type ThemeChoice = 'auto' | 'light' | 'dark';
const key = 'ist.theme';
const system = matchMedia('(prefers-color-scheme: dark)');
const listeners = new Set<() => void>();

/** What the person chose; `auto` follows the system. */
export function themeChoice(): ThemeChoice {
  try {
    const stored = localStorage.getItem(key);
    return stored === 'light' || stored === 'dark' ? stored : 'auto';
  } catch {
    return 'auto'; // storage refused by the browser
  }
}

export function chooseTheme(choice: ThemeChoice): void {
  try {
    localStorage.setItem(key, choice);
  } catch {
    console.info('The colour choice holds for this page only: the browser refuses storage.');
  }
  apply(choice);
}

/** Called after the colours changed; charts draw themselves anew. */
export function onTheme(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function apply(choice: ThemeChoice): void {
  const isDark = choice === 'dark' || (choice === 'auto' && system.matches);
  document.documentElement.dataset.theme = isDark ? 'dark' : 'light';
  const ground = getComputedStyle(document.documentElement).getPropertyValue('--ground').trim();
  document.querySelector('meta[name="theme-color"]')?.setAttribute('content', ground);
  for (const listener of listeners) listener();
}

system.addEventListener('change', () => apply(themeChoice()));
// Paper is white: canvases, which know no media queries, are drawn anew for it.
addEventListener('beforeprint', () => apply('light'));
addEventListener('afterprint', () => apply(themeChoice()));
apply(themeChoice());

/** The value of a colour token, for canvases. */
export function colour(token: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${token}`).trim();
}
