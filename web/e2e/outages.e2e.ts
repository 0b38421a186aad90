/** Outages, incidents and snapshots in a real browser, over the replay. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { BrowserContext, Page } from 'playwright-core';
import { desktop, phone, type View } from './browser.ts';
import type { Scenario } from './replay-model.ts';
import type { Replay } from './replay-server.ts';
import { openBrowser } from './shared-browser.ts';
import { isReal, openPage, subject } from './subject.ts';

interface Stage {
  url: string;
  context: BrowserContext;
  replay: Replay;
  page: Page;
  complaints: string[];
}

/** A browser on one page of a replayed house; everything is closed after the test. */
async function stage(t: TestContext, scenario: Scenario, path: string, view: View = desktop): Promise<Stage> {
  const { url, replay, close } = await subject(scenario);
  assert.ok(replay, 'these tests look at the replay only');
  const browser = await openBrowser(view);
  t.after(async () => {
    await browser.close();
    await close();
  });
  const { page, complaints } = await openPage(browser.context, url + path);
  return { url, context: browser.context, replay, page, complaints };
}

const only = { skip: isReal };
const row = (page: Page, text: string | RegExp) =>
  page.locator('ist-incident-list a.row').filter({ hasText: text });

test('the page says how long there was no outage, and how much was not observed', only, async (t) => {
  const { page, complaints } = await stage(t, 'year', '/outages');
  await page.getByRole('heading', { level: 1, name: 'No outage for 11 h.' }).waitFor();
  const figures = page.locator('ist-uptime-figures dl');
  assert.match(await figures.innerText(), /Uptime\s+99\.\d+\s%/);
  assert.match(await figures.innerText(), /0\.09\s% not observed \(41\smin\)/);
  assert.match(await figures.innerText(), /Line to the provider\s+5\sh 1\d\smin/);
  assert.deepEqual(complaints, []);
});

test('filters stand in the address and keep what they name', only, async (t) => {
  const { page } = await stage(t, 'year', '/outages');
  await row(page, 'The line to your provider failed').first().waitFor();
  await page.getByLabel('Whose fault').selectOption({ label: 'Router' });
  await page.waitForURL(/verdict=gateway/);
  assert.equal(await page.locator('ist-incident-list .row').count(), 1);
  await row(page, 'The router stopped answering').waitFor();
  await page.getByLabel('Longer than').selectOption({ label: '5 min' });
  await page.getByText('Nothing in this range fits the filters.').waitFor();
  await page.getByRole('button', { name: 'Clear the filters' }).click();
  await page.getByLabel('What', { exact: true }).selectOption({ label: 'Not observed' });
  await page.waitForURL(/kind=gap/);
  await page.locator('ist-incident-list').getByText('The box was without power').waitFor();
  await page.reload();
  await page.locator('ist-incident-list .row').first().waitFor();
  assert.equal(await page.locator('ist-incident-list .row').count(), 1);
});

test('the calendar is walked by keyboard and each day leads to its outages', only, async (t) => {
  const { page } = await stage(t, 'year', '/outages');
  const days = page.locator('ist-calendar td a');
  await days.first().waitFor();
  assert.equal(await days.count(), 90);
  assert.equal(await page.locator('ist-calendar td a[tabindex="0"]').count(), 1);
  const newest = page.locator('ist-calendar td a[tabindex="0"]');
  const before = await newest.getAttribute('aria-label');
  await newest.focus();
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowLeft');
  const reached = page.locator('ist-calendar td a[tabindex="0"]');
  assert.notEqual(await reached.getAttribute('aria-label'), before);
  await page.keyboard.press('Enter');
  await page.waitForURL(/from=.*&to=/);
  const query = new URL(page.url()).searchParams;
  const span = Date.parse(query.get('to') ?? '') - Date.parse(query.get('from') ?? '');
  assert.ok(span >= 23 * 3_600_000 && span <= 25 * 3_600_000, `${span} ms`);
  await page.locator('ist-calendar a[aria-current="date"]').waitFor();
  await page.getByRole('button', { name: 'Year', exact: true }).click();
  await page.waitForURL(/days=year/);
  await page.waitForFunction(
    () =>
      document
        .querySelector('ist-app')
        ?.shadowRoot?.querySelector('ist-outages')
        ?.shadowRoot?.querySelector('ist-calendar')
        ?.shadowRoot?.querySelectorAll('td a').length === 365,
  );
});

