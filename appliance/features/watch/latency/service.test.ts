import assert from 'node:assert/strict';
import { test } from 'node:test';
import { slot } from '../../../core/storing.ts';
import { fakeContext, settle } from '../../../testing/fakes/context.ts';
import type { MeasurementRecorded } from './schema.ts';
import { LatencyService } from './service.ts';

const ids = (service: LatencyService) => service.targets().map(({ id }) => id);

test('the provider’s router is found by stepping, skipping a hop that does not answer pings', async () => {
  const fake = fakeContext();
  fake.engine.answer = ({ address, ttl }) => {
    if (ttl === 2) return { outcome: 'hop', from: '100.64.0.1' };
    if (ttl === 3) return { outcome: 'hop', from: '100.64.1.1' };
    return address === '100.64.1.1' ? { outcome: 'ok', rttUs: 8000 } : { outcome: 'timeout' };
  };
  const service = new LatencyService(fake.context);
  await service.start();
  assert.deepEqual(ids(service), ['gateway-ipv4', 'anchor-ipv4']);
  await settle();
  assert.deepEqual(ids(service), ['gateway-ipv4', 'isp-ipv4', 'anchor-ipv4']);
  assert.equal(service.targets()[1]?.address, '100.64.1.1');
  await service.stop();
  assert.equal(fake.engine.targets.size, 0);
});

test('a router inside the home is not taken for the provider’s', async () => {
  const fake = fakeContext();
  fake.engine.answer = ({ address, ttl }) => {
    if (ttl === 2) return { outcome: 'hop', from: '192.168.0.1' };
    if (ttl === 3) return { outcome: 'hop', from: '198.51.100.9' };
    return address === '198.51.100.9' ? { outcome: 'ok' } : { outcome: 'timeout' };
  };
  const service = new LatencyService(fake.context);
  await service.start();
  await settle();
  assert.equal(service.targets().find(({ segment }) => segment === 'isp')?.host, '198.51.100.9');
  await service.stop();
});

test('exchanges go to the stream once a second and to the store once a minute', async () => {
  const fake = fakeContext();
  const events: MeasurementRecorded[] = [];
  fake.bus.on('measurement.recorded', (event) => events.push(event));
  const service = new LatencyService(fake.context);
  await service.start();
  const handle = fake.engine.handleOf('203.0.113.10');
  const start = fake.clock.monoMs();
  fake.engine.deliver(
    { handle, seq: 0, sentMonoMs: start, outcome: 'ok', rttUs: 14_812.4 },
    { handle, seq: 1, sentMonoMs: start + 1000, outcome: 'timeout' },
  );
  assert.deepEqual(events, []);
  fake.clock.advance(1000);
  assert.deepEqual(
    events
      .flatMap(({ exchanges }) => exchanges)
      .map(({ target, outcome, rttMs }) => [target, outcome, rttMs]),
    [
      ['anchor-ipv4', 'ok', 14.812],
      ['anchor-ipv4', 'timeout', undefined],
    ],
  );
  assert.equal(service.recent('anchor-ipv4', 60)?.lost, 1);
  fake.clock.advance(60_000);
  assert.deepEqual([...(fake.store.packets[0]?.runs[0]?.rttUs ?? [])], [14_812.4, slot.timeout]);
  await service.stop();
});

test('what was measured before the stop is handed over', async () => {
  const fake = fakeContext();
  const service = new LatencyService(fake.context);
  await service.start();
  fake.engine.deliver({
    handle: fake.engine.handleOf('203.0.113.10'),
    seq: 0,
    sentMonoMs: fake.clock.monoMs(),
    outcome: 'ok',
    rttUs: 900,
  });
  await service.stop();
  assert.deepEqual(
    fake.store.packets.map(({ runs }) => [...(runs[0]?.rttUs ?? [])]),
    [[900]],
  );
});

test('another router on the link takes over the series of the old one', async () => {
  const fake = fakeContext();
  const service = new LatencyService(fake.context);
  await service.start();
  const series = fake.store.series.length;
  fake.link.change({
    ...fake.link.facts,
    defaultRoutes: [{ family: 'ipv4', interfaceName: 'wlan0', gateway: '10.0.0.138', metric: 600 }],
  });
  await settle();
  assert.equal(service.targets().find(({ id }) => id === 'gateway-ipv4')?.address, '10.0.0.138');
  assert.equal(fake.store.series.length, series);
  assert.deepEqual(service.link().lines[0]?.gateways, ['10.0.0.138']);
  await service.stop();
});

test('a changed configuration changes the targets that it names and leaves the others running', async () => {
  const fake = fakeContext();
  const service = new LatencyService(fake.context);
  await service.start();
  const kept = fake.engine.handleOf('203.0.113.10');
  fake.changeConfig({
    targets: [
      { name: 'Anchor', host: '203.0.113.10' },
      { name: 'Work', host: '198.51.100.7' },
    ],
  });
  await settle();
  assert.deepEqual(ids(service), ['gateway-ipv4', 'anchor-ipv4', 'work-ipv4']);
  assert.equal(fake.engine.handleOf('203.0.113.10'), kept);
  await service.stop();
});

test('a name without an address is looked up again, and the rest runs meanwhile', async () => {
  const fake = fakeContext({
    config: {
      targets: [
        { name: 'Shop', host: 'shop.example' },
        { name: 'Anchor', host: '203.0.113.10' },
      ],
    },
  });
  const service = new LatencyService(fake.context);
  await service.start();
  assert.equal(service.targets().find(({ id }) => id === 'shop-ipv4')?.address, null);
  assert.equal(fake.engine.targets.size, 2);
  fake.names.addresses['shop.example'] = ['198.51.100.20'];
  fake.clock.advance(10_000);
  await settle();
  assert.equal(service.targets().find(({ id }) => id === 'shop-ipv4')?.address, '198.51.100.20');
  await service.stop();
});

test('a target the engine refuses is logged by name and does not stop the others', async () => {
  const fake = fakeContext({
    config: {
      targets: [
        { name: 'Wrong', host: '224.0.0.1' },
        { name: 'Anchor', host: '203.0.113.10' },
      ],
    },
  });
  const add = fake.engine.add.bind(fake.engine);
  fake.engine.add = (target) => {
    if (target.address.startsWith('224.')) throw new Error('224.0.0.1 is a multicast address');
    return add(target);
  };
  const service = new LatencyService(fake.context);
  await service.start();
  assert.equal(fake.engine.targets.size, 2);
  assert.match(fake.log.lines.find(({ level }) => level === 'error')?.message ?? '', /multicast/);
  await service.stop();
});

test('a target that is measured another way from now on gets another series', async () => {
  const fake = fakeContext();
  const service = new LatencyService(fake.context);
  await service.start();
  const before = service.stored('anchor-ipv4')?.series;
  fake.changeConfig({ targets: [{ name: 'Anchor', host: '203.0.113.10', method: 'tcp', port: 80 }] });
  await settle();
  assert.notEqual(service.stored('anchor-ipv4')?.series, before);
  assert.equal(fake.store.series.at(-1)?.kind, 'tcp');
  await service.stop();
});
