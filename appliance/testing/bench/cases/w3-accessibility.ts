import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { desktop, places, withBrowser } from '../browser-run.ts';
import { type BenchCase, count } from '../case.ts';

interface Violation {
  id: string;
  help: string;
  nodes: unknown[];
}

export const accessibility: BenchCase = {
  id: 'W3',
  title: 'accessibility checker over every page, both themes',
  async run(bench) {
    const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
    const found: string[] = [];
    let pages = 0;
    for (const theme of ['light', 'dark'] as const) {
      await withBrowser(bench, { ...desktop, theme }, async ({ page, origin }) => {
        for (const place of await places()) {
          await page.goto(`${origin}${place}`, { waitUntil: 'load' });
          await page.locator('main h1, main h2, main canvas').first().waitFor({ timeout: 15_000 });
          // Evaluated over the debugging protocol, so that the page's own policy need not allow it.
          const session = await page.context().newCDPSession(page);
          await session.send('Runtime.evaluate', { expression: axe });
          const answer = await session.send('Runtime.evaluate', {
            expression: 'axe.run().then((result) => JSON.stringify(result.violations))',
            awaitPromise: true,
          });
          const violations = JSON.parse(String(answer.result.value)) as Violation[]; // axe's own shape
          found.push(...violations.map(({ id, nodes }) => `${place} (${theme}): ${id} ×${nodes.length}`));
          pages += 1;
        }
      });
    }
    return [
      {
        what: 'violations',
        ours: count(found.length),
        peer: null,
        target: '0',
        isMet: found.length === 0 && pages > 0,
        note: `${pages} page views; ${found.join('; ') || 'none'}`,
      },
    ];
  },
};
