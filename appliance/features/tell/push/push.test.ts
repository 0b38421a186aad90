import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { type TestContext, test } from 'node:test';
import { scopesUpTo } from '../../../core/access.ts';
import type { Caller } from '../../../core/feature.ts';
import { openStore } from '../../../store/index.ts';
import { fakeContext, settle } from '../../../testing/fakes/context.ts';
import { FakeLog } from '../../../testing/fakes/log.ts';
import { decryptMessage, FakeBrowser, pushCarrier, senderOf } from '../../../testing/fakes/push-carrier.ts';
import type { Outage } from '../../judge/outage/schema.ts';
import { mostDevices, pushMigration } from './devices.ts';
import type { PushMessage } from './schema.ts';
import { PushService } from './service.ts';
import { pushServices } from './vendors.ts';

const person = (accountId: string): Caller => ({
  kind: 'session',
  name: accountId,
  accountId,
  sessionId: `s-${accountId}`,
  keyId: null,
  scopes: [...scopesUpTo('read'), 'account'],
  isOwner: false,
});
const anna = person('anna');

const outage = (change: Partial<Outage> = {}) =>
  ({
    id: 7,
    line: 'main',
    kind: 'outage',
    verdict: 'isp',
    endedAt: null,
    text: 'Nothing beyond the router of the provider answers.',
    ...change,
  }) as Outage; // what a message is made of

interface WorldOptions {
  answer?: () => number | 'silence';
  dataFolder?: string;
}

async function world(t: TestContext, options: WorldOptions = {}) {
  const carrier = await pushCarrier(t, options.answer);
  const dataFolder = options.dataFolder ?? (await mkdtemp(`${tmpdir()}/ist-push-`));
  const fakes = fakeContext({
    services: pushServices,
    callOut: carrier.call,
    config: { consent: { pushGoogle: true } },
  });
  const store = await openStore({
    dataFolder,
    migrations: [pushMigration],
    commitMinutes: 5,
    retention: { rawDays: 1, hourDays: 1, maxMb: 64 },
    clock: fakes.clock,
    log: new FakeLog(),
  });
  const service = new PushService({ ...fakes.context, store });
  await service.start();
  let isStopped = false;
  const stop = async () => {
    if (isStopped) return;
    isStopped = true;
    await service.stop();
    await store.close();
  };
  t.after(async () => {
    await stop();
    await rm(dataFolder, { recursive: true, force: true });
  });
  /** Real sockets are involved: waits for what is expected, not for a time. */
  const until = async (isSo: () => boolean) => {
    for (let turn = 0; turn < 2000 && !isSo(); turn += 1) await settle();
    assert.ok(isSo());
  };
  return { ...fakes, ...carrier, service, store, stop, until, dataFolder };
}

const endpoint = (name: string, host = 'fcm.googleapis.com') => `https://${host}/fcm/send/${name}`;

test('an outage is told to the browser alone, in words, when it begins and when it is over', async (t) => {
  const { service, bus, received, refused, until, timeline } = await world(t);
  const browser = new FakeBrowser();
  await service.subscribe(anna, { endpoint: endpoint('one'), keys: browser.keys }, 'Firefox');
  bus.emit('outage.opened', outage());
  await until(() => received.length === 1);
  bus.emit('outage.closed', outage({ endedAt: '2026-11-22T12:00:00.000Z', text: 'It lasted 4 min.' }));
  await until(() => received.length === 2);
  const messages = received.map(
    ({ body }) => JSON.parse(decryptMessage(body, browser).toString()) as PushMessage,
  );
  assert.deepEqual(messages, [
    {
      title: 'Home: the Internet is down',
      body: 'Nothing beyond the router of the provider answers.',
      tag: 'outage-7',
      path: '/outages',
    },
    { title: 'Home: the Internet is back', body: 'It lasted 4 min.', tag: 'outage-7', path: '/outages' },
  ]);
  const [first] = received;
  assert.ok(first);
  assert.equal(first.url, '/fcm/send/one');
  assert.equal(
    senderOf(first, 'https://fcm.googleapis.com', timeline.nowMs()),
    service.state(anna).publicKey,
  );
  assert.deepEqual(
    [first.headers['content-encoding'], first.headers.ttl, first.headers.urgency, first.headers.host],
    ['aes128gcm', '14400', 'high', first.headers.host],
  );
  assert.doesNotMatch(first.body.toString('latin1'), /Internet|outage/, 'the carrier reads nothing of it');
  assert.deepEqual(refused, []);
});

test('a slow line wakes nobody', async (t) => {
  const { service, bus, received } = await world(t);
  await service.subscribe(anna, { endpoint: endpoint('one'), keys: new FakeBrowser().keys }, 'Firefox');
  bus.emit('outage.opened', outage({ kind: 'degradation' }));
  await service.stop();
  assert.deepEqual(received, []);
});

test('what could not leave while the line was down goes when it is back, and only the newest word of it', async (t) => {
  let isDown = true;
  const { service, bus, clock, received, until } = await world(t, {
    answer: () => (isDown ? 'silence' : 201),
  });
  const browser = new FakeBrowser();
  const { id } = await service.subscribe(anna, { endpoint: endpoint('one'), keys: browser.keys }, 'Firefox');
  const problem = () => service.state(anna).devices.find((one) => one.id === id)?.problem ?? null;
  bus.emit('outage.opened', outage());
  await until(() => problem() !== null);
  assert.match(problem() ?? '', /^fcm\.googleapis\.com/);
  isDown = false;
  bus.emit('outage.closed', outage({ endedAt: '2026-11-22T12:00:00.000Z', text: 'It lasted 4 min.' }));
  await until(() => received.length === 1);
  clock.advance(60_000);
  await service.stop();
  assert.deepEqual(
    received.map(({ body }) => JSON.parse(decryptMessage(body, browser).toString()).title),
    ['Home: the Internet is back'],
  );
  assert.equal(problem(), null);
});

