/** The dashboard as an installed app, under the real server's policy: what is kept, what never is, and messages. */
import assert from 'node:assert/strict';
import { createECDH, randomBytes } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Page } from 'playwright-core';
import { desktop } from './browser.ts';
import { openBrowser } from './shared-browser.ts';
import { isReal, openPage } from './subject.ts';
import { ownerPassword, realBox } from './whole-box.ts';

async function claimed(t: TestContext, yaml?: string) {
  const box = await realBox(t, yaml);
  const browser = await openBrowser(desktop);
  t.after(() => browser.close());
  const { page, complaints } = await openPage(browser.context, box.url);
  await page.getByLabel('Claim code').fill(await box.claimCode());
  await page.getByLabel('Password', { exact: true }).fill(ownerPassword);
  await page.getByRole('button', { name: 'Become the owner' }).click();
  await page.locator('ist-now').waitFor();
  complaints.length = 0; // what was refused before the claim
  return { ...box, browser, page, complaints };
}

const workerIsThere = (page: Page) =>
  page.evaluate(async () => {
    await navigator.serviceWorker.ready;
    if (!navigator.serviceWorker.controller)
      await new Promise((done) => navigator.serviceWorker.addEventListener('controllerchange', done));
  });

test('browsers find everything that they want of an app that can be installed', {
  skip: isReal,
}, async (t) => {
  const { page, url } = await claimed(t);
  const session = await page.context().newCDPSession(page);
  const { errors, data } = await session.send('Page.getAppManifest');
  assert.deepEqual(errors, []);
  const { icons } = JSON.parse(data ?? '') as { icons: { src: string; sizes: string; type: string }[] };
  const pictures = [...icons, { src: '/apple-touch-icon.png', sizes: '180x180', type: 'image/png' }];
  for (const { src, sizes, type } of pictures) {
    const response = await fetch(url + src);
    assert.deepEqual([response.status, response.headers.get('content-type')], [200, type], src);
    if (type !== 'image/png') continue;
    const bytes = Buffer.from(await response.arrayBuffer());
    // Width and height of a PNG stand at a fixed place.
    assert.equal(`${bytes.readUInt32BE(16)}x${bytes.readUInt32BE(20)}`, sizes, src);
  }
  const { installabilityErrors } = await session.send('Page.getInstallabilityErrors');
  assert.deepEqual(
    installabilityErrors.map(({ errorId }) => errorId).filter((id) => id !== 'in-incognito'),
    [],
  );
});

test('the shell opens while the box is away, and nothing that was measured is kept', {
  skip: isReal,
}, async (t) => {
  const { page, complaints, browser, url } = await claimed(t);
  await workerIsThere(page);
  await page.reload(); // now every file goes through the worker
  await page.locator('ist-now').waitFor();
  await page.waitForLoadState('load');
  const kept = await page.evaluate(async () => {
    const names = await caches.keys();
    const caches_ = await Promise.all(names.map((name) => caches.open(name)));
    const requests = (await Promise.all(caches_.map((cache) => cache.keys()))).flat();
    return requests.map(({ url }) => new URL(url).pathname);
  });
  assert.ok(kept.includes('/') && kept.some((path) => path.startsWith('/assets/')));
  assert.deepEqual(
    kept.filter((path) => /api|metrics|health|packages/.test(path)),
    [],
  );
  assert.deepEqual(complaints, []);
  await browser.context.setOffline(true);
  await page.goto(`${url}/`);
  await page.locator('nav').waitFor();
  await page.getByText('No news from the box since', { exact: false }).waitFor();
  await browser.context.setOffline(false);
  await page.goto(`${url}/`);
  await page.locator('ist-now').waitFor();
});

test('an update is there with the next visit', { skip: isReal }, async (t) => {
  const { page, webFolder } = await claimed(t);
  await workerIsThere(page);
  await page.reload();
  const file = join(webFolder, 'index.html');
  const text = readFileSync(file, 'utf8').replace(/<title>[^<]*/, '<title>Of another build');
  writeFileSync(file, text);
  for (const end of ['.br', '.gz']) rmSync(`${file}${end}`);
  await page.reload();
  const markup = await page.evaluate(async () => (await caches.match('/'))?.text());
  assert.match(markup ?? '', /Of another build/);
});

