/** The closer look, as it shows on the wire: when it begins, how dense it is, that it ends, and what is kept of it. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '../core/clock.ts';
import { slot } from '../core/storing.ts';
import { features } from '../features.ts';
import { scheduleMigrations } from '../schedule/job-runs.ts';
import { openStore } from '../store/index.ts';
import { quiet } from '../store/test-store.ts';
import { Lab } from './lab/lab.ts';
import { anchorTargets, startService } from './lab/service.ts';
import { hosts } from './lab/topology.ts';

const skip = Lab.unavailable() ?? false;
const cutMs = 8000;
let lab: Lab;

before(async () => {
  if (!skip) lab = await Lab.up({ seed: 71 });
});
after(async () => {
  if (!skip) await lab.down();
});

/** The most that any stretch of `spanMs` holds of the moments. */
function densest(moments: readonly number[], spanMs: number): number {
  let most = 0;
  let from = 0;
  for (const [to, at] of moments.entries()) {
    while (at - moments[from]! >= spanMs) from += 1; // from stays below to
    most = Math.max(most, to - from + 1);
  }
  return most;
}

/** When the first question to any anchor left that was never answered, epoch ms. */
async function firstMissingMs(fromMs: number): Promise<number> {
  const moments: number[] = [];
  for (const { host, host6 } of anchorTargets)
    for (const target of [host, host6]) {
      const { exchanges } = await lab.truth({ target, fromMs });
      moments.push(exchanges.find(({ rttUs }) => Number.isNaN(rttUs))?.sentAtMs ?? Number.POSITIVE_INFINITY);
    }
  return Math.min(...moments);
}

/** What the store holds of a quick series, read as a replay reads it. */
async function storedQuick(dataFolder: string, target: string) {
  const store = await openStore({
    dataFolder,
    migrations: [...scheduleMigrations, ...features.flatMap((feature) => feature.migrations ?? [])],
    commitMinutes: 5,
    retention: { rawDays: 365, hourDays: 1825, maxMb: 512 },
    clock: systemClock,
    log: quiet,
  });
  try {
    const key = { kind: 'icmp-quick', line: 'main', target, family: 'ipv4' } as const;
    const series = await store.measurements.openSeries(key);
    const toMs = systemClock.wallMs();
    const query = { series, fromMs: toMs - 120_000, toMs, limit: 10_000 };
    const { atMs, rttUs } = await store.measurements.samples(query);
    return [...atMs].map((at, index) => ({ at, rttUs: rttUs[index]! })).filter(isMeasured); // same length
  } finally {
    await store.close();
  }
}

const isMeasured = ({ rttUs }: { rttUs: number }) => rttUs !== slot.skipped;

test('a silent line is looked at twenty times a second at the first missing answer, and only while it matters', {
  skip,
  timeout: 110_000,
}, async (t) => {
  const dataFolder = path.join(lab.folder, 'data-box');
  const service = await startService(lab, { dataFolder, config: { targets: anchorTargets } });
  await delay(12_000);
  await lab.ctl('set core down');
  const downMs = systemClock.wallMs();
  await delay(cutMs);
  await lab.ctl('set core up');
  const upMs = systemClock.wallMs();
  await delay(25_000);
  const endMs = systemClock.wallMs();
  await service.stop();

  const { exchanges } = await lab.truth({ target: hosts.a1.ipv4, fromMs: downMs - 5000, toMs: endMs });
  const within = (fromMs: number, toMs: number) =>
    exchanges.map(({ sentAtMs }) => sentAtMs).filter((at) => at >= fromMs && at < toMs);
  const calm = densest(within(downMs - 5000, downMs), 1000);
  assert.ok(calm <= 3, `${calm} a second before anything was wrong`);
  const missingMs = await firstMissingMs(downMs - 1000);
  const then = within(missingMs, missingMs + 1500);
  const first = then.find((at, index) => (then[index + 4] ?? Number.POSITIVE_INFINITY) - at < 300);
  const afterMs = (first ?? Number.NaN) - missingMs;
  const quick = densest(within(downMs, upMs), 1000);
  t.diagnostic(`quick ${afterMs.toFixed(0)} ms after what got no answer; ${quick} in the densest second`);
  // It is missed after a quarter of a second; when it was asked for is a matter of chance.
  assert.ok(afterMs < 600, `${afterMs} ms`);
  // Besides the quick ones: the calm one, and what traces and looks for black holes.
  assert.ok(quick >= 18 && quick <= 45, `${quick} in the densest second`);
  const later = densest(within(endMs - 5000, endMs), 1000);
  assert.ok(later <= 5, `${later} a second when all was well again`);

  const stored = await storedQuick(dataFolder, 'a1-ipv4');
  const lost = stored.filter(({ rttUs, at }) => rttUs < 0 && at > downMs && at < upMs - 100);
  const early = stored.filter(({ rttUs, at }) => rttUs >= 0 && at > downMs + 100 && at < upMs - 100);
  const answered = stored.filter(({ rttUs, at }) => rttUs >= 0 && at > upMs);
  t.diagnostic(`stored: ${lost.length} lost in the cut, ${answered.length} answered after it`);
  assert.ok(lost.length >= 60, `${lost.length} lost ones stored`);
  assert.equal(early.length, 0);
  assert.ok(answered.length >= 5, `${answered.length} answered ones stored`);
});
