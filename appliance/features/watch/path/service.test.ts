import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { openTest, temporaryFolder } from '../../../store/test-store.ts';
import { fakeTarget } from '../../../testing/fakes/latency.ts';
import { stations, type TracedLineOptions, tracedLine } from '../../../testing/fakes/traced-line.ts';
import { networkMigrations } from './network-table.ts';
import type { PathChange } from './schema.ts';
import { PathService } from './service.ts';
import { pathMigrations } from './store.ts';

async function start(t: TestContext, options: TracedLineOptions & { dataFolder?: string } = {}) {
  const dataFolder = options.dataFolder ?? temporaryFolder(t);
  const { store } = await openTest(t, { dataFolder, migrations: [...pathMigrations, ...networkMigrations] });
  const line = tracedLine({ ...options, store });
  const service = new PathService(line.context);
  const changes: PathChange[] = [];
  line.bus.on('path.changed', (change) => changes.push(change));
  t.after(() => service.stop());
  const stored = async () =>
    (await service.list(0, Number.MAX_SAFE_INTEGER, null, 1000))
      .map(({ target, reason }) => `${target} ${reason}`)
      .sort();
  const found = () => (line.latency.found.get('path') ?? []).map(({ id, address }) => [id, address]);
  return { ...line, service, dataFolder, store, changes, stored, found };
}

const detour = [stations.gateway, stations.isp, '198.51.100.66', '198.51.100.67'];

test('at the start every anchor is traced, and routers that the paths share become targets', async (t) => {
  const { service, pass, found, stored } = await start(t);
  await service.start();
  await pass(3000);
  const [first, second] = service.latest('main');
  assert.deepEqual(
    first?.hops.map(({ addresses, segment, sent, lost, rttMs }) => [
      addresses[0],
      segment,
      sent,
      lost,
      rttMs,
    ]),
    [
      [stations.gateway, 'gateway', 2, 0, 1],
      [stations.isp, 'isp', 2, 0, 2],
      [stations.backbone, 'transit', 2, 0, 3],
      [stations.a1, 'anchor', 2, 0, 4],
    ],
  );
  assert.equal(first.isReached, true);
  assert.equal(second?.target, 'a2-ipv4');
  assert.deepEqual(found(), [['transit-1-ipv4', stations.backbone]]);
  assert.deepEqual(await stored(), ['a1-ipv4 start', 'a2-ipv4 start']);
});

test('a router that answers no pings is passed over, and the last shared one is the second', async (t) => {
  const { service, internet, pass, found } = await start(t);
  const way = [
    stations.gateway,
    stations.isp,
    '198.51.100.1',
    '198.51.100.2',
    '198.51.100.3',
    '198.51.100.4',
  ];
  internet.paths[stations.a1] = way;
  internet.paths[stations.a2] = way;
  internet.pingless.add('198.51.100.1').add('198.51.100.4');
  await service.start();
  await pass(3000);
  assert.deepEqual(found(), [
    ['transit-1-ipv4', '198.51.100.2'],
    ['transit-2-ipv4', '198.51.100.3'],
  ]);
});

test('in calm hours each anchor is traced every quarter of an hour, and almost nothing is written', async (t) => {
  const { service, internet, pass, stored, clock } = await start(t);
  await service.start();
  await pass(3000);
  internet.asked.length = 0;
  for (let minute = 0; minute < 120; minute += 1) {
    clock.advance(60_000);
    await pass(250);
  }
  const toAnchors = internet.asked.filter(({ address, ttl }) => address === stations.a1 && ttl === 4);
  assert.ok(toAnchors.length >= 7 * 3 && toAnchors.length <= 9 * 3, `${toAnchors.length} probes`);
  assert.deepEqual(await stored(), ['a1-ipv4 start', 'a2-ipv4 start']);
  for (let hour = 0; hour < 6; hour += 1) {
    clock.advance(3_600_000);
    await pass(1000);
  }
  assert.deepEqual(await stored(), [
    'a1-ipv4 scheduled',
    'a1-ipv4 start',
    'a2-ipv4 scheduled',
    'a2-ipv4 start',
  ]);
});

test('another way is told once, after it was walked twice, with the traces of before and after', async (t) => {
  const { service, internet, pass, done, changes } = await start(t);
  await service.start();
  await pass(3000);
  internet.paths[stations.a1] = detour;
  await done(service.traceAll('main', 'test'));
  assert.equal(changes.length, 0);
  await pass(11_000);
  assert.equal(changes.length, 1);
  const change = changes[0];
  assert.equal(change?.firstDifferentTtl, 3);
  assert.match(
    change.text,
    /^From hop 3 on another way to One: by 198\.51\.100\.66 in place of 198\.51\.100\.2; 5 hops, before it were 4\.$/,
  );
  const before = await service.byId(change.before);
  const after = await service.byId(change.after);
  assert.equal(before?.hops[2]?.addresses[0], stations.backbone);
  assert.equal(after?.hops[2]?.addresses[0], '198.51.100.66');
  assert.notEqual(before.fingerprint, after.fingerprint);
  await done(service.traceAll('main', 'test'));
  await pass(30_000);
  assert.equal(changes.length, 1);
});