test('where browsers do not trust the connection there is no worker, and the page says what messages need', {
  skip: isReal,
}, async (t) => {
  const box = await realBox(t);
  const browser = await openBrowser(desktop);
  t.after(() => browser.close());
  await browser.context.addInitScript(() => {
    Object.defineProperty(globalThis, 'isSecureContext', { value: false });
  });
  const { page } = await openPage(browser.context, box.url);
  await page.getByLabel('Claim code').fill(await box.claimCode());
  await page.getByLabel('Password', { exact: true }).fill(ownerPassword);
  await page.getByRole('button', { name: 'Become the owner' }).click();
  await page.locator('ist-now').waitFor();
  await page.goto(`${box.url}/access`);
  await page.getByText('Browsers take messages only over HTTPS.', { exact: false }).waitFor();
  assert.equal(await page.getByRole('button', { name: 'Send messages to this browser' }).count(), 0);
  assert.equal(await page.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).length), 0);
});

test('a browser subscribes, is sent a test, and leaves again', { skip: isReal }, async (t) => {
  const exchange = createECDH('prime256v1');
  const given = {
    endpoint: 'https://fcm.googleapis.com/fcm/send/of-this-test',
    keys: { p256dh: exchange.generateKeys('base64url'), auth: randomBytes(16).toString('base64url') },
  };
  const { page, config, url, browser } = await claimed(t);
  await browser.context.grantPermissions(['notifications'], { origin: url });
  // The maker's service is the one thing that is not here: its answer is what a browser would have got.
  await browser.context.addInitScript((given) => {
    let current: unknown = null;
    const subscription = (applicationServerKey: string) => ({
      endpoint: given.endpoint,
      options: {
        applicationServerKey: Uint8Array.from(
          atob(applicationServerKey.replace(/-/g, '+').replace(/_/g, '/')),
          (c) => c.charCodeAt(0),
        ).buffer,
      },
      toJSON: () => given,
      unsubscribe: async () => {
        current = null;
        return true;
      },
    });
    PushManager.prototype.getSubscription = async () => current as PushSubscription;
    PushManager.prototype.subscribe = async (options) => {
      current = subscription(String(options?.applicationServerKey));
      return current as PushSubscription;
    };
  }, given);
  await page.goto(`${url}/access`);
  const list = page.locator('ist-push-list');
  await list.getByRole('button', { name: 'Send messages to this browser' }).click();
  await list.getByText('this browser', { exact: true }).waitFor();
  await list.getByText('is switched off among the services outside the house', { exact: false }).waitFor();
  await config.port.editor?.set('consent.pushGoogle', true);
  await page.goto(`${url}/access`);
  await list.getByRole('button', { name: 'Send messages to this browser' }).click();
  await list.getByRole('button', { name: /^Send a test message to/ }).click();
  await list.getByText('nobody is contacted from here', { exact: false }).waitFor();
  await list.getByRole('button', { name: /^Remove / }).click();
  await list.getByText('No browser of yours gets messages yet.').waitFor();
});

test('the worker shows what the box has sent, and opens only pages of the box', {
  skip: isReal,
}, async (t) => {
  const { page, url, browser } = await claimed(t);
  await browser.context.grantPermissions(['notifications'], { origin: url });
  const session = await page.context().newCDPSession(page);
  const registered = new Promise<string>((done) => {
    session.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      const [first] = registrations;
      if (first) done(first.registrationId);
    });
  });
  await session.send('ServiceWorker.enable');
  await workerIsThere(page);
  const registrationId = await registered;
  const shown = () =>
    page.evaluate(async () => {
      const registration = await navigator.serviceWorker.ready;
      return (await registration.getNotifications()).map(({ title, body, tag, data }) => ({
        title,
        body,
        tag,
        data,
      }));
    });
  const deliver = (data: string) =>
    session.send('ServiceWorker.deliverPushMessage', { origin: url, registrationId, data });
  const until = async (count: number) => {
    for (let tries = 0; tries < 100; tries += 1) {
      const found = await shown();
      if (found.length === count) return found;
      await page.waitForTimeout(50);
    }
    return assert.fail(`not ${count} messages`);
  };
  const message = { title: 'Home: the Internet is down', body: 'Why.', tag: 'outage-7', path: '/outages' };
  await deliver(JSON.stringify(message));
  const { path, ...said } = message;
  assert.deepEqual(await until(1), [{ ...said, data: { path } }]);
  await deliver(JSON.stringify({ ...message, title: 'Home: the Internet is back' }));
  await deliver('not json');
  const both = await until(2);
  assert.deepEqual(both.map(({ title }) => title).sort(), [
    'Home: the Internet is back',
    'Internet Stability Tracker',
  ]);
});
