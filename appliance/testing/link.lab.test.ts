/** What the service says and does while the link itself breaks and comes back. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock, toIso } from '../core/clock.ts';
import type { Status } from '../features/judge/state/schema.ts';
import type { LatencySeries, LiveWindows, TargetList } from '../features/watch/latency/schema.ts';
import type { Fault } from './lab/faults.ts';
import { Lab } from './lab/lab.ts';
import { anchorTargets, type RunningService, startService } from './lab/service.ts';
import { hosts } from './lab/topology.ts';

const skip = Lab.unavailable() ?? false;
let lab: Lab;
let service: RunningService;

const status = () => service.get<Status>('/api/status');
/** Every target that can answer did so three times in a row; the state itself stays `degraded` while its minute has losses. */
const isMended = async () => {
  const { windows } = await service.get<LiveWindows>('/api/latency/live?seconds=5');
  // Names and the witness at home are asked too seldom to have answered three times.
  const echoes = windows.filter(({ target }) => !target.endsWith('-dns') && !target.startsWith('lan-'));
  const isAnswering = ({ rttMs }: { rttMs: (number | null)[] }) =>
    rttMs.length >= 3 && rttMs.slice(-3).every((rtt) => rtt !== null);
  const { state } = await status();
  return echoes.length >= 8 && echoes.every(isAnswering) && (state === 'up' || state === 'degraded')
    ? true
    : null;
};

before(async () => {
  if (skip) return;
  lab = await Lab.up({ seed: 31 });
  service = await startService(lab, {
    config: { targets: anchorTargets, probing: { intervalMs: 250, timeoutMs: 500 } },
  });
});
beforeEach(async () => {
  if (skip) return;
  await lab.clear();
  await service.until('the line is well', 30_000, isMended);
});
after(async () => {
  if (!skip) await lab.down(); // ends the service too
});

/** Fault, the station of the path strip that must be the first to show it, and whether the gateway answers on. */
const cuts: [Fault, boolean][] = [
  ['cable', false],
  ['noroute', true],
  ['gateway', false],
];

for (const [fault, hasGateway] of cuts) {
  test(`${fault}: it is seen, nothing stops, and it ends when it is mended`, {
    skip,
    timeout: 60_000,
  }, async (t) => {
    const started = systemClock.monoMs();
    await lab.fault(fault);
    const down = await service.until(`${fault} is seen`, 15_000, async () => {
      const now = await status();
      return now.state === 'down' ? now : null;
    });
    t.diagnostic(`down after ${(systemClock.monoMs() - started).toFixed(0)} ms: ${down.sentence}`);
    await delay(1500);
    const { windows } = await service.get<LiveWindows>('/api/latency/live?seconds=1');
    const gateway = windows.find((window) => window.target === 'gateway-ipv4');
    const anchor = windows.find((window) => window.target === 'a1-ipv4');
    assert.ok(anchor && anchor.rttMs.length > 0, 'slots go on being measured');
    assert.ok(
      anchor.rttMs.every((rtt) => rtt === null),
      'the anchor is lost',
    );
    if (gateway && gateway.rttMs.length > 0)
      assert.equal(
        gateway.rttMs.some((rtt) => rtt !== null),
        hasGateway,
      );
    await lab.clear();
    const mended = systemClock.monoMs();
    await service.until(`the end of ${fault} is seen`, 20_000, isMended);
    t.diagnostic(`up again ${(systemClock.monoMs() - mended).toFixed(0)} ms after it was mended`);
    const { targets } = await service.get<TargetList>('/api/targets');
    const gatewayNow = targets.find((target) => target.id === 'gateway-ipv4');
    assert.equal(gatewayNow?.address, hosts.home.ipv4, 'the gateway is found again');
  });
}

test('losses of a cut are in the history, and a pause in the measurements is not', {
  skip,
  timeout: 60_000,
}, async () => {
  const from = toIso(systemClock.wallMs());
  await delay(2000);
  await lab.fault('upstream');
  await delay(4000);
  await lab.clear();
  await delay(3000);
  const { points } = await service.get<LatencySeries>(
    `/api/latency?target=a1-ipv4&from=${from}&to=${toIso(systemClock.wallMs())}&step=1`,
  );
  const lost = points.filter((point) => point.lost === point.count);
  assert.ok(lost.length >= 2, `${lost.length} seconds of total loss`);
  assert.ok(
    lost.every((point) => point.p50Ms === null && point.count > 0),
    'total loss has a count and no time',
  );
  assert.ok(
    points.every((point) => point.count > 0),
    'no second was made up',
  );
  assert.ok(points.some((point) => point.lost === 0 && point.p50Ms !== null));
});
