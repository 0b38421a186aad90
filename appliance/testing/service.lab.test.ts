/** The whole appliance in the lab: what it finds by itself, and whether its history is what the wire saw. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock, toIso } from '../core/clock.ts';
import type { Status } from '../features/judge/state/schema.ts';
import type { LatencySeries, TargetList } from '../features/watch/latency/schema.ts';
import { Lab } from './lab/lab.ts';
import { anchorTargets, type RunningService, startService, withoutCapabilities } from './lab/service.ts';
import { hosts } from './lab/topology.ts';
import type { TrueExchange } from './lab/truth.ts';

const skip = Lab.unavailable() ?? false;
const config = { targets: anchorTargets, probing: { intervalMs: 200, timeoutMs: 1000 } };
const measuredMs = 60_000;
let lab: Lab;

before(async () => {
  if (!skip) lab = await Lab.up({ seed: 21 });
});
after(async () => {
  if (!skip) await lab.down();
});

/** When each exchange of a series was sent, epoch ms, in order. */
async function timesOf(service: RunningService, target: string, fromMs: number, toMs: number) {
  const csv = await service.client.text(
    `/api/latency/samples?target=${target}&from=${toIso(fromMs)}&to=${toIso(toMs)}`,
  );
  return csv
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => Date.parse(line.split(',')[0] ?? ''));
}

/** Both clocks of one machine: within a packet's way to the cable. */
const nearMs = 4;

/** What the wire saw of an exchange: a loss brings a closer look, with packets of its own to the same address. */
function onWire(ms: number, exchanges: readonly TrueExchange[]): TrueExchange[] {
  const distance = ({ sentAtMs }: TrueExchange) => Math.abs(sentAtMs - ms);
  const near = exchanges.filter((exchange) => distance(exchange) <= nearMs);
  return near.sort((a, b) => distance(a) - distance(b)).slice(0, 1);
}

test('it finds the line by itself and its history is what the wire saw', {
  skip,
  timeout: 150_000,
}, async (t) => {
  await lab.clear();
  await using service = await startService(lab, { config });
  t.diagnostic(`ready after ${service.readyMs.toFixed(0)} ms`);
  const { targets } = await service.until('every target is found', 15_000, async () => {
    const list = await service.get<TargetList>('/api/targets');
    const found = list.targets.filter(({ segment, address }) => segment === 'isp' && address !== null);
    return found.length === 2 ? list : null;
  });
  const addressOf = (segment: string, family: string) =>
    targets.find((target) => target.segment === segment && target.family === family)?.address;
  assert.equal(addressOf('gateway', 'ipv4'), hosts.home.ipv4);
  assert.equal(addressOf('gateway', 'ipv6'), hosts.home.ipv6);
  assert.equal(addressOf('isp', 'ipv4'), hosts.isp1.ipv4);
  assert.equal(addressOf('isp', 'ipv6'), hosts.isp1.ipv6);
  assert.equal(addressOf('resolver', 'ipv4'), hosts.home.ipv4);

  // Some of everything, so that there is something to count.
  await lab.ctl('set core burst=3%/3');
  // Whole seconds, so that every bucket that is compared is a whole one.
  const fromMs = Math.ceil((systemClock.wallMs() + 300) / 1000) * 1000;
  await delay(measuredMs + 1300);
  const toMs = Math.floor(systemClock.wallMs() / 1000) * 1000;
  await delay(1500);
  for (const anchor of targets.filter((target) => target.segment === 'anchor')) {
    const query = `target=${anchor.id}&from=${toIso(fromMs)}&to=${toIso(toMs)}&step=1`;
    const { points } = await service.get<LatencySeries>(`/api/latency?${query}`);
    const shown = points.reduce(
      (sum, point) => ({ count: sum.count + point.count, lost: sum.lost + point.lost }),
      { count: 0, lost: 0 },
    );
    const first = Date.parse(points[0]?.at ?? '');
    const last = Date.parse(points.at(-1)?.at ?? '') + 1000;
    const all = await lab.truth({ target: anchor.address ?? '', fromMs: first, toMs: last, timeoutMs: 1000 });
    const sentMs = await timesOf(service, anchor.id, first, last);
    const own = sentMs.flatMap((ms) => onWire(ms, all.exchanges));
    const rtts = own.map(({ rttUs }) => rttUs).filter((rttUs) => rttUs <= 1e6);
    const truth = {
      sent: own.length,
      lost: own.length - rtts.length,
      medianUs: rtts.sort((a, b) => a - b)[Math.floor(rtts.length / 2)] ?? Number.NaN,
    };
    const { points: whole } = await service.get<LatencySeries>(
      `/api/latency?target=${anchor.id}&from=${toIso(first)}&to=${toIso(last)}&step=3600`,
    );
    const medianMs = whole[0]?.p50Ms ?? Number.NaN;
    t.diagnostic(
      `${anchor.id}: ${shown.count} exchanges, ${shown.lost} lost (the log: ${truth.sent}, ${truth.lost}); ` +
        `median ${medianMs} ms (the log: ${(truth.medianUs / 1000).toFixed(3)})`,
    );
    assert.ok(shown.count > (measuredMs / 200) * 0.97, `${anchor.id}: ${shown.count} exchanges`);
    // A probe that leaves within a millisecond of the first or last bucket may be counted on either side.
    assert.ok(
      Math.abs(shown.count - truth.sent) <= 1,
      `${anchor.id}: ${shown.count} against ${truth.sent} on the wire`,
    );
    // A packet of the closer look that leaves in the same milliseconds cannot be told from the series' own.
    assert.ok(
      Math.abs(shown.lost - truth.lost) <= Math.abs(shown.count - truth.sent) + 1,
      `${anchor.id}: losses`,
    );
    assert.ok(
      Math.abs(medianMs - truth.medianUs / 1000) <= Math.max(0.1, truth.medianUs * 1e-5),
      `${anchor.id}: median`,
    );
  }
});

