import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const css = readFileSync(join(import.meta.dirname, 'tokens.css'), 'utf8');
const grounds = ['ground', 'surface', 'inset'];
const texts = ['ink', 'ink-2', 'ink-3', 'accent'];
const graphics = [
  'up',
  'degraded',
  'down',
  'unknown',
  'series-router',
  'series-provider',
  'series-internet',
  'series-names',
  'series-5',
  'series-6',
];

function themeTokens(selector: string): Map<string, string> {
  const start = css.indexOf(`${selector} {`);
  const block = css.slice(start, css.indexOf('}', start));
  return new Map(
    [...block.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6})/g)].map((found) => [found[1] ?? '', found[2] ?? '']),
  );
}

/** WCAG 2.2 relative luminance. */
function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * (r ?? 0) + 0.7152 * (g ?? 0) + 0.0722 * (b ?? 0);
}

function contrast(one: string, other: string): number {
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

for (const [theme, selector] of [
  ['light', ':root'],
  ['dark', ':root[data-theme="dark"]'],
] as const) {
  const tokens = themeTokens(selector);
  const of = (name: string) => {
    const value = tokens.get(name);
    assert.ok(value, `${theme}: no token ${name}`);
    return value;
  };

  test(`${theme}: text is readable on every surface`, () => {
    for (const text of texts) for (const ground of grounds) atLeast(4.5, text, ground);
    for (const state of ['up', 'degraded', 'down', 'unknown']) atLeast(4.5, state, 'surface');
    atLeast(4.5, 'accent-ink', 'accent');
    atLeast(4.5, 'accent', 'accent-tint');
  });

  test(`${theme}: graphics stand out from every surface`, () => {
    for (const graphic of graphics) for (const ground of grounds) atLeast(3, graphic, ground);
    for (const state of ['up', 'degraded', 'down', 'unknown']) atLeast(3, state, `${state}-tint`);
  });

  test(`${theme}: numbers in the heat map are readable on every step`, () => {
    for (const step of ['0', '1']) atLeast(4.5, 'heat-ink-low', `heat-${step}`);
    atLeast(4.5, 'heat-ink-2', 'heat-2');
    for (const step of ['3', '4']) atLeast(4.5, 'heat-ink-high', `heat-${step}`);
  });

  test(`${theme}: days are readable on every step, and every step is lighter or darker than the one before`, () => {
    const steps = ['perfect', 'good', 'fair', 'poor', 'bad'];
    for (const step of steps)
      atLeast(4.5, tokens.has(`day-ink-${step}`) ? `day-ink-${step}` : 'day-ink', `day-${step}`);
    const shades = steps.map((step) => luminance(of(`day-${step}`)));
    const isSorted = shades.every((shade, index) => {
      const before = shades[index - 1];
      return before === undefined || (theme === 'light' ? shade < before : shade > before);
    });
    assert.ok(isSorted, shades.join(', '));
    for (const ground of grounds) atLeast(3, 'busy', ground);
  });

  function atLeast(least: number, one: string, other: string): void {
    const found = contrast(of(one), of(other));
    assert.ok(found >= least, `${theme}: ${one} on ${other} is ${found.toFixed(2)}:1`);
  }
}
