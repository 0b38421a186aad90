import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RouterGauge } from '../../../core/network.ts';
import { fakeContext, settle } from '../../../testing/fakes/context.ts';
import type { LinkPort, LinkState } from './schema.ts';
import { TrafficMeter } from './traffic.ts';

type Told = Parameters<Parameters<LinkPort['onTraffic']>[0]>[0];

const main: LinkState = {
  line: 'main',
  at: '2026-11-22T12:00:00.000Z',
  interface: 'eth0',
  isUp: true,
  hasCarrier: true,
  addresses: [],
  families: [
    {
      family: 'ipv4',
      hasAddress: true,
      hasRoute: true,
      gateway: '192.168.1.1',
      neighbour: 'reachable',
      gatewayMac: null,
    },
  ],
  lease: null,
  wireless: null,
};

/** A meter whose interface and router carry what the test says. */
function begin(isCounting = true) {
  const fake = fakeContext();
  const carried = { rxBytes: 0, txBytes: 0, isThere: true };
  const routed = { rxBytes: 2 ** 32 - 1_000_000, txBytes: 0, isSilent: false, reads: 0, searches: 0 };
  fake.net.counters = async () =>
    carried.isThere
      ? [{ name: 'eth0', ...carried, rxErrors: 0, txErrors: 0, rxDropped: 0, txDropped: 0 }]
      : [];
  const gauge: RouterGauge = {
    name: 'A router',
    async read() {
      routed.reads += 1;
      if (routed.isSilent) throw new Error('no answer');
      return {
        rxBytes: routed.rxBytes % 2 ** 32,
        txBytes: routed.txBytes,
        linkState: 'Up',
        uptimeSeconds: null,
      };
    },
  };
  fake.net.findRouterGauge = async () => {
    routed.searches += 1;
    return isCounting ? gauge : null;
  };
  const meter = new TrafficMeter(fake.context);
  const told: Told[] = [];
  meter.onTraffic((traffic) => told.push(traffic));
  meter.start();
  meter.follow([main]);
  const pass = async (seconds: number, each: () => void = () => undefined) => {
    for (let second = 0; second < seconds; second += 1) {
      each();
      fake.clock.advance(1000);
      await settle();
    }
  };
  const rates = (source: Told['source']) =>
    told.filter((traffic) => traffic.source === source).map(({ downBps, upBps }) => [downBps, upBps]);
  return { fake, meter, carried, routed, told, pass, rates };
}

test('own traffic is told every second as bits per second', async () => {
  const { meter, carried, pass, rates, told } = begin(false);
  await pass(3, () => {
    carried.rxBytes += 125_000;
    carried.txBytes += 1000;
  });
  assert.deepEqual(rates('own'), [
    [1_000_000, 8000],
    [1_000_000, 8000],
  ]);
  assert.equal((told[1]?.atMonoMs ?? 0) - (told[0]?.atMonoMs ?? 0), 1000);
  assert.deepEqual(
    meter.newest().map(({ line, source, downBps }) => [line, source, downBps]),
    [['main', 'own', 1_000_000]],
  );
  await meter.stop();
});

test('an interface that goes and comes back with a fresh counter makes no spike', async () => {
  const { meter, carried, pass, rates } = begin(false);
  carried.rxBytes = 4e9;
  await pass(2);
  carried.isThere = false;
  await pass(2);
  carried.isThere = true;
  carried.rxBytes = 5e9;
  await pass(1);
  carried.rxBytes = 100;
  await pass(2);
  assert.deepEqual(rates('own'), [
    [0, 0],
    [0, 0],
  ]);
  await meter.stop();
});

test('a listener that fails does not stop the others, nor the next second', async () => {
  const { fake, meter, pass, rates } = begin(false);
  meter.onTraffic(() => {
    throw new Error('broken');
  });
  await pass(3);
  assert.equal(rates('own').length, 2);
  assert.ok(fake.log.lines.some(({ level }) => level === 'error'));
  await meter.stop();
});

test('a router that tells is found and read every five seconds, across the wrap of its counter', async () => {
  const { meter, routed, pass, rates } = begin();
  await pass(3);
  assert.deepEqual(meter.router(), { name: 'A router', line: 'main' });
  await pass(15, () => {
    routed.rxBytes += 250_000;
    routed.txBytes += 2500;
  });
  assert.ok(routed.rxBytes > 2 ** 32, 'the counter wrapped meanwhile');
  const steady = rates('router').slice(1);
  assert.deepEqual(steady, [
    [2_000_000, 20_000],
    [2_000_000, 20_000],
  ]);
  await meter.stop();
});

test('a router that does not answer is asked less and less often, and its next reading is a first one', async () => {
  const { meter, routed, pass, rates } = begin();
  await pass(8, () => {
    routed.rxBytes += 1000;
  });
  const before = rates('router').length;
  routed.isSilent = true;
  const { reads } = routed;
  await pass(80);
  assert.equal(routed.reads - reads, 5, 'after 5, 10, 20 and 40 s');
  routed.isSilent = false;
  routed.rxBytes += 1_000_000_000;
  meter.follow([main]); // the link is another one: the rest is over
  await pass(5);
  assert.equal(rates('router').length, before, 'what passed meanwhile is no rate of now');
  await pass(10, () => {
    routed.rxBytes += 125_000;
  });
  assert.deepEqual(rates('router').at(-1), [1_000_000, 0]);
  await meter.stop();
});

test('a router that has given up counting is looked for again', async () => {
  const { meter, routed, pass } = begin();
  await pass(3);
  routed.isSilent = true;
  await pass(800);
  assert.equal(routed.searches, 2);
  await meter.stop();
});

test('without a router that counts it is looked for every hour, and after a change of the link', async () => {
  const { meter, routed, pass } = begin(false);
  await pass(5);
  assert.equal(routed.searches, 1);
  meter.follow([main]);
  await pass(5);
  assert.equal(routed.searches, 1, 'not at every flap');
  await pass(60);
  meter.follow([main]);
  await pass(5);
  assert.equal(routed.searches, 2);
  meter.follow([{ ...main, interface: 'wlan0' }]);
  await pass(5);
  assert.equal(routed.searches, 3, 'another link is another router');
  await pass(3600);
  assert.equal(routed.searches, 4);
  await meter.stop();
});

test('a line that is gone from the configuration is neither counted nor shown', async () => {
  const { meter, routed, pass, told } = begin();
  await pass(10, () => {
    routed.rxBytes += 1000;
  });
  meter.follow([]);
  const before = told.length;
  await pass(10);
  assert.equal(told.length, before);
  assert.deepEqual(meter.newest(), []);
  assert.equal(meter.router(), null);
  await meter.stop();
});
