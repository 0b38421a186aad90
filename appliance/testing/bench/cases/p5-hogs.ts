import { systemClock } from '../../../core/clock.ts';
import { biasOf, pairUp, runEngine } from '../../lab/engine.ts';
import { endChild, spawnBound } from '../../lab/processes.ts';
import { hosts } from '../../lab/topology.ts';
import { type BenchCase, interleave, median, ms, us } from '../case.ts';
import { fping, inClient } from '../fping.ts';

const seconds = 8;

/** Gaps between sends as the wire saw them, 99th percentile. */
function gapP99(sentAtMs: readonly number[]): number {
  const gaps = sentAtMs
    .slice(1)
    .map((at, index) => at - (sentAtMs[index] ?? at))
    .sort((a, b) => a - b);
  return gaps[Math.floor((gaps.length - 1) * 0.99)] ?? Number.NaN;
}

export const hogs: BenchCase = {
  id: 'P5',
  title: 'four CPU hogs',
  async run(bench) {
    await bench.need('fping', 'fping');
    const lab = await bench.lab();
    await lab.ctl('set * clear; set lan delay=5ms');
    const address = hosts.home.ipv4;
    const load = Array.from({ length: 4 }, () =>
      spawnBound(['sh', '-c', 'while :; do :; done'], { stdio: 'ignore' }),
    );
    try {
      const rounds = await interleave(
        bench.rounds,
        async () => {
          const target = { kind: 'icmp', family: 'ipv4', address, intervalMs: 20, timeoutMs: 900 } as const;
          const run = await runEngine(lab, { targets: [target], runMs: seconds * 1000 });
          const ours = run.targets[0] ?? [];
          const pairs = pairUp(
            ours,
            await lab.truth({ target: address, fromMs: (ours[0]?.sentAtMs ?? 0) - 10 }),
          );
          const gap = gapP99(pairs.map(({ truth }) => truth.sentAtMs));
          return { bias: biasOf(pairs).meanUs, gap, isRealtime: run.statistics.isRealtime };
        },
        async () => {
          const fromMs = systemClock.wallMs();
          await fping(inClient(lab), [address], { count: seconds * 50, periodMs: 20 });
          return gapP99(
            (await lab.truth({ target: address, fromMs })).exchanges.map(({ sentAtMs }) => sentAtMs),
          );
        },
      );
      const bias = median(rounds.ours.map((round) => round.bias));
      const gap = median(rounds.ours.map((round) => round.gap));
      const isRealtime = rounds.ours.every((round) => round.isRealtime);
      return [
        { what: 'mean bias', ours: us(bias), peer: null, target: '≤ 60 µs', isMet: Math.abs(bias) <= 60 },
        {
          what: 'send gap p99 at 20 ms',
          ours: ms(gap),
          peer: { name: 'fping', ...ms(median(rounds.peer)) },
          target: '≤ 21 ms with the real-time class',
          isMet: isRealtime && gap <= 21,
          note: isRealtime ? 'real-time class granted' : 'the real-time class was refused',
        },
      ];
    } finally {
      await Promise.all(load.map(async (child) => await endChild(child)));
    }
  },
};
