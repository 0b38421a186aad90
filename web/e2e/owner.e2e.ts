/** What is grave, asked of the real service through the real pages: the password again, once it is too long ago. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask } from '../../appliance/http/testing.ts';
import { desktop } from './browser.ts';
import { openBrowser } from './shared-browser.ts';
import { isReal, openPage } from './subject.ts';
import { ownerPassword, realBox } from './whole-box.ts';

test('a key is made only with the password given again, and then opens what it is for', {
  skip: isReal,
}, async (t) => {
  const box = await realBox(t);
  const browser = await openBrowser(desktop);
  t.after(() => browser.close());
  const { page } = await openPage(browser.context, box.url);
  await page.getByLabel('Claim code').fill(await box.claimCode());
  await page.getByLabel('Password', { exact: true }).fill(ownerPassword);
  await page.getByRole('button', { name: 'Become the owner' }).click();
  await page.locator('ist-now').waitFor();
  box.clock.advance(20 * 60_000); // the password that came with the claim no longer counts
  await page.goto(`${box.url}/access`);
  await page.getByRole('button', { name: 'Make a key' }).click();
  await page.getByLabel('What it is for').fill('backup script');
  await page.getByLabel('It may').selectOption('read, and start tests');
  await page.getByRole('button', { name: 'Make a key' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Password', { exact: true }).fill('something else entirely');
  await page.keyboard.press('Enter');
  await dialog.getByRole('alert').waitFor();
  const keys = async () =>
    (await ask({ socketPath: box.socketPath, path: '/api/keys' })).json.keys as object[];
  assert.equal((await keys()).length, 0, 'nothing was made without it');
  await dialog.getByLabel('Password', { exact: true }).fill(ownerPassword);
  await dialog.getByRole('button', { name: 'Go on' }).click();
  const key = (await page.getByText(/^ist_[\w-]{40,}$/).innerText()).trim();
  assert.equal((await keys()).length, 1);
  const get = (path: string, method = 'GET') =>
    ask({ port: box.port, path, method, headers: { authorization: `Bearer ${key}` } });
  assert.equal((await get('/api/targets')).status, 200);
  assert.equal((await get('/api/keys')).status, 403);
  await page.reload();
  await page.getByRole('button', { name: 'Revoke backup script' }).click();
  await page.getByRole('button', { name: 'Revoke backup script' }).waitFor({ state: 'detached' });
  assert.equal((await get('/api/targets')).status, 401);
});
