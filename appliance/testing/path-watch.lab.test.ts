/** The whole appliance in the lab: the paths it walks, the routers it finds, and the sizes that pass. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '../core/clock.ts';
import type { TargetList } from '../features/watch/latency/schema.ts';
import type { FullSizeResult, MtuState, PathTraceList, TraceResult } from '../features/watch/path/schema.ts';
import { Lab } from './lab/lab.ts';
import { anchorTargets, type RunningService, startService } from './lab/service.ts';
import { hosts } from './lab/topology.ts';

const skip = Lab.unavailable() ?? false;
const families = ['ipv4', 'ipv6'] as const;
const segments = ['gateway', 'isp', 'transit', 'anchor'];
let lab: Lab;

before(async () => {
  if (!skip) lab = await Lab.up({ seed: 11 });
});
after(async () => {
  if (!skip) await lab.down();
});

/** Everything of one name that the live stream brings from now on. */
function listen(service: RunningService, name: string, signal: AbortSignal): unknown[] {
  const heard: unknown[] = [];
  const follow = async () => {
    for await (const { event, data } of service.client.stream('/api/live', signal))
      if (event === name) heard.push(data);
  };
  follow().catch(() => undefined); // ends with the signal or the service
  return heard;
}

/** The full-size packets that were sent since then. */
async function fullSize(service: RunningService, sinceMs: number): Promise<FullSizeResult[]> {
  const { probes } = await service.get<MtuState>('/api/mtu');
  return probes.filter(({ at }) => Date.parse(at) >= sinceMs);
}

async function expectPaths(service: RunningService): Promise<void> {
  const { traces } = await service.get<PathTraceList>('/api/paths');
  for (const family of families) {
    for (const name of ['a1', 'a2', 'a3'] as const) {
      const along = [hosts.home, hosts.isp1, hosts.isp2, hosts[name]];
      const trace = traces.find(({ target }) => target === `${name}-${family}`);
      assert.equal(trace?.end, 'reached', `${name} ${family}`);
      assert.deepEqual(
        trace.hops.map(({ addresses, segment }) => [addresses, segment]),
        along.map((host, index) => [[host[family]], segments[index]]),
      );
      for (const [index, { bestMs, lost }] of trace.hops.entries()) {
        const expectedMs = along[index]?.rttMs ?? Number.NaN;
        assert.equal(lost, 0);
        assert.ok(
          bestMs !== null && Math.abs(bestMs - expectedMs) < 25,
          `${name} ${family} hop ${index + 1}: ${bestMs}`,
        );
      }
    }
  }
}

test('paths, shared routers and sizes are what the network has', { skip, timeout: 110_000 }, async (t) => {
  await lab.clear();
  await using service = await startService(lab, { config: { targets: anchorTargets } });
  const readyMs = systemClock.monoMs();
  const { targets } = await service.until('routers behind the provider are found', 10_000, async () => {
    const list = await service.get<TargetList>('/api/targets');
    const found = list.targets.filter(({ segment, address }) => segment === 'transit' && address !== null);
    return found.length >= 2 ? list : null;
  });
  t.diagnostic(`found ${(systemClock.monoMs() - readyMs).toFixed(0)} ms after the service was ready`);
  assert.deepEqual(
    targets.filter(({ segment }) => segment === 'transit').map(({ id, address }) => [id, address]),
    families.map((family) => [`transit-1-${family}`, hosts.isp2[family]]),
  );
  await expectPaths(service);

  const stopping = new AbortController();
  const changes = listen(service, 'path.changed', stopping.signal);
  try {
    const before = (await service.get<PathTraceList>('/api/paths')).traces;
    for (const fault of ['hop-silent', 'hop-ratelimit'] as const) {
      await lab.fault(fault);
      for (let i = 0; i < 3; i += 1) {
        const trace = await service.client.send<TraceResult>('POST', '/api/trace', { target: 'a1-ipv4' });
        assert.equal(trace.isReached, true, fault);
        if (fault === 'hop-silent' && i === 2)
          assert.deepEqual(trace.hops[1]?.addresses, [], 'isp1 is silent');
      }
      await lab.clear();
    }
    const now = (await service.get<PathTraceList>('/api/paths')).traces;
    assert.deepEqual(
      now.map(({ fingerprint }) => fingerprint),
      before.map(({ fingerprint }) => fingerprint),
    );

    await service.until('full size passes everywhere', 15_000, async () => {
      const { checks } = await service.get<MtuState>('/api/mtu');
      return checks.length === 12 && checks.every(({ verdict, mtu }) => verdict === 'full' && mtu === 1500)
        ? true
        : null;
    });
    const holeMs = systemClock.wallMs();
    await lab.fault('mtu-blackhole');
    const lost = await service.until('the place where large packets vanish is seen', 16_000, async () => {
      const probes = await fullSize(service, holeMs + 500);
      const rows = (id: string) => probes.filter(({ target }) => target === id).map(({ outcome }) => outcome);
      const isSeen = families.every((family) => rows(`transit-1-${family}`).length === 3);
      return isSeen ? probes : null;
    });
    await delay(1000);
    for (const { target, segment, outcome } of lost)
      assert.equal(outcome, segment === 'gateway' || segment === 'isp' ? 'ok' : 'lost', target);
    for (const family of families)
      assert.ok(lost.filter((probe) => probe.segment === 'anchor' && probe.family === family).length >= 6);

    await lab.clear();
    await delay(1500); // what was under way is over
    const toldMs = systemClock.wallMs();
    await lab.fault('mtu-icmp');
    const told = await service.until('routers tell the size', 16_000, async () => {
      const probes = await fullSize(service, toldMs + 500);
      const isTold = families.every((family) =>
        probes.some((probe) => probe.family === family && probe.outcome === 'told'),
      );
      return isTold ? probes : null;
    });
    assert.ok(
      told.every(({ outcome }) => outcome !== 'lost'),
      JSON.stringify(told),
    );
    const check = await service.until('the size is learned', 10_000, async () => {
      const { checks } = await service.get<MtuState>('/api/mtu');
      return checks.find(({ verdict, family }) => verdict === 'told' && family === 'ipv4') ?? null;
    });
    assert.deepEqual([check.mtu, check.from], [1400, hosts.isp2.ipv4]);
    assert.deepEqual(changes, []);
  } finally {
    stopping.abort();
  }
});
