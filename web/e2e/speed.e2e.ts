/** Speed tests and the Wi-Fi test, against the replay. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Page } from 'playwright-core';
import { desktop, phone, type View } from './browser.ts';
import type { Visitor } from './replay-door.ts';
import type { Scenario } from './replay-model.ts';
import { openBrowser } from './shared-browser.ts';
import { isReal, openPage, subject } from './subject.ts';

interface Asked {
  scenario?: Scenario;
  visitor?: Visitor;
  view?: View;
}

async function open(
  t: TestContext,
  path: string,
  { scenario = 'year', visitor, view = desktop }: Asked = {},
) {
  const { url, replay, close } = await subject(scenario, visitor);
  const browser = await openBrowser(view);
  t.after(async () => {
    await browser.close();
    await close();
  });
  assert.ok(replay);
  const { page, complaints } = await openPage(browser.context, url + path);
  return { page, complaints, replay, url };
}

const plain = (text: string) => text.replaceAll('\u00a0', ' ');
const heading = async (page: Page) => plain(await page.locator('main h1').innerText());
const startButton = (page: Page) => page.getByRole('button', { name: /^Run a speed test/ });

test('a test is started with its price beside it, watched, and read', { skip: isReal }, async (t) => {
  const { page, complaints, replay } = await open(t, '/speed');
  replay.speed.takesMs = 6000;
  assert.match(plain(await startButton(page).innerText()), /about 41 MB/);
  await page.getByText('of this month’s').first().waitFor();
  await startButton(page).click();
  await page.locator('ist-speed-live-chart canvas').waitFor();
  await page.locator('ist-speed-live li[aria-current=step]', { hasText: 'Upload' }).waitFor();
  assert.match(plain(await page.locator('ist-speed-live dl').innerText()), /Delay at rest\s12\.\d ms/);
  await startButton(page).waitFor();
  await page.locator('ist-speed-result').getByText('94.1', { exact: false }).first().waitFor();
  assert.equal(
    await heading(page),
    '94.1 Mbit/s down and 18.8 Mbit/s up. A busy upload adds 190 ms of delay.',
  );
  assert.deepEqual(complaints, []);
});

test('a test that is stopped gives no number', { skip: isReal }, async (t) => {
  const { page, replay } = await open(t, '/speed');
  replay.speed.takesMs = 8000;
  await startButton(page).click();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.locator('ist-speed-result .failure', { hasText: 'It was stopped by hand.' }).waitFor();
  assert.equal(await page.locator('ist-speed-result .figures').count(), 0);
});

test('a test that fails says why, and keeps what was measured before it', { skip: isReal }, async (t) => {
  const { page, replay } = await open(t, '/speed', { view: phone });
  replay.speed.takesMs = 300;
  replay.speed.failsWith = 'failed';
  await startButton(page).click();
  await page.locator('ist-speed-result .failure').waitFor();
  assert.match(await heading(page), /failed just now\. No byte came for five seconds\. Step: download\./);
  assert.match(
    plain(await page.locator('.title .muted').innerText()),
    /Before it: [89]\d\.\d Mbit\/s down, 1\d\.\d Mbit\/s up, 25 min ago/,
  );
  assert.equal(await page.locator('ist-speed-start').getByRole('alert').count(), 0);
});

test('who may only look is offered no test', { skip: isReal }, async (t) => {
  const { page } = await open(t, '/speed', { visitor: 'reader' });
  await page.getByText('Who may only look cannot start a test.').waitFor();
  assert.equal(await startButton(page).count(), 0);
});

test('before the first test nothing is claimed, and what is missing is named', {
  skip: isReal,
}, async (t) => {
  const { page } = await open(t, '/speed', { scenario: 'empty' });
  await page.getByText('Not switched on in consent.mlab.').first().waitFor();
  assert.equal(await heading(page), 'The speed of this line has not been measured yet.');
  assert.equal(await page.locator('ist-speed-chart').count(), 0);
  assert.equal(
    await page.getByRole('link', { name: 'Choose who may be contacted' }).getAttribute('href'),
    '/settings',
  );
});

test('a line that is down, and a box that is silent, are not tested', { skip: isReal }, async (t) => {
  const { page, replay } = await open(t, '/speed', { scenario: 'down' });
  await page.getByText('The line is down. A test now would fail').waitFor();
  assert.equal(await startButton(page).isDisabled(), true);
  replay.silence();
  await page.getByText('The box does not answer, so no test can be started.').waitFor();
  assert.match(await heading(page), /^As of /);
});

test('every figure shows its method, by keyboard as well', { skip: isReal }, async (t) => {
  const { page } = await open(t, '/speed');
  await page.locator('ist-speed-result details').waitFor();
  const figures = page.locator('ist-speed-result .figure');
  assert.ok((await figures.count()) >= 7);
  for (const figure of await figures.all()) {
    await figure.focus();
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog');
    await dialog.waitFor();
    assert.ok((await dialog.locator('.how').innerText()).length > 20);
    assert.ok((await dialog.locator('dt').count()) >= 5);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
  }
});

test('failures are told in the list, and a filter leaves one engine', { skip: isReal }, async (t) => {
  const { page, complaints } = await open(t, '/speed?range=30d');
  const rows = page.locator('ist-speed-table tbody tr');
  await rows.first().waitFor();
  assert.equal(await rows.count(), 10);
  await rows.filter({ hasText: 'No byte came for five seconds.' }).first().waitFor();
  await page.keyboard.press('t');
  await page.waitForFunction(
    () =>
      (document
        .querySelector('ist-app')
        ?.shadowRoot?.querySelector('ist-speed')
        ?.shadowRoot?.querySelector('ist-speed-table')
        ?.shadowRoot?.querySelectorAll('tbody tr').length ?? 0) > 90,
  );
  assert.equal(await page.locator('ist-speed-history .keys li').count(), 2);
  await page.locator('ist-speed-filters').getByLabel('Engine').selectOption('mlab');
  await page.waitForURL(/engine=mlab/);
  assert.equal(await page.locator('ist-speed-history .keys li').count(), 0);
  assert.match(
    (await page.locator('ist-speed-chart .frame').first().getAttribute('aria-label')) ?? '',
    /^Download: \d+ tests measured.*median [89]\d/,
  );
  assert.deepEqual(complaints, []);
});

test('a test of the list is shown with its own result, and stands in the address', {
  skip: isReal,
}, async (t) => {
  const { page } = await open(t, '/speed?range=30d');
  await page.locator('ist-speed-table tbody tr').nth(2).getByRole('button').click();
  await page.waitForURL(/test=t3/);
  await page.getByRole('heading', { name: /^Test of / }).waitFor();
  await page.getByRole('button', { name: 'Show the last one' }).click();
  await page.getByRole('heading', { name: 'Last result' }).waitFor();
});

test('Now tells the last speed test and leads to the page', { skip: isReal }, async (t) => {
  const { page } = await open(t, '/');
  const tile = page.locator('ist-speed-tile a');
  await tile.getByText('Next one about').waitFor();
  assert.match(plain(await tile.innerText()), /[89]\d\.\d ↓ 1\d\.\d ↑ Mbit\/s/);
  await tile.getByText('good under load').waitFor();
  await tile.click();
  await page.waitForURL(/\/speed$/);
});

test('a phone learns which hop is the slower one, from what the receivers counted', {
  skip: isReal,
}, async (t) => {
  const { page, complaints } = await open(t, '/wifi-test', { view: phone });
  await page.getByLabel(/Where are you/).fill('Kitchen');
  await page.getByRole('button', { name: 'Measure here' }).click();
  await page.getByRole('button', { name: 'Measure again' }).waitFor();
  assert.match(
    await heading(page),
    /^The Wi-Fi is the slower part: downwards, .* less; upwards, 12\.0 Mbit\/s of the 1\d\.\d/,
  );
  const wifi = plain(await page.locator('ist-wifi-hops .hop').first().innerText());
  const down = Number(/Down\s+([\d.]+) Mbit/.exec(wifi)?.[1]);
  assert.ok(down > 30 && down < 44, `${down} of the 40 Mbit/s that were sent`);
  await page.reload();
  await page.locator('ist-wifi-rooms li', { hasText: 'Kitchen' }).waitFor();
  await page.getByRole('button', { name: 'Remove Kitchen' }).click();
  await page.getByText('Each place you measure is listed here').waitFor();
  assert.deepEqual(complaints, []);
});

test('a box that is busy with another device says so', { skip: isReal }, async (t) => {
  const { page, replay } = await open(t, '/wifi-test', { view: phone });
  replay.wifi.isBusy = true;
  await page.getByRole('button', { name: 'Measure here' }).click();
  await page.getByText('The box refuses: Another device is measuring').waitFor();
  await page.getByRole('button', { name: 'Measure here' }).waitFor();
});

test('a guest measures the Wi-Fi without signing in, and is shown nothing else', {
  skip: isReal,
}, async (t) => {
  const { page } = await open(t, '/wifi-test', { view: phone, visitor: 'signed-out' });
  await page.getByText('Only for who is signed in.').waitFor();
  await page.getByRole('button', { name: 'Measure here' }).waitFor();
  await page.getByRole('button', { name: 'Sign in to see it' }).click();
  await page.getByLabel('Password', { exact: true }).waitFor();
});
