import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { systemClock } from '../../../core/clock.ts';
import { Histogram } from '../../../core/histogram.ts';
import { codeOf } from '../../../core/quantise.ts';
import { openStore } from '../../../store/index.ts';
import { quietLog } from '../../lab/quiet-log.ts';
import { type BenchCase, count } from '../case.ts';
import { dayMs, randomOf, sampleAt } from '../store-day.ts';

const shares = [0.1, 0.5, 0.95, 0.99] as const;

export const quantiles: BenchCase = {
  id: 'H3',
  title: 'quantiles against the exact samples; minutes merged against the day',
  async run(bench) {
    const folder = path.join(bench.cacheFolder, 'quantiles');
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    const store = await openStore({
      dataFolder: folder,
      migrations: [],
      commitMinutes: 5,
      retention: { rawDays: 3650, hourDays: 18_250, maxMb: 4096 },
      clock: systemClock,
      log: quietLog,
    });
    try {
      const series = await store.measurements.openSeries({
        kind: 'icmp',
        line: 'main',
        target: 'x',
        family: 'ipv4',
      });
      const fromMs = Math.floor(systemClock.wallMs() / dayMs - 2) * dayMs;
      const random = randomOf(9);
      const exact: number[] = [];
      const merged = new Histogram();
      for (let hour = 0; hour < 24; hour += 1) {
        const rttUs = Float64Array.from({ length: 3600 }, (_, i) =>
          sampleAt(random, 14_800, hour * 3_600_000 + i * 1000),
        );
        for (let minute = 0; minute < 60; minute += 1) {
          const histogram = new Histogram();
          for (const value of rttUs.subarray(minute * 60, minute * 60 + 60))
            if (value >= 0) histogram.add(codeOf(value));
          merged.merge(histogram);
        }
        exact.push(...rttUs.filter((value) => value >= 0));
        const run = { startMonoMs: 0, intervalMs: 1000, rttUs, duplicates: 0, reordered: 0, late: 0 };
        await store.measurements.importHour(series, fromMs + hour * 3_600_000, [run]);
      }
      await store.measurements.flush();
      const day = await store.measurements.statistics({ series, fromMs, toMs: fromMs + dayMs });
      exact.sort((a, b) => a - b);
      const found = [day.p10Us, day.p50Us, day.p95Us, day.p99Us];
      const errors = shares.map((share, index) => {
        const value = exact[Math.floor(share * (exact.length - 1))] ?? Number.NaN;
        return Math.abs((found[index] ?? Number.NaN) - value) / value;
      });
      const worst = Math.max(...errors) * 100;
      const differing = merged.quantiles(shares).filter((value, index) => value !== found[index]).length;
      return [
        {
          what: 'worst error of p10, p50, p95, p99',
          ours: count(worst, '%'),
          peer: null,
          target: '≤ 1 %',
          isMet: worst <= 1,
          note: `a day of ${exact.length} samples out of the store`,
        },
        {
          what: '1,440 minutes merged, unlike the day',
          ours: count(differing + (merged.total === day.count - day.lost ? 0 : 1)),
          peer: null,
          target: '0',
          isMet: differing === 0 && merged.total === day.count - day.lost,
        },
      ];
    } finally {
      await store.close();
      await rm(folder, { recursive: true, force: true });
    }
  },
};
