import type { SoakResult } from './soak.ts';

/** A healthy process settles; what is left of a slope over a short run is the noise of the collector. */
const maxSlopeMbPerDay = 1;
/** Below this the slope cannot be told from noise of ±1 MB: it is shown and not judged. */
const slopeNeedsMinutes = 240;
/** The service tells its loop delay since the start, up to ten minutes: before this, starting is more than 1 % of it. */
const delayNeedsMinutes = 5;
/** Buffers and caches fill during the first minutes. */
const growthNeedsMinutes = 10;
/** Growth over the second half of a run that is too short for a slope. */
const maxGrowthMb = 8;

export interface Judged {
  text: string;
  isPassed: boolean;
}

/** What came out, line by line, and whether every limit was kept. */
export function summarise(result: SoakResult): Judged {
  const { plan, memory } = result;
  const half = memory.slice(Math.floor(memory.length / 2)).map(({ rssBytes }) => rssBytes / 1e6);
  const growthMb = (half.at(-1) ?? 0) - (half[0] ?? 0);
  const isLong = plan.minutes >= slopeNeedsMinutes;
  // Pinned to one core beside the lab it is about losses alone: the core is shared by design.
  const isDelayJudged = plan.core === null && plan.minutes >= delayNeedsMinutes;
  const isGrowthJudged = plan.core === null && plan.minutes >= growthNeedsMinutes;
  const rows: [what: string, value: string, limit: string, isKept: boolean | null][] = [
    ['exchanges', `${result.sent} in ${result.seconds.toFixed(0)} s`, '', null],
    ['lost', `${result.lost} (0.5 % is what the lab drops each way)`, 'more than 0', result.lost > 0],
    ['lost by ourselves', `${result.lostByUs}`, '0', result.lostByUs === 0],
    ['not counted as on the wire', `${result.miscounted}`, '0', result.miscounted === 0],
    ['skipped', `${result.skipped}`, '0', result.skipped === 0],
    ['overruns', `${result.overruns}`, '0', result.overruns === 0],
    [
      'main loop delay p99',
      `${result.loopDelayP99Ms.toFixed(1)} ms`,
      isDelayJudged ? '< 20 ms' : `judged from ${delayNeedsMinutes} min on, unpinned`,
      isDelayJudged ? result.loopDelayP99Ms < 20 : null,
    ],
    ['memory at the end', `${(half.at(-1) ?? 0).toFixed(1)} MB`, '', null],
    [
      'memory, second half',
      `${growthMb >= 0 ? '+' : ''}${growthMb.toFixed(1)} MB`,
      isGrowthJudged ? `< ${maxGrowthMb} MB` : `judged from ${growthNeedsMinutes} min on, unpinned`,
      isGrowthJudged ? growthMb < maxGrowthMb : null,
    ],
    [
      'memory slope',
      `${result.slopeMbPerDay.toFixed(1)} MB/day`,
      isLong ? `<= ${maxSlopeMbPerDay} MB/day` : `judged from ${slopeNeedsMinutes} min on`,
      isLong ? result.slopeMbPerDay <= maxSlopeMbPerDay : null,
    ],
    ['CPU per exchange', `${result.cpuMsPerCheck.toFixed(3)} ms`, '', null],
    ['lab: releases over 50 µs late', `${(result.lateShare * 100).toFixed(1)} %`, '', null],
  ];
  const where = plan.core === null ? '' : `, pinned to core ${plan.core}`;
  const head = `${plan.targets} targets, ${plan.rate}/s each, ${plan.minutes} min${where}`;
  const lines = rows.map(([what, value, limit, isKept]) => {
    const mark = isKept === null ? '      ' : isKept ? 'ok    ' : 'BROKEN';
    return `${mark} ${what.padEnd(30)} ${value.padEnd(44)} ${limit}`;
  });
  return { text: [head, ...lines].join('\n'), isPassed: rows.every(([, , , isKept]) => isKept !== false) };
}
