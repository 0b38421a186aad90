/** How a line does over time, engine by engine. Pure. */
import { changeOf } from './change.ts';
import type { SpeedTest, SpeedTrend } from './schema.ts';
import { spreadOf } from './spread.ts';

/** `tests`: newest first. Sorted by line, then by how many tests there are. */
export function trendsOf(tests: readonly SpeedTest[]): SpeedTrend[] {
  const groups = new Map<string, SpeedTest[]>();
  for (const test of tests) {
    const key = JSON.stringify([test.line, test.engine, test.family]);
    const group = groups.get(key);
    if (group) group.push(test);
    else groups.set(key, [test]);
  }
  return [...groups.values()]
    .flatMap((group) => trendOf(group) ?? [])
    .sort((one, other) => one.line.localeCompare(other.line) || other.tests - one.tests);
}

function trendOf(group: readonly SpeedTest[]): SpeedTrend | null {
  const [newest] = group;
  if (newest === undefined) return null;
  const good = group.filter(({ outcome }) => outcome === 'ok');
  const failed = group.filter(({ outcome }) => outcome === 'failed').length;
  const [last, ...earlier] = good;
  const change = last === undefined ? null : changeOf(last, earlier);
  const of = (pick: (test: SpeedTest) => number | null) => {
    const values = good.map(pick).filter((value) => value !== null);
    return values.length === 0 ? null : spreadOf(values);
  };
  return {
    line: newest.line,
    family: newest.family,
    engine: newest.engine,
    tests: good.length,
    failed,
    skipped: group.length - good.length - failed,
    downloadMbps: of(({ downloadMbps }) => downloadMbps),
    uploadMbps: of(({ uploadMbps }) => uploadMbps),
    idleMs: of(({ idleMs }) => idleMs),
    addedDownMs: of((test) => addedMs(test, 'loadedDownMs')),
    addedUpMs: of((test) => addedMs(test, 'loadedUpMs')),
    change:
      change === null
        ? null
        : { downRatio: change.downRatio, upRatio: change.upRatio, isReal: change.isReal },
    bytes: group.reduce((sum, { bytes }) => sum + bytes, 0),
    lastAt: last?.at ?? null,
  };
}

/** How much longer answers took under load; never negative. */
export function addedMs(test: SpeedTest, loaded: 'loadedDownMs' | 'loadedUpMs'): number | null {
  const underLoad = test[loaded];
  return underLoad === null || test.idleMs === null ? null : Math.max(0, underLoad - test.idleMs);
}
