import type { SpeedPlan } from '../engine.ts';
import type { DirectionResult, SpeedFlag } from '../schema.ts';
import type { DirectionTrace } from './direction.ts';
import type { ServerTest } from './server-test.ts';

/** From here on the first seconds are another line than what lasts. */
const burstRatio = 1.1;
/** Near its own limit a box measures itself. */
const deviceShare = 0.8;
const generatorShare = 0.8;
/** Of a network card's rate, payload and the room between frames considered. */
const nicShare = 0.9;
const differsShare = 0.3;
const differsMs = 3;

export function flagsOf(test: ServerTest, plan: SpeedPlan, nicMbps: number | null): SpeedFlag[] {
  const directions = [test.down, test.up].filter((each) => each !== null);
  const traces = [test.traces.down, test.traces.up].filter((each) => each !== null);
  const highest = Math.max(...directions.map(({ capacityMbps }) => capacityMbps ?? 0));
  // On a line that loses packets the rate falls because of that.
  const isBurst =
    ((test.down?.burstRatio ?? 0) > burstRatio && !test.traces.down?.isLossy) ||
    ((test.up?.burstRatio ?? 0) > burstRatio && !test.traces.up?.isLossy);
  const wasBurst = plan.kind !== 'full' && (plan.last?.burstRatio ?? 0) > burstRatio;
  const flags: readonly [SpeedFlag, boolean][] = [
    ['busy', test.isBusy || (plan.isForced && test.foreignMbps > 0)],
    ['burst', isBurst || wasBurst],
    ['lossy', traces.some(({ isLossy }) => isLossy)],
    [
      'device-limited',
      traces.some(isGeneratorLimit) || highest > (plan.maxTestMbps ?? Number.POSITIVE_INFINITY) * deviceShare,
    ],
    ['nic-limited', nicMbps !== null && highest > nicMbps * nicShare],
    ['unsettled', plan.kind !== 'estimate' && traces.some(({ steady }) => steady === null)],
    ['icmp-differs', directions.some(isPingDifferent)],
    ['hidden-queue', test.down?.congestionControl === 'bbr'],
  ];
  return flags.filter(([, holds]) => holds).map(([flag]) => flag);
}

function isGeneratorLimit({ samples }: DirectionTrace): boolean {
  const last = samples.slice(-10);
  const mean = last.reduce((sum, { generatorBusyRatio }) => sum + generatorBusyRatio, 0) / last.length;
  return mean > generatorShare;
}

function isPingDifferent({ icmp, tcp }: DirectionResult): boolean {
  const [ping, connect] = [icmp?.p50Ms ?? null, tcp?.p50Ms ?? null];
  if (ping === null || connect === null) return false;
  return Math.abs(ping - connect) > Math.max(differsMs, differsShare * Math.max(ping, connect));
}
