/** The settings, over the appliance's own configuration. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { desktop, phone, type View } from './browser.ts';
import { openBrowser } from './shared-browser.ts';
import { isReal, openPage, subject } from './subject.ts';

type Values = Record<string, Record<string, unknown> | undefined>;

async function openSettings(t: TestContext, view: View = desktop) {
  const { url, replay, close } = await subject('hour');
  const browser = await openBrowser(view);
  t.after(async () => {
    await browser.close();
    await close();
  });
  assert.ok(replay);
  const { page, complaints } = await openPage(browser.context, `${url}/settings`);
  await page.locator('ist-setting').first().waitFor();
  const read = async () => (await (await fetch(`${url}/api/config`)).json()) as { values: Values };
  return { page, complaints, read, replay };
}

test('a value is saved where it stands, and goes back to its default', { skip: isReal }, async (t) => {
  const { page, complaints, read } = await openSettings(t, phone);
  await page.getByLabel('Search the settings').fill('site name');
  assert.equal(await page.locator('ist-setting').count(), 1);
  const name = page.getByRole('textbox', { name: /^Name/ });
  await name.fill('Cabin');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved.').waitFor();
  assert.equal((await read()).values.site?.name, 'Cabin');
  await page.getByText('Default: Home').waitFor();
  await page.getByRole('button', { name: 'Name: back to the default' }).click();
  await page.getByRole('button', { name: 'Name: back to the default' }).waitFor({ state: 'detached' });
  assert.equal(await name.inputValue(), 'Home');
  assert.deepEqual(complaints, []);
});

test('what is not allowed is said at its field, and nothing is lost', { skip: isReal }, async (t) => {
  const { page } = await openSettings(t);
  await page.getByLabel('Search the settings').fill('probing.intervalMs');
  const field = page.locator('ist-setting input');
  await field.fill('5');
  await page.keyboard.press('Enter');
  await page.locator('ist-setting').getByRole('alert').waitFor();
  assert.match(await page.locator('ist-setting').getByRole('alert').innerText(), /probing\.intervalMs.*20/);
  assert.equal(await field.inputValue(), '5');
  await page.getByRole('button', { name: 'Discard' }).click();
  assert.equal(await field.inputValue(), '1000');
});

test('what waits for a restart says so', { skip: isReal }, async (t) => {
  const { page } = await openSettings(t);
  await page.getByLabel('Search the settings').fill('http.port');
  await page.locator('ist-setting input').fill('8099');
  await page.keyboard.press('Enter');
  await page.getByText('changed, waits for the next start').waitFor();
  await page.getByText('One change takes effect at the next start').waitFor();
});

test('a list takes one text a line', { skip: isReal }, async (t) => {
  const { page, read } = await openSettings(t);
  await page.getByLabel('Search the settings').fill('dns.names');
  await page.locator('ist-setting textarea').fill('one.example\ntwo.example\n');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved.').waitFor();
  assert.deepEqual((await read()).values.dns?.names, ['one.example', 'two.example']);
});

test('a list of maps is edited row by row with the keyboard, and an error stands at its field', {
  skip: isReal,
}, async (t) => {
  const { page, complaints, read } = await openSettings(t, phone);
  await page.getByLabel('Search the settings').fill('targets');
  const list = page.locator('ist-setting', { hasText: 'Targets' }).locator('ist-row-list');
  const names = async () =>
    ((await read()).values.targets as unknown as { name: string }[]).map(({ name }) => name);
  const [first = '', second = '', third = ''] = await names();
  await list.getByRole('button', { name: /^Move Cloudflare .* down$/ }).focus();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Enter'); // the keyboard stays with the row
  await list.getByText('Now 3 of 3', { exact: false }).waitFor();
  await list.getByRole('button', { name: 'Add an entry' }).click();
  await page.keyboard.type('Office'); // the first field of the new row has the keyboard
  await page.keyboard.press('Tab');
  await page.keyboard.type('192.0.2.7');
  await list.getByLabel('Interval (ms)').fill('5');
  await page.getByRole('button', { name: 'Save' }).click();
  await list.getByRole('alert').waitFor();
  assert.match(await list.getByRole('alert').innerText(), /targets\[3\]\.intervalMs/);
  assert.equal(await list.getByLabel('Interval (ms)').getAttribute('aria-invalid'), 'true');
  await list.getByLabel('Interval (ms)').fill('250');
  await list.getByRole('button', { name: new RegExp(`^Remove ${second}`) }).click();
  await page.keyboard.press('Tab'); // the next row has the keyboard now
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved.').waitFor();
  assert.deepEqual(await names(), [third, first, 'Office']);
  const [, , office] = (await read()).values.targets as unknown as object[];
  assert.deepEqual(office, { name: 'Office', host: '192.0.2.7', intervalMs: 250 });
  assert.deepEqual(
    complaints.filter((one) => !/status of 400/.test(one)),
    [],
  );
});

test('a service outside is switched on where it stands what it learns', { skip: isReal }, async (t) => {
  const { page, read } = await openSettings(t, phone);
  const consent = page.locator('ist-consent-list');
  const toggle = consent.getByRole('switch').first();
  await consent.getByText('It learns:').first().waitFor();
  assert.equal(await toggle.isChecked(), false);
  await toggle.click();
  await page.waitForFunction(
    () =>
      document
        .querySelector('ist-app')
        ?.shadowRoot?.querySelector('ist-settings')
        ?.shadowRoot?.querySelector('ist-consent-list')
        ?.shadowRoot?.querySelector<HTMLInputElement>('input:not(:disabled)')?.checked === true,
  );
  assert.ok(Object.values((await read()).values.consent ?? {}).includes(true));
});

test('a change made elsewhere shows by itself', { skip: isReal }, async (t) => {
  const { page, replay } = await openSettings(t);
  await page.getByLabel('Search the settings').fill('backup.dailyAt');
  await fetch(`${replay.url}/api/config`, {
    method: 'PATCH',
    body: JSON.stringify({ path: 'backup.dailyAt', value: '04:15' }),
  });
  replay.send('config.changed', {
    at: new Date().toISOString(),
    sections: ['backup'],
    waitingForRestart: [],
  });
  await page.waitForFunction(
    () =>
      document
        .querySelector('ist-app')
        ?.shadowRoot?.querySelector('ist-settings')
        ?.shadowRoot?.querySelector('ist-setting')
        ?.shadowRoot?.querySelector('input')?.value === '04:15',
  );
});
