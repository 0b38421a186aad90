import path from 'node:path';
import type { MinutePacket, SampleRun, SeriesKey } from '../../core/storing.ts';
import { slot } from '../../core/storing.ts';
import { features } from '../../features.ts';
import { Storage } from '../../store/storage.ts';
import type { LoopDisk } from './loop-disk.ts';

const minuteMs = 60_000;
export const dayMs = 86_400_000;
/** The writer is asked this often by the service. */
const tickMs = 15_000;

export interface DaySeries {
  key: SeriesKey;
  intervalMs: number;
  /** Undisturbed round-trip time, µs. */
  baseUs: number;
}

/** Twenty series as a household has them: 8 ICMP every second, 8 DNS every 30 s, 4 more every minute. */
export const household: readonly DaySeries[] = Array.from({ length: 20 }, (_, index) => {
  const [kind, intervalMs] = index < 8 ? ['icmp', 1000] : index < 16 ? ['dns', 30_000] : ['http', 60_000];
  return {
    key: { kind: String(kind), line: 'main', target: `t${index}`, family: 'ipv4' },
    intervalMs: Number(intervalMs),
    baseUs: 800 + index * 4100,
  };
});

/** xorshift32: the same day at every run. */
export function randomOf(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** A round-trip time like those of a real line: a floor, a long tail, a busy evening, some losses. */
export function sampleAt(random: () => number, baseUs: number, atMs: number): number {
  if (random() < 0.002) return slot.timeout;
  const hour = (atMs / 3_600_000) % 24;
  const busy = hour > 18 && hour < 23 ? 1 + random() * 0.6 : 1;
  const tail = -Math.log(1 - random()) * baseUs * 0.06;
  return baseUs * busy + tail + random() * 120;
}

export interface DayCost {
  bytes: number;
  operations: number;
  checks: number;
  /** Size of the measurements at the end of each day. */
  fileBytes: number[];
}

/** Lets days pass through the real store at full speed; the disk is flushed after every commit, as time would do it. */
export async function passDays(
  dataFolder: string,
  options: {
    days: number;
    startMs: number;
    series?: readonly DaySeries[];
    disk?: LoopDisk;
    commitMinutes?: number;
  },
): Promise<DayCost> {
  const { days, startMs, series = household, disk, commitMinutes = 5 } = options;
  const storage = new Storage({
    dataFolder,
    migrations: features.flatMap((feature) => feature.migrations ?? []),
    commitMinutes,
    retention: { rawDays: 365, hourDays: 1825, maxMb: 512 },
    notBeforeMs: 0,
    wallMs: startMs,
    monoMs: 0,
    durability: 'full',
  });
  storage.setAnchor({ offsetMs: startMs, isKnown: true });
  const ids = series.map(({ key }) => storage.measurements.openSeries(key));
  const random = randomOf(7);
  const before = (await disk?.written()) ?? { bytes: 0, operations: 0 };
  const fileBytes: number[] = [];
  let checks = 0;
  let committedAt = storage.health().lastCommitAtMs;
  for (let minute = 0; minute < days * 1440; minute += 1) {
    const startMonoMs = minute * minuteMs;
    const packet = minuteOf(series, ids, startMonoMs, startMs, random);
    checks += packet.runs.reduce((sum, run) => sum + run.rttUs.length, 0);
    storage.append(packet);
    for (let monoMs = startMonoMs + tickMs; monoMs <= startMonoMs + minuteMs; monoMs += tickMs) {
      let isMore = storage.tick(monoMs);
      while (isMore) isMore = storage.tidy(monoMs);
    }
    const { lastCommitAtMs, measurementBytes } = storage.health();
    if (lastCommitAtMs !== committedAt) await disk?.written();
    committedAt = lastCommitAtMs;
    if ((minute + 1) % 1440 === 0) fileBytes.push(measurementBytes);
  }
  const after = (await disk?.written()) ?? before;
  storage.close();
  return {
    bytes: after.bytes - before.bytes,
    operations: after.operations - before.operations,
    checks,
    fileBytes,
  };
}

function minuteOf(
  series: readonly DaySeries[],
  ids: readonly number[],
  startMonoMs: number,
  startMs: number,
  random: () => number,
): MinutePacket {
  const runs = series.map(({ intervalMs, baseUs }, index): SampleRun => {
    const count = minuteMs / intervalMs;
    return {
      series: ids[index] ?? 0,
      startMonoMs,
      intervalMs,
      rttUs: Float64Array.from({ length: count }, (_, at) =>
        sampleAt(random, baseUs, startMs + startMonoMs + at * intervalMs),
      ),
      duplicates: 0,
      reordered: 0,
      late: 0,
    };
  });
  return { startMonoMs, runs };
}

export const dataIn = (folder: string) => path.join(folder, 'data');
