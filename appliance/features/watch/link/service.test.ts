import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '../../../core/errors.ts';
import type { Neighbour } from '../../../core/network.ts';
import type { LinkFacts } from '../../../core/probing.ts';
import { fakeContext, settle } from '../../../testing/fakes/context.ts';
import { FakeLatency, fakeTarget } from '../../../testing/fakes/latency.ts';
import { linkMetrics } from './metrics.ts';
import type { LinkState } from './schema.ts';
import { LinkService } from './service.ts';

const facts: LinkFacts = {
  defaultRoutes: [{ family: 'ipv4', interfaceName: 'eth0', gateway: '192.168.1.1', metric: 100 }],
  resolvers: [],
  interfaces: [
    {
      name: 'eth0',
      isUp: true,
      hasCarrier: true,
      addresses: ['192.168.1.2'],
      networks: ['192.168.1.2/24'],
    },
  ],
};
const gateway: Neighbour = {
  family: 'ipv4',
  interfaceName: 'eth0',
  address: '192.168.1.1',
  mac: '00:aa:00:00:00:01',
  state: 'reachable',
  isRouter: false,
};

function begin() {
  const latency = new FakeLatency([
    fakeTarget({ id: 'gateway-ipv4', segment: 'gateway', address: '192.168.1.1' }),
  ]);
  const line = { name: 'main', gateways: ['192.168.1.1'], ispHops: [], resolvers: [] };
  latency.link = () => {
    const [route] = fake.link.facts.defaultRoutes;
    return { at: '', lines: [{ ...line, interface: route?.interfaceName ?? null }] };
  };
  const fake = fakeContext({ link: facts, ports: { latency }, config: { link: { findDevices: false } } });
  let reads = 0;
  const entry = { ...gateway };
  fake.net.neighbours = async () => [{ ...entry }];
  // The neighbours are looked at for witnesses, too; the signal is not.
  fake.net.wireless = async () => {
    reads += 1;
    return [];
  };
  const service = new LinkService(fake.context);
  const observed: LinkState[] = [];
  fake.bus.on('link.observed', (state) => observed.push(state));
  const rows = () => fake.store.written.filter(({ sql }) => sql.startsWith('insert into link_states')).length;
  return { fake, latency, service, observed, entry, rows, reads: () => reads };
}

const ipv4 = (state: LinkState | null | undefined) => state?.families.find(({ family }) => family === 'ipv4');

test('the state of a line is known once the service has started', async () => {
  const { service, observed, rows } = begin();
  assert.equal(service.state('main'), null);
  await service.start();
  assert.equal(ipv4(service.state('main'))?.neighbour, 'reachable');
  assert.equal(service.state('other'), null);
  assert.equal(observed.length, 1);
  await service.stop();
  assert.equal(rows(), 1);
});

test('an hour of calm tells nothing and writes nothing, though it is looked at every ten seconds', async () => {
  const { fake, service, observed, entry, rows, reads } = begin();
  await service.start();
  const before = reads();
  for (let tick = 0; tick < 360; tick += 1) {
    entry.state = tick % 3 === 0 ? 'delay' : 'reachable';
    fake.clock.advance(10_000);
    for (let turn = 0; turn < 5; turn += 1) await new Promise((done) => setImmediate(done));
  }
  assert.ok(reads() - before >= 360);
  assert.equal(observed.length, 1);
  assert.equal(rows(), 1);
  assert.equal(
    service.state('main')?.at,
    new Date(fake.timeline.nowMs()).toISOString(),
    'the state is of now',
  );
  await service.stop();
});

test('what the kernel tells is seen at once: carrier, route, and where the line left by', async () => {
  const { fake, service, observed } = begin();
  await service.start();
  const interfaces = facts.interfaces.map((each) => ({
    ...each,
    hasCarrier: false,
    addresses: [],
    networks: [],
  }));
  fake.link.change({ ...facts, interfaces });
  await settle();
  assert.deepEqual([observed.at(-1)?.hasCarrier, observed.at(-1)?.isUp], [false, true]);
  fake.link.change({ ...facts, defaultRoutes: [] });
  await settle();
  const now = service.state('main');
  assert.deepEqual([now?.interface, now?.hasCarrier, ipv4(now)?.hasRoute], ['eth0', true, false]);
  assert.deepEqual(observed.at(-1), now);
  assert.equal(observed.length, 3);
  await service.stop();
});

test('a refresh reads now; one that comes while another reads looks again', async () => {
  const { service, entry, reads } = begin();
  await service.start();
  const before = reads();
  entry.state = 'failed';
  await Promise.all([service.refresh(), service.refresh(), service.refresh()]);
  assert.equal(ipv4(service.state('main'))?.neighbour, 'failed');
  assert.equal(reads() - before, 1, 'three that wait are one reading');
  const first = service.refresh();
  await Promise.resolve();
  await Promise.resolve();
  entry.state = 'reachable';
  await Promise.all([first, service.refresh()]);
  assert.equal(ipv4(service.state('main'))?.neighbour, 'reachable');
  await service.stop();
});

