import { type Bias, biasOf, pairUp, runEngine, runEngineHere } from '../../lab/engine.ts';
import { hosts } from '../../lab/topology.ts';
import { type Bench, type BenchCase, type Finding, interleave, median, us } from '../case.ts';
import { fping, mean } from '../fping.ts';
import { VethPair } from '../veth.ts';

const seconds = 10;

export const bias: BenchCase = {
  id: 'P1',
  title: 'RTT on the shortest path, and bias to the truth',
  async run(bench) {
    await bench.need('fping', 'fping');
    const findings: Finding[] = [];
    for (const transmitStamps of [false, true]) {
      const stamps = transmitStamps ? 'transmit and receive stamps' : 'receive stamps';
      const onVeth = await rttOnVeth(bench, transmitStamps);
      const onPath = await biasOnPath(bench, transmitStamps);
      const [allowedRatio, allowedUs] = transmitStamps ? [0.6, 25] : [1.1, 40];
      findings.push(
        {
          what: `RTT mean on veth, ${stamps}`,
          ours: us(onVeth.ours),
          peer: { name: 'fping', ...us(onVeth.peer) },
          target: `≤ ${allowedRatio} ×`,
          isMet: onVeth.ours <= allowedRatio * onVeth.peer,
          note: `50 probes/s, ${seconds} s, ${bench.rounds} rounds each, in turn`,
        },
        {
          what: `bias on a 10 ms path, ${stamps}`,
          ours: us(onPath.meanUs),
          peer: null,
          target: `≤ ${allowedUs} µs`,
          isMet: Math.abs(onPath.meanUs) <= allowedUs,
          note: `probe by probe against the log; p99 ${onPath.p99Us.toFixed(0)} µs; releases over 50 µs late ${onPath.late}`,
        },
      );
    }
    return findings;
  },
};

async function rttOnVeth(bench: Bench, transmitStamps: boolean): Promise<{ ours: number; peer: number }> {
  await using pair = await VethPair.up(1);
  const [address = ''] = pair.addresses;
  const target = { kind: 'icmp', family: 'ipv4', address, intervalMs: 20, timeoutMs: 900 } as const;
  const task = { targets: [target], runMs: seconds * 1000, engine: { transmitStamps } };
  const rounds = await interleave(
    bench.rounds,
    async () => {
      const { targets } = await runEngineHere(task, pair.near);
      return mean((targets[0] ?? []).filter(({ outcome }) => outcome === 'ok').map(({ rttUs }) => rttUs));
    },
    async () => {
      const execute = async (argv: readonly string[]) => await pair.exec(argv);
      return mean((await fping(execute, [address], { count: seconds * 50, periodMs: 20 })).rttsUs);
    },
  );
  return { ours: median(rounds.ours), peer: median(rounds.peer) };
}

async function biasOnPath(bench: Bench, transmitStamps: boolean) {
  const lab = await bench.lab();
  await lab.ctl('set * clear; set lan delay=5ms');
  const address = hosts.home.ipv4;
  const found: Bias[] = [];
  for (let round = 0; round < bench.rounds; round += 1) {
    const target = { kind: 'icmp', family: 'ipv4', address, intervalMs: 20, timeoutMs: 900 } as const;
    const run = await runEngine(lab, {
      targets: [target],
      runMs: seconds * 1000,
      engine: { transmitStamps },
    });
    const ours = run.targets[0] ?? [];
    found.push(
      biasOf(pairUp(ours, await lab.truth({ target: address, fromMs: (ours[0]?.sentAtMs ?? 0) - 10 }))),
    );
  }
  return {
    meanUs: median(found.map(({ meanUs }) => meanUs)),
    p99Us: median(found.map(({ p99Us }) => p99Us)),
    late: `${((await lab.lateShare()) * 100).toFixed(1)} %`,
  };
}
