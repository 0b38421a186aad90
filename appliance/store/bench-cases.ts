/** What `npm run bench` measures of the store. Plain functions: a folder in, numbers out. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { type Clock, systemClock } from '../core/clock.ts';
import type { Log } from '../core/log.ts';
import type { SampleRun } from '../core/storing.ts';
import { type OpenStore, openStore } from './index.ts';
import { dayMs, hourMs } from './schema.ts';
import { type SimulatedSeries, simulatedLine, simulatedMinute, standardLoad } from './simulated-line.ts';

const silent: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silent,
};

/** A clock that goes on only when told, and its timers with it. */
export class SteppedClock implements Clock {
  #monoMs: number;
  readonly #offsetMs: number;
  #timers: { atMs: number; everyMs: number | null; fn: () => void }[] = [];

  constructor(wallMs: number, monoMs = 1_000_000) {
    this.#monoMs = monoMs;
    this.#offsetMs = wallMs - monoMs;
  }

  get offsetMs(): number {
    return this.#offsetMs;
  }

  wallMs(): number {
    return this.#monoMs + this.#offsetMs;
  }

  monoMs(): number {
    return this.#monoMs;
  }

  after(delayMs: number, fn: () => void): () => void {
    return this.#add({ atMs: this.#monoMs + delayMs, everyMs: null, fn });
  }

  every(everyMs: number, fn: () => void): () => void {
    return this.#add({ atMs: this.#monoMs + everyMs, everyMs, fn });
  }

  #add(timer: { atMs: number; everyMs: number | null; fn: () => void }): () => void {
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Runs every timer that is due by then, in order. */
  advance(byMs: number): void {
    const untilMs = this.#monoMs + byMs;
    for (;;) {
      const due = this.#timers.filter((timer) => timer.atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (due === undefined) break;
      this.#monoMs = Math.max(this.#monoMs, due.atMs);
      if (due.everyMs === null) this.#timers = this.#timers.filter((other) => other !== due);
      else due.atMs += due.everyMs;
      due.fn();
    }
    this.#monoMs = untilMs;
  }
}

const beginMs = Date.UTC(2026, 0, 5);

export interface SimulatedRun {
  store: OpenStore;
  clock: SteppedClock;
  series: SimulatedSeries[];
}

/** Opens the store on a folder with the standard load of 20 series and a clock that the caller moves. */
export async function openSimulated(
  folder: string,
  commitMinutes = 5,
  wallMs = beginMs,
): Promise<SimulatedRun> {
  const clock = new SteppedClock(wallMs);
  const retention = { rawDays: 365, hourDays: 1825, maxMb: 4096 };
  const store = await openStore({
    dataFolder: folder,
    migrations: [],
    commitMinutes,
    retention,
    clock,
    log: silent,
  });
  store.measurements.setAnchor({ offsetMs: clock.offsetMs, isKnown: true });
  const series: SimulatedSeries[] = [];
  for (const [index, { kind, everyS, baseUs }] of standardLoad.entries()) {
    const key = { kind, line: 'main', target: `target-${index}`, family: 'ipv4' } as const;
    const id = await store.measurements.openSeries(key);
    series.push({ id, everyS, next: simulatedLine(index + 1, baseUs) });
  }
  return { store, clock, series };
}

/** Lets simulated minutes go by as the service would; `afterMinute` may sync a file system and read its counters. */
export async function simulateMinutes(
  { store, clock, series }: SimulatedRun,
  minutes: number,
  afterMinute: () => Promise<void> | void = () => undefined,
): Promise<void> {
  for (let minute = 0; minute < minutes; minute += 1) {
    const packet = simulatedMinute(series, clock.wallMs(), clock.offsetMs);
    clock.advance(60_000);
    store.measurements.append(packet);
    await store.health(); // answered after everything before it
    await afterMinute();
  }
}

/** T5: one day of writing on a folder. Samples written, for bytes per check; the caller reads the device's counters. */
export async function simulateDay(
  folder: string,
  options: { commitMinutes?: number; minutes?: number; afterMinute?: () => Promise<void> | void } = {},
): Promise<{ samples: number; wallMs: number }> {
  const { commitMinutes = 5, minutes = 1440, afterMinute } = options;
  const begunMs = systemClock.monoMs();
  const run = await openSimulated(folder, commitMinutes);
  await simulateMinutes(run, minutes, afterMinute);
  await run.store.close();
  const perMinute = standardLoad.reduce((sum, { everyS }) => sum + 60 / everyS, 0);
  return { samples: perMinute * minutes, wallMs: systemClock.monoMs() - begunMs };
}

function measurementBytes(folder: string): number {
  const path = join(folder, 'measurements.db');
  return statSync(path).size + (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0);
}

