import { mkdir } from 'node:fs/promises';
import { type BenchCase, count, mb } from '../case.ts';
import { LoopDisk } from '../loop-disk.ts';
import { dataIn, dayMs, passDays } from '../store-day.ts';

export const disk: BenchCase = {
  id: 'T5',
  title: 'bytes reaching the block device, samples kept',
  async run(bench) {
    await using loop = await LoopDisk.mount(bench.cacheFolder, 256);
    await mkdir(dataIn(loop.folder));
    const startMs = Math.floor(1_790_000_000_000 / dayMs) * dayMs;
    const day = await passDays(dataIn(loop.folder), { days: 1, startMs, disk: loop });
    const perCheck = day.bytes / day.checks;
    const note =
      'a day of 20 series (8 at 1 s) through the real store on ext4 over a loop device, time-compressed, flushed after each commit';
    const rows = [
      {
        what: 'bytes per check',
        ours: count(perCheck, 'B'),
        peer: null,
        target: '≤ 100 B',
        isMet: perCheck <= 100,
        note,
      },
      {
        what: 'a day',
        ours: mb(day.bytes / 1e6),
        peer: null,
        target: '≤ 30 MB/day',
        isMet: day.bytes <= 30e6,
        note,
      },
      {
        what: 'write requests a day',
        ours: count(day.operations),
        peer: null,
        target: '≤ 4,500',
        isMet: day.operations <= 4500,
        note,
      },
    ];
    const run = await bench.longRun();
    const mbPerDay = ((run.diskBytes / run.seconds) * 86_400) / 1e6;
    return [
      ...rows,
      {
        what: 'the real service, extrapolated',
        ours: mb(mbPerDay),
        peer: null,
        target: '≤ 30 MB/day',
        isMet: null,
        note:
          `${bench.minutes} min with 10 ICMP targets at 1 s: ${(run.diskBytes / run.checks).toFixed(0)} B per check, ` +
          `${((run.diskWrites / run.seconds) * 86_400).toFixed(0)} writes a day; the hourly compaction is not in it`,
      },
    ];
  },
};