test('days without any observation look and sound like it', only, async (t) => {
  const { page } = await stage(t, 'down', '/outages');
  const days = page.locator('ist-calendar td a.no-data');
  await days.first().waitFor();
  assert.match((await days.first().getAttribute('aria-label')) ?? '', /not observed$/);
  const look = await days.first().evaluate((cell) => getComputedStyle(cell).backgroundImage);
  assert.match(look, /repeating-linear-gradient/);
});

test('the timeline zooms by dragging, and arrow keys walk its bars to an incident', only, async (t) => {
  const { page } = await stage(t, 'year', '/outages?range=7d');
  const plot = page.locator('ist-timeline .row svg');
  await page.locator('ist-timeline a').first().waitFor();
  const box = await plot.boundingBox();
  assert.ok(box);
  await page.mouse.move(box.x + box.width * 0.1, box.y + 20);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.6, box.y + 20, { steps: 4 });
  await page.mouse.up();
  await page.waitForURL(/from=.*&to=/);
  const query = new URL(page.url()).searchParams;
  const span = Date.parse(query.get('to') ?? '') - Date.parse(query.get('from') ?? '');
  assert.ok(Math.abs(span / (7 * 86_400_000) - 0.5) < 0.03, `zoomed to ${span} ms`);
  await page.keyboard.press('Escape');
  await page.waitForURL(/range=7d/);
  await page.locator('ist-timeline a[tabindex="0"]').focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/incident\?id=\d+/);
});

test('several lines are several rows', only, async (t) => {
  const { page } = await stage(t, 'lines', '/outages');
  await page.locator('ist-timeline .row').nth(1).waitFor();
  assert.deepEqual(await page.locator('ist-timeline .row h3').allInnerTexts(), ['main', 'mobile']);
  await page.getByLabel('Line', { exact: true }).selectOption('mobile');
  await page.waitForURL(/line=mobile/);
});

test('before the first outage the page says since when it watches', only, async (t) => {
  const { page } = await stage(t, 'empty', '/outages', phone);
  await page.getByText('We do not know yet').waitFor();
  await page.getByText('Outages are listed here from the first one on').waitFor();
  assert.equal(await page.locator('ist-uptime-figures .main .value').innerText(), '—');
});

test('when outages cannot be read the page says why and tries again', only, async (t) => {
  const { url, page, replay } = await stage(t, 'year', '/latency');
  replay.fail(['/api/outages', '/api/outages/calendar']);
  await page.goto(`${url}/outages`);
  await page.getByText('Outages could not be read: The database is being repaired.').waitFor();
  await page.getByText('The calendar could not be read').waitFor();
  replay.fail([]);
  await page.getByRole('button', { name: 'Try again' }).click();
  await row(page, 'The line to your provider failed').first().waitFor();
});

test('an outage that begins while somebody looks appears by itself', only, async (t) => {
  const { url, page, replay } = await stage(t, 'hour', '/');
  await page.locator('ist-uptime-tiles').getByText('ago').waitFor();
  assert.equal(await page.locator('ist-trouble-card').count(), 0);
  const list = await page.evaluate(async () => (await fetch('/api/outages')).json());
  const now = new Date().toISOString();
  const open = {
    ...list.outages[0],
    id: 99,
    startedAt: now,
    endedAt: null,
    announcedAt: now,
    decidedAt: null,
  };
  replay.send('outage.opened', { ...open, verdict: 'unclear', candidates: ['access', 'isp'] });
  const card = page.locator('ist-trouble-card');
  await card.getByText('Still finding out').waitFor();
  await card.getByText('Possible: the line to your provider or your provider’s network.').waitFor();
  replay.send('outage.updated', { ...open, decidedAt: now });
  await card.getByText('Look at the modem’s lights; restart it once.').waitFor();
  replay.send('outage.closed', { ...open, endedAt: now });
  await card.waitFor({ state: 'detached' });
  assert.ok(url);
});