test('silent routers, and a way that is walked only once, are no change', async (t) => {
  const { service, internet, pass, done, changes } = await start(t);
  internet.silent.add(stations.backbone);
  await service.start();
  await pass(3000);
  internet.silent.clear();
  internet.silent.add(stations.isp);
  await done(service.traceAll('main', 'test'));
  internet.silent.clear();
  internet.paths[stations.a1] = detour;
  await done(service.traceAll('main', 'test'));
  internet.paths[stations.a1] = [stations.gateway, stations.isp, stations.backbone];
  await pass(60_000);
  assert.deepEqual(changes, []);
});

test('callers share a run, and it ends soon while nothing answers', async (t) => {
  const { service, internet, pass, done, setSilent } = await start(t);
  await service.start();
  await pass(3000);
  internet.brokenBehind = stations.gateway;
  setSilent(true, 'a1-ipv4', 'a2-ipv4');
  internet.asked.length = 0;
  const runs = [service.traceAll('main', 'outage'), service.traceAll('main', 'again')];
  const [one = [], two] = await done(Promise.all(runs));
  assert.deepEqual(
    one.map(({ id }) => id),
    two?.map(({ id }) => id),
  );
  assert.deepEqual(
    one.map(({ end, reason, hops }) => [end, reason, hops.length]),
    [
      ['silent', 'outage', 5],
      ['silent', 'outage', 5],
    ],
  );
  assert.ok(internet.asked.length <= 2 * 8 * 2, `${internet.asked.length} probes`);
});

test('when all anchors fall silent, and when one answers again, the paths are traced', async (t) => {
  const { service, internet, pass, setSilent, latency, clock, stored } = await start(t);
  await service.start();
  latency.answer('a1-ipv4', clock.monoMs());
  latency.answer('a2-ipv4', clock.monoMs());
  await pass(3000);
  internet.brokenBehind = stations.isp;
  setSilent(true, 'a1-ipv4', 'a2-ipv4');
  for (let i = 0; i < 3; i += 1) {
    latency.lose('a1-ipv4', clock.monoMs());
    latency.lose('a2-ipv4', clock.monoMs());
    await pass(1000);
  }
  assert.deepEqual(
    (await stored()).filter((each) => each.endsWith('state')),
    ['a1-ipv4 state', 'a2-ipv4 state'],
  );
  assert.equal(service.latest('main')[0]?.isReached, false);
  internet.brokenBehind = null;
  setSilent(false, 'a1-ipv4', 'a2-ipv4');
  latency.answer('a1-ipv4', clock.monoMs());
  await pass(12_000);
  assert.equal((await stored()).filter((each) => each.endsWith('state')).length, 4);
  assert.equal(service.latest('main')[0]?.isReached, true);
});

test('what was found stays through an outage, also when the service starts in the middle of one', async (t) => {
  const first = await start(t);
  await first.service.start();
  await first.pass(3000);
  first.internet.brokenBehind = stations.isp;
  first.setSilent(true, 'a1-ipv4', 'a2-ipv4');
  await first.done(first.service.traceAll('main', 'outage'));
  assert.deepEqual(first.found(), [['transit-1-ipv4', stations.backbone]]);
  await first.service.stop();
  await first.store.close();

  const second = await start(t, { dataFolder: first.dataFolder });
  second.internet.brokenBehind = stations.isp;
  second.setSilent(true, 'a1-ipv4', 'a2-ipv4');
  await second.service.start();
  assert.deepEqual(second.found(), [['transit-1-ipv4', stations.backbone]]);
  assert.equal(second.service.latest('main').length, 2);
  await second.pass(6000);
  assert.deepEqual(second.found(), [['transit-1-ipv4', stations.backbone]]);
});

test('a new way gives other shared routers once it is confirmed', async (t) => {
  const { service, internet, pass, done, found } = await start(t);
  await service.start();
  await pass(3000);
  internet.paths[stations.a1] = detour;
  internet.paths[stations.a2] = detour;
  await done(service.traceAll('main', 'test'));
  await pass(500);
  assert.deepEqual(found(), [['transit-1-ipv4', stations.backbone]]);
  await done(service.traceAll('main', 'test'));
  await pass(500);
  assert.deepEqual(found(), [
    ['transit-1-ipv4', '198.51.100.66'],
    ['transit-2-ipv4', '198.51.100.67'],
  ]);
});

test('when the link leads through another gateway the paths are traced', async (t) => {
  const { service, latency, bus, pass, stored } = await start(t);
  await service.start();
  await pass(3000);
  latency.list = [...latency.list, fakeTarget({ id: 'a3-ipv4', segment: 'anchor', address: '203.0.113.26' })];
  bus.emit('target.changed', { targets: [...latency.list] });
  await pass(4000);
  assert.equal((await stored()).filter((each) => each.endsWith('link')).length, 3);
});

test('a line that flaps all night does not fill the table', async (t) => {
  const { service, pass, done, stored } = await start(t);
  await service.start();
  await pass(3000);
  for (let i = 0; i < 200; i += 1) await done(service.traceAll('main', 'outage'));
  const count = (await stored()).length;
  assert.ok(count >= 100 && count <= 140, `${count} traces`);
});

test('a store that cannot write is a state: the traces are given all the same', async () => {
  const line = tracedLine();
  line.store.state.write = async () => {
    throw new Error('the disk is full');
  };
  const service = new PathService(line.context);
  await service.start();
  await line.pass(3000);
  assert.equal(service.latest('main').length, 2);
  assert.ok(
    line.log.lines.some(
      ({ level, fields }) => level === 'warn' && JSON.stringify(fields).includes('disk is full'),
    ),
  );
  await service.stop();
});