test('without any capability it measures on, and says how', { skip, timeout: 120_000 }, async () => {
  await lab.clear();
  await using service = await startService(lab, { config, prefix: withoutCapabilities });
  const status = await service.until('it is up', 15_000, async () => {
    const now = await service.get<Status>('/api/status');
    return now.state === 'up' ? now : null;
  });
  assert.equal(status.method.icmp, 'socket');
});

test('where ICMP is forbidden altogether it says so and what to do', { skip, timeout: 120_000 }, async () => {
  await lab.clear();
  await lab.exec('client', ['sysctl', '-qw', 'net.ipv4.ping_group_range=1 0']);
  try {
    await using service = await startService(lab, { config, prefix: withoutCapabilities });
    await delay(3000);
    const status = await service.get<Status>('/api/status');
    assert.equal(status.method.icmp, 'none');
    assert.match(status.method.advice ?? '', /ping_group_range|CAP_NET_RAW|cap_net_raw/);
    assert.ok(service.isRunning);
  } finally {
    await lab.exec('client', ['sysctl', '-qw', 'net.ipv4.ping_group_range=0 2147483647']);
  }
});

test('with no network at all it starts, answers and says that it is down', {
  skip,
  timeout: 120_000,
}, async (t) => {
  await lab.clear();
  await lab.exec('client', ['ip', 'link', 'set', 'eth0', 'down']);
  try {
    await using service = await startService(lab, { config });
    t.diagnostic(`ready after ${service.readyMs.toFixed(0)} ms`);
    const status = await service.until('it says so', 20_000, async () => {
      const now = await service.get<Status>('/api/status');
      return now.state === 'down' ? now : null;
    });
    assert.equal(status.state, 'down');
    await lab.clear();
    await lab.exec('client', ['ip', '-6', 'route', 'replace', 'default', 'via', hosts.home.ipv6]);
    await service.until('it comes back', 20_000, async () => {
      const now = await service.get<Status>('/api/status');
      return now.state === 'up' || now.state === 'degraded' ? now : null;
    });
  } finally {
    await lab.clear();
  }
});