test('the card counts up, names the fault and leads to the incident', only, async (t) => {
  const { page } = await stage(t, 'down', '/', phone);
  const card = page.locator('ist-trouble-card');
  await card.getByText('Nothing in the Internet answers').waitFor();
  assert.match(
    await card.locator('.fault').innerText(),
    /Fault: the line to your provider\s+\(almost certain\)/,
  );
  const length = () => card.locator('.since b').innerText();
  const before = await length();
  await page.waitForFunction(
    (old) =>
      document
        .querySelector('ist-app')
        ?.shadowRoot?.querySelector('ist-now')
        ?.shadowRoot?.querySelector('ist-trouble-card')
        ?.shadowRoot?.querySelector<HTMLElement>('.since b')?.innerText !== old,
    before,
  );
  await card.getByRole('link', { name: 'All that is known' }).click();
  await page.waitForURL(/\/incident\?id=\d+/);
  await page.getByText(/^goes on, 3\smin \d+\ss so far$/).waitFor();
  await page.getByText('It goes on: there is no after yet.').waitFor();
});

test('a full line is nobody’s fault', only, async (t) => {
  const { page } = await stage(t, 'busy', '/', phone);
  const card = page.locator('ist-trouble-card');
  await card.getByText('Your own traffic fills the line', { exact: true }).waitFor();
  await card.getByText('Pause large uploads').waitFor();
});

test('events of the list lead to their incident', only, async (t) => {
  const { page } = await stage(t, 'year', '/');
  await page.locator('ist-now .events a').first().waitFor();
  await page.waitForFunction(() =>
    document
      .querySelector('ist-app')
      ?.shadowRoot?.querySelector('ist-now')
      ?.shadowRoot?.querySelector('.events a')
      ?.getAttribute('href')
      ?.startsWith('/incident'),
  );
});

test('an incident shows its fault, its evidence and the way before, during and after', only, async (t) => {
  const { page, complaints } = await stage(t, 'year', '/outages');
  await row(page, 'The line to your provider failed 2 times').click();
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.locator('ist-fault-card').getByText('the line to your provider', { exact: true }).waitFor();
  const strips = page.locator('ist-path-strip');
  assert.deepEqual(await strips.nth(0).locator('.word').allInnerTexts(), Array(5).fill('Working'));
  const during = ['Working', 'Working', 'Down', 'Down', 'Down'];
  assert.deepEqual(await strips.nth(1).locator('.word').allInnerTexts(), during);
  assert.deepEqual(await strips.nth(2).locator('.word').allInnerTexts(), Array(5).fill('Working'));
  await page.locator('ist-moment-chart canvas').waitFor();
  await page.getByRole('button', { name: 'Beginning' }).click();
  await page.keyboard.press('t');
  await page.getByRole('region', { name: 'Table' }).waitFor();
  assert.match(
    await page.locator('ist-evidence-table table').innerText(),
    /Provider\s+100\.64\.0\.1\s+Down\s+20 of 20/,
  );
  assert.match(await page.locator('ist-trace-columns .columns').innerText(), /ended in silence/);
  const report = page.getByRole('link', { name: 'Signed report (ZIP)' });
  assert.match((await report.getAttribute('href')) ?? '', /^\/api\/incidents\/\d+\/report$/);
  assert.deepEqual(complaints, []);
});

