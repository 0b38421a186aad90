/** axe-core over every page, in both themes and both sizes. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import type { AxeResults } from 'axe-core';
import { desktop, openBrowser, phone } from './browser.ts';
import type { Scenario } from './replay-model.ts';
import { isReal, openPage, subject } from './subject.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const paths = ['/', '/latency?range=24h', '/latency?range=7d&view=overlay', '/nothing-here'];
const looked: readonly Scenario[] = isReal ? ['year'] : ['empty', 'year', 'down'];

for (const theme of ['light', 'dark'] as const) {
  for (const view of [desktop, phone]) {
    test(`no page breaks an accessibility rule, ${theme}, ${view.width} px`, async (t) => {
      const browser = await openBrowser({ ...view, theme });
      t.after(() => browser.close());
      for (const scenario of looked) {
        const { url, close } = await subject(scenario);
        for (const path of paths) {
          const { page } = await openPage(browser.context, url + path);
          await page.waitForLoadState('networkidle', { timeout: 3000 }).catch(() => undefined); // the live stream never idles
          if (path.startsWith('/latency')) await page.keyboard.press('t');
          await page.evaluate(axe);
          const results = await page.evaluate(() =>
            (globalThis as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run(),
          );
          const found = results.violations.map(
            (one) => `${one.id}: ${one.nodes.map((node) => node.target.flat().join(' ')).join(' | ')}`,
          );
          assert.deepEqual(found, [], `${scenario} ${path}`);
          await page.close();
        }
        await close();
      }
    });
  }
}
