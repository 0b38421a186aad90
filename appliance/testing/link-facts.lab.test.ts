/** What the service knows of its own link: who else is there, what is plugged in, what flows. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '../core/clock.ts';
import type { TargetList } from '../features/watch/latency/schema.ts';
import type { LinkList, LinkState, Traffic } from '../features/watch/link/schema.ts';
import type { Fault } from './lab/faults.ts';
import { Lab } from './lab/lab.ts';
import { anchorTargets, type RunningService, startService } from './lab/service.ts';
import { hosts } from './lab/topology.ts';

const skip = Lab.unavailable() ?? false;
const root = path.resolve(import.meta.dirname, '../..');
const node = path.join(root, 'appliance/node.sh');
let lab: Lab;
let service: RunningService;
let startedMonoMs: number;

const link = async (): Promise<LinkState> => {
  const { links } = await service.get<LinkList>('/api/link');
  assert.ok(links[0], 'the line is known');
  return links[0];
};

/** Makes a fault and tells how long it took until the link looks as `isSeen` says. */
async function seenAfterMs(fault: Fault, withinMs: number, isSeen: (state: LinkState) => boolean) {
  const faultMonoMs = systemClock.monoMs();
  await lab.fault(fault);
  await service.until(`${fault} is seen`, withinMs, async () => (isSeen(await link()) ? true : null));
  return systemClock.monoMs() - faultMonoMs;
}

const isWhole = ({ hasCarrier, families }: LinkState) =>
  hasCarrier && families.every(({ hasRoute, gatewayMac }) => hasRoute && gatewayMac !== null);

before(async () => {
  if (skip) return;
  lab = await Lab.up({ seed: 41 });
  // By default the kernel asks a silent neighbour again after up to 45 s; the test cannot wait for that.
  await lab.exec('client', [
    'sysctl',
    '-qw',
    ...['ipv4', 'ipv6'].flatMap((family) => [
      `net.${family}.neigh.eth0.base_reachable_time_ms=2000`,
      `net.${family}.neigh.eth0.delay_first_probe_time=1`,
      `net.${family}.neigh.eth0.retrans_time_ms=300`,
    ]),
  ]);
  const router = path.join(root, 'appliance/testing/lab/router.ts');
  lab.spawn('home', ['sh', node, router, hosts.home.ipv4, 'wan0'], { stdio: 'ignore' });
  service = await startService(lab, { config: { targets: anchorTargets } });
  startedMonoMs = systemClock.monoMs();
});
beforeEach(async () => {
  if (skip) return;
  await lab.clear();
  await service.until('the link is well', 15_000, async () => (isWhole(await link()) ? true : null));
});
after(async () => {
  if (!skip) await lab.down(); // ends the service too
});

test('a cable that is pulled is seen within 1.5 s', { skip, timeout: 30_000 }, async (t) => {
  const tookMs = await seenAfterMs('cable', 5000, ({ hasCarrier, isUp }) => isUp && !hasCarrier);
  t.diagnostic(`seen after ${tookMs.toFixed(0)} ms`);
  assert.ok(tookMs < 1500, `${tookMs} ms`);
});

test('lost routes are seen, and that the cable is still in', { skip, timeout: 30_000 }, async (t) => {
  const tookMs = await seenAfterMs('noroute', 5000, ({ interface: name, hasCarrier, families }) => {
    return (
      name === 'eth0' &&
      hasCarrier &&
      families.every(({ hasRoute, gateway }) => !hasRoute && gateway === null)
    );
  });
  t.diagnostic(`seen after ${tookMs.toFixed(0)} ms`);
  const { families } = await link();
  assert.ok(
    families.every(({ hasAddress }) => hasAddress),
    'addresses are still there',
  );
});

test('the device in the house is found within 15 s and stays through an outage of the gateway', {
  skip,
  timeout: 40_000,
}, async (t) => {
  const witnesses = async () => {
    const { targets } = await service.get<TargetList>('/api/targets');
    return targets.filter(({ segment }) => segment === 'lan');
  };
  await service.until('a witness is found', 20_000, async () =>
    (await witnesses()).length > 0 ? true : null,
  );
  const foundMs = systemClock.monoMs() - startedMonoMs;
  t.diagnostic(`found ${foundMs.toFixed(0)} ms after the start`);
  assert.ok(foundMs < 15_000, `${foundMs} ms`);

  const tookMs = await seenAfterMs('gateway', 20_000, ({ families }) =>
    families.every(({ neighbour }) => neighbour === 'failed' || neighbour === 'incomplete'),
  );
  t.diagnostic(`the gateway is silent at both neighbour tables after ${tookMs.toFixed(0)} ms`);
  const [witness, ...others] = await witnesses();
  assert.deepEqual(
    [witness?.address, witness?.line, witness?.family, witness?.intervalMs],
    [hosts.nas.ipv4, 'main', 'ipv4', 5000],
  );
  assert.match(witness?.id ?? '', /^lan-\d+$/);
  assert.deepEqual(others, []);
});

test('a transfer is measured within a tenth, by the own counters and by the router', {
  skip,
  timeout: 60_000,
}, async (t) => {
  const bytes = 40_000_000;
  const startMs = systemClock.wallMs();
  const { router } = await service.until('the router is found and read', 25_000, async () => {
    const list = await service.get<LinkList>('/api/link');
    return list.traffic.some(({ source, at }) => source === 'router' && Date.parse(at) > startMs)
      ? list
      : null;
  });
  assert.equal(router?.line, 'main');
  const told = { own: [] as Traffic[], router: [] as Traffic[] };
  let isOver = false;
  const collecting = (async () => {
    while (!isOver) {
      const { traffic } = await service.get<LinkList>('/api/link');
      for (const each of traffic) if (told[each.source].at(-1)?.at !== each.at) told[each.source].push(each);
      await delay(200);
    }
  })();
  await delay(1500);
  const fetched = await lab.exec('client', [
    'sh',
    node,
    '-e',
    `let n = 0; require('node:http').get('http://${hosts.a1.ipv4}/bytes/${bytes}', (r) => r.on('data', (d) => (n += d.length)).on('end', () => { console.log(n); process.exit(); }))`,
  ]);
  assert.equal(Number(fetched.stdout), bytes, fetched.stderr);
  await delay(7000); // the router is asked every 5 s
  isOver = true;
  await collecting;
  // Full-size segments: 14 bytes of Ethernet, 20 of IP and 32 of TCP around 1448.
  const expected = bytes * (1514 / 1448);
  for (const [source, samples] of Object.entries(told)) {
    let counted = 0;
    for (const [i, { at, downBps }] of samples.entries()) {
      const before = samples[i - 1];
      if (before) counted += (downBps / 8) * ((Date.parse(at) - Date.parse(before.at)) / 1000);
    }
    t.diagnostic(
      `${source}: ${(counted / 1e6).toFixed(2)} MB, on the wire ${(expected / 1e6).toFixed(2)} MB`,
    );
    assert.ok(Math.abs(counted / expected - 1) < 0.1, `${source}: ${counted} of ${expected} bytes`);
  }
});
