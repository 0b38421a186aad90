/**
 * Draws the PNG icons that phones want from public/icon.svg: sh appliance/node.sh web/icons.ts
 * Run by hand when the drawing changes; the pictures are kept in the repository, because a build has no browser.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openBrowser } from './e2e/browser.ts';

const folder = join(import.meta.dirname, 'public');
const drawing = readFileSync(join(folder, 'icon.svg'), 'utf8');

/** `bleed`: phones cut the corners themselves, so the ground goes to the edge and the drawing keeps clear of it. */
const icons = [
  { file: 'icon-192.png', size: 192, bleed: false },
  { file: 'icon-512.png', size: 512, bleed: false },
  { file: 'icon-maskable-512.png', size: 512, bleed: true },
  { file: 'apple-touch-icon.png', size: 180, bleed: true },
] as const;

const { context, close } = await openBrowser({ width: 512, height: 512 });
const page = await context.newPage();
for (const { file, size, bleed } of icons) {
  const svg = bleed
    ? drawing
        .replace(/(viewBox=")[^"]*"/, '$1-6 -6 76 76"')
        .replace(/<rect[^>]*>/, '<rect x="-6" y="-6" width="76" height="76" fill="#10312f"/>')
    : drawing;
  await page.setViewportSize({ width: size, height: size });
  await page.setContent(
    `<style>body{margin:0}svg{display:block;width:${size}px;height:${size}px}</style>${svg}`,
  );
  await page.screenshot({ path: join(folder, file), omitBackground: true });
}
await close();
