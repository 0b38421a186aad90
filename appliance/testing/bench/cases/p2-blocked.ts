import { biasOf, pairUp, runEngine } from '../../lab/engine.ts';
import type { EngineTask } from '../../lab/engine-child.ts';
import { hosts } from '../../lab/topology.ts';
import { type BenchCase, count, interleave, median, us } from '../case.ts';

export const blocked: BenchCase = {
  id: 'P2',
  title: 'the script thread blocked 300 of every 500 ms',
  async run(bench) {
    const lab = await bench.lab();
    await lab.ctl('set * clear; set lan delay=5ms');
    const address = hosts.home.ipv4;
    const measure = async (block?: EngineTask['block']) => {
      const target = { kind: 'icmp', family: 'ipv4', address, intervalMs: 20, timeoutMs: 900 } as const;
      const run = await runEngine(lab, { targets: [target], runMs: 10_000, ...(block ? { block } : {}) });
      const ours = run.targets[0] ?? [];
      const truth = await lab.truth({ target: address, fromMs: (ours[0]?.sentAtMs ?? 0) - 10 });
      const skipped = ours.filter(({ outcome }) => outcome === 'skipped').length;
      return { bias: biasOf(pairUp(ours, truth)).meanUs, missing: skipped + run.statistics.overruns };
    };
    const rounds = await interleave(
      bench.rounds,
      async () => await measure({ busyMs: 300, everyMs: 500 }),
      async () => await measure(),
    );
    const [busy, calm] = [
      median(rounds.ours.map(({ bias }) => bias)),
      median(rounds.peer.map(({ bias }) => bias)),
    ];
    const missing = rounds.ours.reduce((sum, round) => sum + round.missing, 0);
    return [
      {
        what: 'change of bias',
        ours: us(busy - calm),
        peer: null,
        target: '≤ 100 µs',
        isMet: Math.abs(busy - calm) <= 100,
        note: `calm ${calm.toFixed(1)} µs, blocked ${busy.toFixed(1)} µs, medians of ${bench.rounds} rounds of 10 s in turn`,
      },
      { what: 'skipped or dropped', ours: count(missing), peer: null, target: '0', isMet: missing === 0 },
    ];
  },
};
