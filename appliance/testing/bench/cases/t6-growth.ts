import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { type BenchCase, mb } from '../case.ts';
import { dayMs, passDays } from '../store-day.ts';

export const growth: BenchCase = {
  id: 'T6',
  title: 'database growth with every sample kept',
  async run(bench) {
    const folder = path.join(bench.cacheFolder, 'growth');
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    try {
      const startMs = Math.floor(1_790_000_000_000 / dayMs) * dayMs;
      const { fileBytes } = await passDays(folder, { days: 3, startMs, commitMinutes: 15 });
      const [first = 0, , third = 0] = fileBytes;
      const perDay = (third - first) / 2 / 1e6;
      return [
        {
          what: 'growth a day',
          ours: mb(perDay),
          peer: null,
          target: '≤ 1 MB/day',
          isMet: perDay <= 1,
          note: `20 series, 8 of them at 1 s; second and third day of three (${(first / 1e6).toFixed(2)} MB after the first)`,
        },
      ];
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};
