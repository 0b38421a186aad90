import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '../../core/clock.ts';
import type { SystemFacts } from '../../features/keep/system/schema.ts';
import type { LatencyStatistics, TargetList } from '../../features/watch/latency/schema.ts';
import { Lab } from '../lab/lab.ts';
import { type RunningService, startService } from '../lab/service.ts';
import { addSoakTargets } from './targets.ts';

export interface SoakPlan {
  minutes: number;
  targets: number;
  /** Exchanges a second with each target. */
  rate: number;
  /** Pins the service to this core; null: wherever the kernel likes. */
  core: number | null;
}

export interface MemorySample {
  minute: number;
  rssBytes: number;
}

export interface SoakResult {
  plan: SoakPlan;
  seconds: number;
  sent: number;
  lost: number;
  /** Lost according to the service, answered according to the wire. */
  lostByUs: number;
  /** On the wire and not in the history, or the other way round. */
  miscounted: number;
  skipped: number;
  overruns: number;
  errors: number;
  loopDelayP99Ms: number;
  memory: MemorySample[];
  /** Straight line through the second half of the samples, MB a day. */
  slopeMbPerDay: number;
  cpuMsPerCheck: number;
  lateShare: number;
}

const sampleEveryMs = 15_000;
const timeoutMs = 1000;

/** Probes many addresses of the lab's DNS node with the real service, and compares its counts with the wire. */
export async function soak(plan: SoakPlan, say: (line: string) => void): Promise<SoakResult> {
  await using lab = await Lab.up({ name: 'istsoak', seed: 51 });
  const addresses = await addSoakTargets(lab, plan.targets);
  // Losses that are really there, so that "no loss" cannot be a service that does not look.
  await lab.ctl('set core loss=0.5%');
  const config = {
    targets: addresses.map((host, index) => ({ name: `t${index}`, host, segment: 'custom' })),
    probing: { intervalMs: Math.round(1000 / plan.rate), timeoutMs },
    lines: [{ name: 'main', ipv6: 'off' }],
  };
  const prefix = plan.core === null ? [] : ['taskset', '-c', `${plan.core}`];
  await using service = await startService(lab, { config, prefix });
  await service.until('every target has an address', 60_000, async () => {
    const { targets } = await service.get<TargetList>('/api/targets');
    return targets.filter((target) => target.address).length >= plan.targets ? true : null;
  });
  await delay(5000); // past the first seconds, in which the targets are staggered
  const before = await service.get<SystemFacts>('/api/system');
  const cpuBefore = await service.cpuMs();
  const fromMs = systemClock.wallMs();
  const memory = await watchMemory(service, plan.minutes * 60_000, say);
  const toMs = systemClock.wallMs();
  const cpuMs = (await service.cpuMs()) - cpuBefore;
  await delay(timeoutMs + 500);
  const after = await service.get<SystemFacts>('/api/system');
  const counts = await compare(lab, service, addresses, { fromMs, toMs });
  const checks = after.engine.sent - before.engine.sent;
  return {
    plan,
    seconds: (toMs - fromMs) / 1000,
    ...counts,
    skipped: after.engine.skipped - before.engine.skipped,
    overruns: after.engine.overruns - before.engine.overruns,
    errors: after.engine.errors - before.engine.errors,
    loopDelayP99Ms: after.process.eventLoopDelayP99Ms,
    memory,
    slopeMbPerDay: slopeOf(memory.slice(Math.floor(memory.length / 2))),
    cpuMsPerCheck: cpuMs / checks,
    lateShare: await lab.lateShare(),
  };
}

async function watchMemory(
  service: RunningService,
  forMs: number,
  say: (line: string) => void,
): Promise<MemorySample[]> {
  const samples: MemorySample[] = [];
  const startedMs = systemClock.monoMs();
  for (let elapsed = 0; elapsed < forMs; elapsed = systemClock.monoMs() - startedMs) {
    const rssBytes = await service.residentBytes();
    samples.push({ minute: elapsed / 60_000, rssBytes });
    if (samples.length % 20 === 1)
      say(`${(elapsed / 60_000).toFixed(1)} min: ${(rssBytes / 1e6).toFixed(1)} MB`);
    await delay(Math.min(sampleEveryMs, forMs - elapsed));
  }
  return samples;
}

/** Counts of the service against counts of the wire, over the same whole seconds. */
async function compare(
  lab: Lab,
  service: RunningService,
  addresses: readonly string[],
  range: { fromMs: number; toMs: number },
): Promise<Pick<SoakResult, 'sent' | 'lost' | 'lostByUs' | 'miscounted'>> {
  const truths = await lab.truths({ ...range, timeoutMs });
  const total = { sent: 0, lost: 0, lostByUs: 0, miscounted: 0 };
  const { targets } = await service.get<TargetList>('/api/targets');
  const [from, to] = [new Date(range.fromMs).toISOString(), new Date(range.toMs).toISOString()];
  for (const address of addresses) {
    const id = targets.find((target) => target.address === address)?.id ?? '';
    const ours = await service.get<LatencyStatistics>(
      `/api/latency/statistics?target=${id}&from=${from}&to=${to}`,
    );
    const truth = truths.get(address) ?? { sent: 0, lost: 0 };
    total.sent += ours.count;
    total.lost += ours.lost;
    total.lostByUs += Math.max(0, ours.lost - truth.lost);
    // A probe at the very edge may fall on either side of it.
    total.miscounted += Math.max(0, Math.abs(ours.count - truth.sent) - 2);
  }
  return total;
}

/** Least squares, MB a day. */
function slopeOf(samples: readonly MemorySample[]): number {
  if (samples.length < 3) return Number.NaN;
  const meanX = samples.reduce((sum, { minute }) => sum + minute, 0) / samples.length;
  const meanY = samples.reduce((sum, { rssBytes }) => sum + rssBytes, 0) / samples.length;
  let covariance = 0;
  let variance = 0;
  for (const { minute, rssBytes } of samples) {
    covariance += (minute - meanX) * (rssBytes - meanY);
    variance += (minute - meanX) ** 2;
  }
  return ((covariance / variance) * 1440) / 1e6;
}
