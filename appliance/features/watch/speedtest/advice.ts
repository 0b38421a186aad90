/** The rate of a shaper at which the added delay stays below a target. Pure. */
import { isUsable } from './change.ts';
import type { ShaperAdvice, ShaperRate, SpeedTest } from './schema.ts';
import { settingsFor } from './shaper-settings.ts';
import { quantile, spreadOf } from './spread.ts';
import { addedMs } from './trend.ts';

/** Added delay below it is grade A. */
export const usualTargetMs = 30;
const leastTests = 3;
/** Tests that rates are drawn from; a month at four a day. */
const mostTests = 120;
/** A shaper counts frames; a full one carries 1448 bytes of payload with TCP timestamps, in 1514 with its headers. */
const frameOverPayload = 1514 / 1448;
/**
 * Of the slow tenth of what was measured. Upwards the shaper stands before the queue and needs little room; downwards it
 * can only slow senders down after the fact.
 */
const shares = { down: 0.9, up: 0.95 } as const;
const slowShare = 0.1;

/** `tests`: of one line, newest first. */
export function shaperAdvice(line: string, tests: readonly SpeedTest[], targetMs: number): ShaperAdvice {
  const alike = comparable(tests);
  const down = rateOf('down', alike, targetMs);
  const up = rateOf('up', alike, targetMs);
  const known = [down, up].filter((rate) => rate !== null);
  const state =
    known.length === 0 ? 'too-few-tests' : known.some(({ isNeeded }) => isNeeded) ? 'shape' : 'fine';
  return {
    line,
    state,
    targetMs,
    down,
    up,
    tests: alike.map(({ id }) => id),
    text: textOf(state, down, up, targetMs),
    settings: state === 'shape' ? settingsFor(down?.rateKbps ?? null, up?.rateKbps ?? null) : [],
    method: 'speedtest.advice',
  };
}

/** Those of the newest one's family and engine; others measure something else. */
function comparable(tests: readonly SpeedTest[]): SpeedTest[] {
  const usable = tests.filter(isUsable);
  const [newest] = usable;
  if (newest === undefined) return [];
  const { engine, family } = newest;
  return usable.filter((one) => one.engine === engine && one.family === family).slice(0, mostTests);
}

interface Point {
  mbps: number;
  addedMs: number;
}

function rateOf(way: 'down' | 'up', tests: readonly SpeedTest[], targetMs: number): ShaperRate | null {
  const points = tests.flatMap((test): Point[] => {
    const mbps = way === 'down' ? test.downloadMbps : test.uploadMbps;
    const added = addedMs(test, way === 'down' ? 'loadedDownMs' : 'loadedUpMs');
    return mbps === null || added === null || mbps <= 0 ? [] : [{ mbps, addedMs: added }];
  });
  if (points.length < leastTests) return null;
  const capacityMbps = spreadOf(points.map(({ mbps }) => mbps));
  const slow = quantile(
    points.map(({ mbps }) => mbps),
    slowShare,
  );
  // The newest say whether something is to be done: an owner who has set a shaper wants to see it.
  const addedNow = quantile(
    points.slice(0, leastTests).map((point) => point.addedMs),
    0.5,
  );
  const observed = observedMbps(points, targetMs);
  const mbps = observed ?? slow * shares[way];
  return {
    rateKbps: Math.floor(mbps * frameOverPayload * 1000),
    share: mbps / slow,
    basis: observed === null ? 'derived' : 'observed',
    addedMs: addedNow,
    capacityMbps,
    isNeeded: addedNow > targetMs,
  };
}

/** The highest rate that at least two tests kept the target at, while faster ones did not; null when there is none. */
function observedMbps(points: readonly Point[], targetMs: number): number | null {
  const good = points.filter(({ addedMs }) => addedMs <= targetMs).map(({ mbps }) => mbps);
  const bad = points.filter(({ addedMs }) => addedMs > targetMs).map(({ mbps }) => mbps);
  if (good.length < 2 || bad.length === 0) return null;
  const lowestBad = Math.min(...bad);
  const below = good.filter((mbps) => mbps < lowestBad);
  return below.length < 2 ? null : Math.max(...below);
}

function textOf(
  state: ShaperAdvice['state'],
  down: ShaperRate | null,
  up: ShaperRate | null,
  targetMs: number,
): string {
  if (state === 'too-few-tests')
    return `A rate can be told after ${leastTests} tests that measured the delay under load.`;
  if (state === 'fine') return `Under load the delay grows by less than ${targetMs} ms: no shaper is needed.`;
  const parts = [sayWay('A download', down), sayWay('An upload', up)].filter((part) => part !== null);
  return `${parts.join(' ')} A shaper in the router that stays a little below the line keeps the queue there, and the delay below ${targetMs} ms.`;
}

function sayWay(what: string, rate: ShaperRate | null): string | null {
  if (!rate?.isNeeded || rate.addedMs === null) return null;
  return `${what} makes answers ${Math.round(rate.addedMs)} ms slower.`;
}
