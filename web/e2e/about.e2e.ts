/** What the page About tells is what was built and what the box says of itself. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readLockfile } from '../../appliance/testing/sbom/lockfile.ts';
import { desktop } from './browser.ts';
import { openBrowser } from './shared-browser.ts';
import { isReal, openPage, subject } from './subject.ts';

const packages = JSON.parse(
  readFileSync(join(import.meta.dirname, '../dist/packages.json'), 'utf8'),
) as Record<'service' | 'dashboard', { name: string; version: string; licence: string }[]>; // written by the build in this shape

test('the list of packages holds what the bundler took and what the service is installed with', () => {
  const names = packages.dashboard.map(({ name }) => name);
  assert.deepEqual(names, [
    '@lit/reactive-element',
    'lit',
    'lit-element',
    'lit-html',
    'qrcode-generator',
    'uplot',
  ]);
  const installed = [...readLockfile().values()].filter(({ isDevelopment }) => !isDevelopment);
  assert.deepEqual(
    new Set(packages.service.map(({ name }) => name)),
    new Set(installed.map(({ name }) => name)),
  );
  for (const { name, version, licence } of [...packages.dashboard, ...packages.service]) {
    assert.match(version, /^\d+\.\d+/, name);
    assert.notEqual(licence, '', name);
  }
});

test('version, fingerprints and packages can be read, and a part that fails leaves the rest', {
  skip: isReal,
}, async (t) => {
  const { url, replay, close } = await subject('hour');
  const browser = await openBrowser(desktop);
  t.after(async () => {
    await browser.close();
    await close();
  });
  replay?.fail(['/api/system']);
  const { page } = await openPage(browser.context, `${url}/more`);
  await page
    .getByRole('main')
    .getByRole('link', { name: /^About/ })
    .click();
  await page.getByText('3b6a 27bc ceb6 a42d').waitFor();
  await page.getByText('System could not be read: The database is being repaired.').waitFor();
  assert.equal(await page.locator('ist-about .mono').count(), 3);
  assert.equal(
    await page.getByRole('link', { name: 'Download the authority’s certificate' }).getAttribute('href'),
    '/api/tls/ca.crt',
  );
  await page.getByText(`In the service: ${packages.service.length}`).click();
  await page.getByRole('rowheader', { name: 'fastify', exact: true }).waitFor();
});