test('notes, tags and acknowledging are kept', only, async (t) => {
  const { page } = await stage(t, 'year', '/outages');
  await row(page, 'The router stopped answering').click();
  await page.getByLabel('New note').fill('Called the provider, ticket 4711.');
  await page.getByRole('button', { name: 'Add the note' }).click();
  await page.locator('ist-incident-notes .notes').getByText('ticket 4711').waitFor();
  assert.equal(await page.getByLabel('New note').inputValue(), '');
  await page.getByLabel('New tag').fill('router');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Remove the tag router' }).waitFor();
  await page.getByRole('button', { name: 'Acknowledge' }).click();
  await page.getByText('Acknowledged').waitFor();
  await page.reload();
  await page.getByText('Acknowledged').waitFor();
  await page.getByRole('button', { name: /^Delete the note of/ }).click();
  await page.getByText('No notes yet.').waitFor();
});

test('incidents are put together and taken apart', only, async (t) => {
  const { page } = await stage(t, 'year', '/outages');
  await row(page, 'failed 2 times in 7 min').click();
  const group = page.locator('ist-incident-group');
  await group.getByRole('group', { name: 'Take out' }).getByRole('checkbox').first().check();
  await group.getByRole('button', { name: 'Take them out' }).click();
  await page.getByText('put together by hand').waitFor();
  await group.getByRole('group', { name: 'together with' }).getByRole('checkbox').first().check();
  await group.getByRole('button', { name: 'Make one incident of them' }).click();
  await page.getByRole('heading', { level: 1, name: /2 times/ }).waitFor();
});

test('a snapshot stays as it was when the incident changes', only, async (t) => {
  const { page } = await stage(t, 'year', '/outages');
  await row(page, 'Names were not resolved').click();
  await page.getByRole('button', { name: 'Share a snapshot' }).click();
  const address = await page.getByLabel('Address of the snapshot').inputValue();
  await page.getByLabel('New tag').fill('later');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Remove the tag later' }).waitFor();
  await page.goto(address);
  await page.getByText('It does not change any more.').waitFor();
  await page.getByRole('heading', { level: 1, name: 'Names were not resolved' }).waitFor();
  assert.equal(await page.getByText('later', { exact: true }).count(), 0);
  assert.equal(await page.getByRole('button', { name: 'Acknowledge' }).count(), 0);
  await page.getByRole('link', { name: 'The incident as it is known today' }).click();
  await page.getByText('1 snapshot was made').click();
  await page.getByRole('button', { name: /^Delete the snapshot of/ }).click();
  await page.getByText('1 snapshot was made').waitFor({ state: 'detached' });
  await page.goto(address);
  await page.getByText('There is no such snapshot.').waitFor();
});

test('what is missing is said: an incident, a snapshot', only, async (t) => {
  const { url, page } = await stage(t, 'year', '/incident?id=123456');
  await page.getByText('There is no such incident.').waitFor();
  await page.goto(`${url}/snapshot?id=nothing`);
  await page.getByText('There is no such snapshot.').waitFor();
});

test('without the stream the pages say so and what lasts stops counting', only, async (t) => {
  const { page, replay } = await stage(t, 'down', '/outages');
  await page.locator('ist-incident-list a.row').first().waitFor();
  replay.silence();
  await page.getByRole('heading', { level: 1, name: /^As of \d\d:\d\d:\d\d: Down since/ }).waitFor();
  assert.equal(await page.locator('ist-outages[data-stale]').count(), 1);
});

test('no page is wider than a phone', only, async (t) => {
  const { url, page } = await stage(t, 'year', '/outages?range=1y&days=year', phone);
  for (const path of ['/outages?range=1y&days=year', '/incident?id=78', '/incident?id=72', '/']) {
    await page.goto(url + path);
    await page.locator('main h1').first().waitFor();
    await page.waitForTimeout(500); // what is fetched later is what could be too wide
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(width <= phone.width, `${path} is ${width} px wide`);
  }
});