test('nobody is contacted while the switch of his carrier is off', async (t) => {
  const { service, bus, received, changeConfig } = await world(t);
  changeConfig({ consent: { pushGoogle: false } });
  const { id } = await service.subscribe(
    anna,
    { endpoint: endpoint('one'), keys: new FakeBrowser().keys },
    'x',
  );
  bus.emit('outage.opened', outage());
  await assert.rejects(service.test(anna, id), { code: 'CONSENT_MISSING' });
  await service.stop();
  assert.deepEqual(received, []);
});

test('an address that is of no known carrier is refused, wherever it leads', async (t) => {
  const { service } = await world(t);
  const { keys } = new FakeBrowser();
  for (const wrong of [
    'https://evil.example/fcm/send/x',
    'http://fcm.googleapis.com/fcm/send/x',
    'https://fcm.googleapis.com:8443/x',
    'https://fcm.googleapis.com.evil.example/x',
    'https://evilfcm.googleapis.com/x',
    'https://user:pass@fcm.googleapis.com/x',
    'https://127.0.0.1/x',
    'https://192.168.1.1/admin',
    'https://notify.windows.com.evil.example/',
    'https://xnotify.windows.com/',
    'file:///etc/passwd',
    'nonsense',
  ])
    await assert.rejects(
      service.subscribe(anna, { endpoint: wrong, keys }, 'x'),
      { code: 'PUSH_ENDPOINT_UNKNOWN' },
      wrong,
    );
  const good = endpoint('x', 'wns2-par02p.notify.windows.com');
  assert.equal((await service.subscribe(anna, { endpoint: good, keys }, 'x')).carrier, 'pushMicrosoft');
  const offCurve = {
    ...keys,
    p256dh: Buffer.concat([Buffer.of(4), Buffer.alloc(64, 7)]).toString('base64url'),
  };
  await assert.rejects(service.subscribe(anna, { endpoint: endpoint('y'), keys: offCurve }, 'x'), {
    code: 'PUSH_KEYS_WRONG',
  });
});

test('a browser that is gone for good is forgotten; one whose carrier is busy is tried again', async (t) => {
  const answers = [410, 503, 201, 400];
  const { service, received, bus, clock, until } = await world(t, { answer: () => answers.shift() ?? 500 });
  const { keys } = new FakeBrowser();
  await service.subscribe(anna, { endpoint: endpoint('gone'), keys }, 'x');
  bus.emit('outage.opened', outage());
  await until(() => service.state(anna).devices.length === 0);
  const { id } = await service.subscribe(anna, { endpoint: endpoint('busy'), keys }, 'x');
  bus.emit('outage.opened', outage());
  await until(() => received.length === 2);
  await settle();
  clock.advance(30_000);
  await until(() => received.length === 3);
  assert.match((await service.test(anna, id)).problem ?? '', /^fcm\.googleapis\.com.* answered 400$/);
});

test('everybody sees and removes only the own browsers, ten at most', async (t) => {
  const { service } = await world(t);
  const bert = person('bert');
  const { keys } = new FakeBrowser();
  for (let each = 0; each < mostDevices; each += 1)
    await service.subscribe(anna, { endpoint: endpoint(`a${each}`), keys }, 'x');
  await assert.rejects(service.subscribe(anna, { endpoint: endpoint('more'), keys }, 'x'), {
    code: 'PUSH_FULL',
  });
  await service.subscribe(anna, { endpoint: endpoint('a0'), keys }, 'the same again');
  const own = await service.subscribe(bert, { endpoint: endpoint('b'), keys }, 'x');
  assert.equal(service.state(anna).devices.length, mostDevices);
  assert.deepEqual(service.state(bert).devices, [own]);
  await assert.rejects(service.unsubscribe(anna, own.id), { code: 'PUSH_DEVICE_UNKNOWN' });
  await assert.rejects(service.test(anna, own.id), { code: 'PUSH_DEVICE_UNKNOWN' });
  await service.unsubscribe(bert, own.id);
  assert.deepEqual(service.state(bert).devices, []);
  assert.doesNotMatch(
    JSON.stringify(service.state(anna)),
    /fcm\/send|p256dh|auth"/,
    'addresses and keys stay here',
  );
});

test('a changed password, a removed account and a new claim end what they had subscribed', async (t) => {
  const { service, bus, until } = await world(t);
  const { keys } = new FakeBrowser();
  const bert = person('bert');
  await service.subscribe(anna, { endpoint: endpoint('a'), keys }, 'x');
  await service.subscribe(bert, { endpoint: endpoint('b'), keys }, 'x');
  bus.emit('account.distrusted', { accountId: 'anna' });
  await until(() => service.state(anna).devices.length === 0);
  assert.equal(service.state(bert).devices.length, 1);
  bus.emit('account.distrusted', { accountId: null });
  await until(() => service.state(bert).devices.length === 0);
});

test('after a restart the key and the browsers are the same', async (t) => {
  const first = await world(t);
  await first.service.subscribe(anna, { endpoint: endpoint('a'), keys: new FakeBrowser().keys }, 'x');
  const { publicKey, devices } = first.service.state(anna);
  await first.stop();
  const second = await world(t, { dataFolder: first.dataFolder });
  assert.equal(second.service.state(anna).publicKey, publicKey);
  assert.deepEqual(second.service.state(anna).devices, devices);
});
