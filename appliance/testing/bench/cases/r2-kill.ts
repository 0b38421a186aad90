import { killLoop } from '../../lab/kill-loop.ts';
import { type BenchCase, count, ms } from '../case.ts';

export const kill: BenchCase = {
  id: 'R2',
  title: 'kill -9 of the real service',
  async run(bench) {
    const lab = await bench.lab();
    const kills = bench.isFull ? 50 : 5;
    // Every fifth run outlives a commit interval; the others die young, at moments that differ.
    const runsMs = Array.from({ length: kills }, (_, index) =>
      index % 5 === 4 ? 80_000 : 5000 + ((index * 1700) % 7000),
    );
    const report = await killLoop(lab, { runsMs, commitMinutes: 1 });
    const slowest = Math.max(...report.readyMs);
    const worst = Math.max(...report.lostSeconds);
    const note = `${kills} kills${bench.isFull ? '' : ' (50 with --full)'}, commit interval 1 min`;
    return [
      {
        what: 'slowest start',
        ours: ms(slowest),
        peer: null,
        target: '< 5,000 ms',
        isMet: slowest < 5000,
        note,
      },
      {
        what: 'seconds of samples lost',
        ours: count(worst, 's'),
        peer: null,
        target: '≤ 60 s',
        isMet: worst <= 60,
        note,
      },
      {
        what: 'records lost',
        ours: count(report.lostEvents, `of ${report.events}`),
        peer: null,
        target: '0',
        isMet: report.lostEvents === 0 && report.events > 0,
        note,
      },
    ];
  },
};
