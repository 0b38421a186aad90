import type { State } from '../lib/icons.ts';
import { colour } from '../lib/theme.ts';

const shapes: Record<State, (fill: string) => string> = {
  up: (fill) => `<circle cx="16" cy="16" r="13" fill="${fill}"/>`,
  degraded: (fill) => `<path d="M16 2 31 29H1z" fill="${fill}"/>`,
  down: (fill) => `<rect x="3" y="3" width="26" height="26" rx="3" fill="${fill}"/>`,
  unknown: (fill) => `<circle cx="16" cy="16" r="10.5" fill="none" stroke="${fill}" stroke-width="5"/>`,
};

const laterMs = 1000;

let shown = '';

/** The tab's icon says the state, in shape and colour. */
export function showFavicon(state: State): void {
  const image = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">${shapes[state](colour(state))}</svg>`;
  if (image === shown) return;
  shown = image;
  // Later: making an image of it costs a slow phone as much as drawing a tile of the page.
  setTimeout(() => {
    if (image !== shown) return;
    const address = `data:image/svg+xml,${encodeURIComponent(image)}`;
    document.querySelector('link[rel="icon"]')?.setAttribute('href', address);
  }, laterMs);
}