test('a gateway that is silent is looked at every second, so that its return is seen', async () => {
  const { fake, service, observed, entry, reads } = begin();
  await service.start();
  Object.assign(entry, { state: 'failed', mac: null });
  await service.refresh();
  const before = reads();
  for (let second = 0; second < 5; second += 1) {
    fake.clock.advance(1000);
    await settle();
  }
  assert.equal(reads() - before, 5);
  Object.assign(entry, gateway);
  fake.clock.advance(1000);
  await settle();
  assert.deepEqual(
    observed.map((state) => ipv4(state)?.neighbour),
    ['reachable', 'failed', 'reachable'],
  );
  await service.stop();
});

test('the last state of the run before tells where a line without a route is plugged in', async () => {
  const first = begin();
  await first.service.start();
  await first.service.stop();
  const [row] = first.fake.store.written;
  const second = begin();
  second.fake.link.facts = { ...facts, defaultRoutes: [] };
  second.fake.store.state.all = async <Row>(sql: string) =>
    (sql.includes('link_states') ? [{ at_ms: 0, state: row?.parameters?.[2] }] : []) as Row[]; // as stored
  await second.service.start();
  assert.equal(second.service.state('main')?.interface, 'eth0');
  assert.equal(second.rows(), 1, 'the lost route');
  await second.service.stop();
});

test('a start that finds the link as it was left writes nothing', async () => {
  const first = begin();
  await first.service.start();
  await first.service.stop();
  const [row] = first.fake.store.written;
  const second = begin();
  second.fake.store.state.all = async <Row>(sql: string) =>
    (sql.includes('link_states') ? [{ at_ms: 0, state: row?.parameters?.[2] }] : []) as Row[]; // as stored
  await second.service.start();
  await second.service.stop();
  assert.equal(second.observed.length, 1, 'listeners learn how it is all the same');
  assert.equal(second.rows(), 0);
});

test('a kernel or a store that cannot be read costs nothing but what it would have told', async () => {
  const { fake, service } = begin();
  fake.store.state.all = () => Promise.reject(new AppError('STORE_FAILED', 'state.db is damaged'));
  await service.start();
  assert.ok(service.state('main'));
  fake.net.neighbours = () => Promise.reject(new Error('no netlink'));
  await service.refresh();
  assert.ok(service.state('main'));
  const warnings = fake.log.lines.filter(({ level }) => level === 'warn').map(({ message }) => message);
  assert.ok(warnings.includes('past states of the link are not known'));
  assert.ok(warnings.includes('the state of the links could not be read'));
  await service.stop();
});

test('lines come and go with the configuration', async () => {
  const { fake, service, observed } = begin();
  await service.start();
  const [main] = fake.config.current.lines;
  assert.ok(main);
  fake.changeConfig({ lines: [main, { ...main, name: 'backup', interface: 'wwan0', ipv6: 'off' }] });
  await settle();
  assert.deepEqual(
    observed.slice(1).map(({ line, interface: name, families }) => [line, name, families.length]),
    [['backup', null, 1]],
  );
  fake.changeConfig({ lines: [main] });
  await settle();
  assert.equal(service.state('backup'), null);
  assert.deepEqual(
    service.list().links.map(({ line }) => line),
    ['main'],
  );
  await service.stop();
});

test('the metrics say what the page says', async () => {
  const { fake, service } = begin();
  let rxBytes = 0;
  fake.net.counters = async () => {
    rxBytes += 1000;
    return [{ name: 'eth0', rxBytes, txBytes: 0, rxErrors: 0, txErrors: 0, rxDropped: 0, txDropped: 0 }];
  };
  fake.net.wireless = async () => [{ interfaceName: 'eth0', signalDbm: -61, linkQuality: 49 }];
  await service.start();
  for (let second = 0; second < 2; second += 1) {
    fake.clock.advance(1000);
    await settle();
  }
  const values = Object.fromEntries(linkMetrics(service).map(({ name, collect }) => [name, collect()]));
  assert.deepEqual(values, {
    link_carrier: [{ labels: { line: 'main' }, value: 1 }],
    wireless_signal_dbm: [{ labels: { line: 'main' }, value: -61 }],
    traffic_bps: [
      { labels: { line: 'main', source: 'own', direction: 'down' }, value: 8000 },
      { labels: { line: 'main', source: 'own', direction: 'up' }, value: 0 },
    ],
  });
  await service.stop();
});

test('after the stop nothing is read any more', async () => {
  const { fake, service, reads } = begin();
  await service.start();
  await service.stop();
  const before = reads();
  fake.clock.advance(3_600_000);
  await service.refresh();
  await settle();
  assert.equal(reads(), before);
});
