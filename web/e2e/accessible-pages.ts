/** axe-core over every page, in both themes; a file of tests for each size, so that they can run side by side. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import type { View } from './browser.ts';
import { rightPassword } from './replay-door.ts';
import type { Scenario } from './replay-model.ts';
import { openBrowser } from './shared-browser.ts';
import { isReal, openPage, subject } from './subject.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const paths = [
  '/',
  '/outages',
  '/outages?range=1y&days=year',
  '/incident?id=2',
  '/snapshot?id=nothing',
  '/latency?range=24h',
  '/latency?range=7d&view=overlay',
  '/speed?range=30d',
  '/wifi-test',
  '/more',
  '/settings',
  '/access',
  '/about',
  '/nothing-here',
];
const looked: readonly Scenario[] = isReal ? ['year'] : ['empty', 'year', 'down', 'busy'];

export function testEveryPage(view: View): void {
  for (const scenario of looked) {
    test(`no page breaks an accessibility rule: ${scenario}, ${view.width} px, light and dark`, async (t) => {
      const browser = await openBrowser(view);
      const { url, close } = await subject(scenario);
      t.after(async () => {
        await browser.close();
        await close();
      });
      for (const path of scenario === 'busy' ? ['/', '/outages'] : paths) {
        const { page } = await openPage(browser.context, url + path);
        await page.locator('main h1').first().waitFor();
        if (path === '/') await nowHasChart(page);
        if (path.startsWith('/outages')) await outagesAreThere(page);
        if (path.startsWith('/incident') && !isReal) await incidentIsThere(page, scenario);
        if (path.startsWith('/latency')) await page.locator('ist-smoke-chart').first().waitFor();
        if (path === '/settings' && !isReal) await page.locator('ist-consent-list li').first().waitFor();
        if (path === '/about') await aboutIsThere(page);
        if (path.startsWith('/speed') && !isReal) await speedIsThere(page, scenario);
        if (path === '/access' && !isReal) await accessIsThere(page);
        if (path.startsWith('/latency')) await page.keyboard.press('t');
        await breaksNothing(page, `${scenario} ${path}`);
        await page.close();
      }
    });
  }
  for (const visitor of ['unclaimed', 'signed-out', 'reader'] as const) {
    test(`no page breaks an accessibility rule: ${visitor}, ${view.width} px, light and dark`, {
      skip: isReal,
    }, async (t) => {
      const browser = await openBrowser(view);
      const { url, close } = await subject('hour', visitor);
      t.after(async () => {
        await browser.close();
        await close();
      });
      const { page } = await openPage(browser.context, url);
      await page.locator('main h1').first().waitFor();
      if (visitor === 'reader') {
        await page.getByRole('button', { name: 'Who is signed in' }).click();
        await page.getByText('Not signed in').waitFor();
      } else {
        await page.locator('form button[type=submit]').click(); // nothing is filled in: an error stands at a field
        await page.getByRole('alert').waitFor();
      }
      await breaksNothing(page, visitor);
    });
  }
}

/** Looks at the page as it stands, in both themes: it follows the system's choice without being loaded again. */
async function breaksNothing(page: Page, what: string): Promise<void> {
  await page.evaluate(axe);
  for (const theme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: theme });
    await page.waitForFunction((name) => document.documentElement.dataset.theme === name, theme);
    assert.deepEqual(await page.evaluate(violations), [], `${what}, ${theme}`);
  }
}

async function nowHasChart(page: Page): Promise<void> {
  await page.locator('ist-live-chart').waitFor();
}

async function outagesAreThere(page: Page): Promise<void> {
  await page.locator('ist-calendar').waitFor();
  await page.locator('ist-timeline .row').first().waitFor();
}

/** With the lists of packages open. */
async function aboutIsThere(page: Page): Promise<void> {
  await page.locator('ist-about summary').first().click();
  await page.locator('ist-about summary').last().click();
  await page.getByRole('rowheader', { name: 'lit', exact: true }).waitFor();
}

/** With everything unfolded, and the method of a figure before it. */
async function speedIsThere(page: Page, scenario: Scenario): Promise<void> {
  await page.locator('ist-speed-plan table').first().waitFor();
  await page.getByRole('button', { name: 'Show a code to scan' }).click();
  await page.locator('ist-qr-code svg').waitFor();
  if (scenario === 'empty') return;
  await page.locator('ist-speed-chart').last().waitFor();
  for (const summary of await page.locator('ist-speed summary').all()) await summary.click();
  await page.getByRole('button', { name: 'Compare' }).click();
  await page.locator('ist-speed-compare table').waitFor();
}

/** With its forms open, and the code to scan. */
async function accessIsThere(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Add a viewer' }).click();
  await page.getByRole('button', { name: 'Make a key' }).click();
  await page.getByRole('button', { name: 'Switch it on' }).click();
  await page.getByRole('dialog').getByLabel('Password', { exact: true }).fill(rightPassword);
  await page.keyboard.press('Enter');
  await page.locator('ist-qr-code').waitFor();
}

async function incidentIsThere(page: Page, scenario: Scenario): Promise<void> {
  const isSomething = scenario === 'year' || scenario === 'down';
  await page
    .locator(isSomething ? 'ist-moment-chart .note' : 'main h1')
    .first()
    .waitFor();
}

/** Runs in the page, where the script above has put axe. */
async function violations(): Promise<string[]> {
  const { axe } = globalThis as unknown as { axe: { run(): Promise<AxeResults> } };
  const results = await axe.run();
  return results.violations.map(
    (one) => `${one.id}: ${one.nodes.map((node) => node.target.flat().join(' ')).join(' | ')}`,
  );
}
