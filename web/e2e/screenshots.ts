/** Takes the pictures we look at: sh appliance/node.sh web/e2e/screenshots.ts FOLDER [scenario…] [--page now|outages|…] */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { desktop, openBrowser, phone } from './browser.ts';
import { type Scenario, scenarios } from './replay-model.ts';
import { startReplay } from './replay-server.ts';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { page: { type: 'string' }, theme: { type: 'string' }, size: { type: 'string' } },
});
const [folder = 'screenshots', ...wanted] = positionals;
mkdirSync(folder, { recursive: true });
/** The newest incident of each scenario; one with two records in the year. */
const incidents: Partial<Record<Scenario, number>> = { hour: 1, year: 78, down: 2, degraded: 2 };
const pages: Record<string, (scenario: Scenario) => string> = {
  now: () => '/',
  outages: () => '/outages',
  year: () => '/outages?range=1y&days=year',
  incident: (scenario) => `/incident?id=${incidents[scenario] ?? 1}`,
  access: () => '/access',
  latency: (scenario) => (scenario === 'year' ? '/latency?range=30d' : '/latency?range=1h'),
};

for (const scenario of scenarios.filter((one) => wanted.length === 0 || wanted.includes(one))) {
  const replay = await startReplay(scenario);
  for (const view of [desktop, phone]) {
    for (const theme of ['light', 'dark'] as const) {
      if (values.theme && values.theme !== theme) continue;
      if (values.size && Number(values.size) !== view.width) continue;
      const { context, close } = await openBrowser({ ...view, theme });
      for (const [name, path] of Object.entries(pages)) {
        if (values.page && values.page !== name) continue;
        const page = await context.newPage();
        page.on(
          'console',
          (message) => message.type() !== 'info' && console.log(`${name}: ${message.text()}`),
        );
        page.on('pageerror', (error) => console.log(`${name}: ${error.message}`));
        await page.goto(replay.url + path(scenario));
        await page.waitForFunction(() => document.querySelector('ist-app') !== null);
        await page.waitForTimeout(2500); // two live updates, so that the picture shows the page at work
        await page.screenshot({
          path: join(folder, `${name}-${scenario}-${view.width}-${theme}.png`),
          fullPage: true,
        });
        await page.close();
      }
      await close();
    }
  }
  await replay.close();
}
