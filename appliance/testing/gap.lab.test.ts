/** What the service makes of its own stops: a clean one, a kill, and a standstill, each told for what it was. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '../core/clock.ts';
import type { GapList } from '../features/judge/gap/schema.ts';
import type { Gap } from '../features/judge/outage/schema.ts';
import { Lab } from './lab/lab.ts';
import { anchorTargets, type RunningService, startService } from './lab/service.ts';

const skip = Lab.unavailable() ?? false;
const config = { targets: anchorTargets };
/** From the start of the process until the gap before it must be known. */
const knownWithinMs = 3000;
/** Longer than the rarest target's interval: what the store holds then ends before the next start. */
const outMs = 11_000;
let lab: Lab;

before(async () => {
  if (!skip) lab = await Lab.up({ seed: 61 });
});
after(async () => {
  if (!skip) await lab.down();
});

async function gapsOf(service: RunningService): Promise<Gap[]> {
  return (await service.get<GapList>('/api/gaps')).gaps;
}

/** The newest gap, once there are this many. */
async function newest(service: RunningService, count: number): Promise<Gap> {
  return await service.until(`gap ${count} is told`, 15_000, async () => {
    const gaps = await gapsOf(service);
    return gaps.length >= count ? (gaps.at(-1) ?? null) : null;
  });
}

const near = (iso: string, wallMs: number, toleranceMs: number, what: string) =>
  assert.ok(
    Math.abs(Date.parse(iso) - wallMs) <= toleranceMs,
    `${what}: ${iso}, not ${new Date(wallMs).toISOString()}`,
  );

test('stopped, killed and standing still are told apart, with their times', {
  skip,
  timeout: 120_000,
}, async (t) => {
  const dataFolder = path.join(lab.folder, 'data-gap');
  const first = await startService(lab, { dataFolder, config });
  await delay(4000);
  assert.deepEqual(await gapsOf(first), []);
  const stoppedMs = systemClock.wallMs();
  await first.stop();
  await delay(outMs);

  const second = await startService(lab, { dataFolder, config });
  const stopped = await newest(second, 1);
  const secondsMs = systemClock.wallMs();
  t.diagnostic(`known ${(secondsMs - Date.parse(stopped.endedAt)).toFixed(0)} ms after the first exchange`);
  assert.equal(stopped.reason, 'stopped');
  near(stopped.startedAt, stoppedMs, 500, 'the stop');
  assert.ok(secondsMs - Date.parse(stopped.endedAt) < knownWithinMs);

  process.kill(second.pid, 'SIGSTOP');
  const stoodMs = systemClock.wallMs();
  await delay(6500);
  process.kill(second.pid, 'SIGCONT');
  const wentOnMs = systemClock.wallMs();
  const stood = await newest(second, 2);
  assert.equal(stood.reason, 'not-measured');
  near(stood.startedAt, stoodMs, 1500, 'the beginning of the standstill');
  near(stood.endedAt, wentOnMs, 1500, 'the end of the standstill');

  await delay(3000);
  const killedMs = systemClock.wallMs();
  await second.kill();
  await delay(1000);
  const third = await startService(lab, { dataFolder, config });
  try {
    const crashed = await newest(third, 3);
    assert.equal(crashed.reason, 'crashed');
    // What was measured up to the standstill went to disk with it; what came after did not.
    const storedMs = Date.parse(crashed.startedAt);
    assert.ok(storedMs > wentOnMs - 1500 && storedMs < killedMs, `on disk up to ${crashed.startedAt}`);
    assert.ok(Date.parse(crashed.endedAt) > killedMs);
  } finally {
    await third.stop();
  }
});