/** T6: growth of measurements.db per day in the steady state, after a first day. */
export async function growthPerDay(folder: string, days = 2): Promise<number> {
  const run = await openSimulated(folder);
  await simulateMinutes(run, 1440);
  const before = await run.store.health();
  await simulateMinutes(run, days * 1440);
  const after = await run.store.health();
  await run.store.close();
  return (after.measurementBytes - before.measurementBytes) / days;
}

/** Fills a year of hours of one series at 1 s by the import path. */
export async function importYear(
  folder: string,
  options: { series?: number; days?: number } = {},
): Promise<{ wallMs: number; bytes: number }> {
  const { series: count = 1, days = 365 } = options;
  const run = await openSimulated(folder, 5, beginMs + days * dayMs);
  // Three days of different hours are made once: this measures the store, not the generator.
  const hours = Array.from({ length: 24 * 3 }, (_, index) => simulatedHour(index));
  const begunMs = systemClock.monoMs();
  for (let hour = 0; hour < days * 24; hour += 1) {
    const jobs = run.series.slice(0, count).map(({ id }) => {
      const runs = hours[(hour + id) % hours.length] ?? [];
      return run.store.measurements.importHour(id, beginMs + hour * hourMs, runs);
    });
    await Promise.all(jobs);
  }
  await run.store.measurements.flush();
  const wallMs = systemClock.monoMs() - begunMs;
  await run.store.close();
  return { wallMs, bytes: measurementBytes(folder) };
}

function simulatedHour(seed: number): Omit<SampleRun, 'series'>[] {
  const next = simulatedLine(seed + 1, 20_000);
  const rttUs = Float64Array.from({ length: 3600 }, (_, second) => next((seed % 24) * 3600 + second));
  return [{ startMonoMs: 0, intervalMs: 1000, rttUs, duplicates: 0, reordered: 0, late: 0 }];
}

export interface QueryTimes {
  medianMs: number;
  firstMs: number;
  points: number;
}

/** H1 (1440 points of 1 minute) or H2 (8760 points of 1 hour), as the service thread sees it. */
export async function timePoints(
  store: OpenStore,
  series: number,
  query: { fromMs: number; toMs: number; stepMs: number },
  repeats = 15,
): Promise<QueryTimes> {
  const times: number[] = [];
  let points = 0;
  for (let repeat = 0; repeat < repeats; repeat += 1) {
    const begunMs = systemClock.monoMs();
    points = (await store.measurements.points({ series, ...query })).points.length;
    times.push(systemClock.monoMs() - begunMs);
  }
  const firstMs = times[0] ?? Number.NaN;
  const medianMs = times.sort((a, b) => a - b)[repeats >> 1] ?? Number.NaN;
  return { medianMs, firstMs, points };
}

/** H1 and H2 on a folder that `importYear` has filled. */
export async function historyTimes(folder: string, days = 365): Promise<{ h1: QueryTimes; h2: QueryTimes }> {
  const endMs = beginMs + days * dayMs;
  const { store, series } = await openSimulated(folder, 5, endMs);
  const id = series[0]?.id ?? 1;
  const h1 = await timePoints(store, id, { fromMs: endMs - dayMs, toMs: endMs, stepMs: 60_000 });
  const h2 = await timePoints(store, id, { fromMs: beginMs, toMs: endMs, stepMs: hourMs });
  await store.close();
  return { h1, h2 };
}

/** H3: largest relative error of the quantiles of one simulated day against its exact samples. */
export async function quantileError(
  folder: string,
): Promise<{ share: number; exactUs: number; error: number }[]> {
  const { store, series } = await openSimulated(folder, 5, beginMs + dayMs);
  const id = series[0]?.id ?? 1;
  const exact: number[] = [];
  for (let hour = 0; hour < 24; hour += 1) {
    const runs = simulatedHour(hour);
    await store.measurements.importHour(id, beginMs + hour * hourMs, runs);
    for (const value of runs[0]?.rttUs ?? []) if (value >= 0) exact.push(value);
  }
  exact.sort((a, b) => a - b);
  const found = await store.measurements.statistics({ series: id, fromMs: beginMs, toMs: beginMs + dayMs });
  await store.close();
  const { p10Us, p25Us, p50Us, p75Us, p90Us, p95Us, p99Us } = found;
  const values = [p10Us, p25Us, p50Us, p75Us, p90Us, p95Us, p99Us];
  return [0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99].map((share, index) => {
    const rank = share * (exact.length - 1);
    const low = exact[Math.floor(rank)] ?? Number.NaN;
    const high = exact[Math.ceil(rank)] ?? Number.NaN;
    const exactUs = low + (rank - Math.floor(rank)) * (high - low);
    return { share, exactUs, error: Math.abs((values[index] ?? Number.NaN) / exactUs - 1) };
  });
}
