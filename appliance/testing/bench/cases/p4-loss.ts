import { Jitter } from '../../../core/statistics.ts';
import { pairUp, runEngine } from '../../lab/engine.ts';
import { hosts } from '../../lab/topology.ts';
import { type BenchCase, count } from '../case.ts';

export const loss: BenchCase = {
  id: 'P4',
  title: 'loss, doubles and reordering against the log',
  async run(bench) {
    const lab = await bench.lab();
    await lab.ctl('set * clear; set lan delay=1ms; set lan burst=5%/6 dup=1% reorder=5% hold=45ms');
    const addresses = [hosts.home.ipv4, hosts.nas.ipv4, hosts.isp1.ipv4, hosts.isp1.ipv6, hosts.a1.ipv6];
    const targets = addresses.map(
      (address) =>
        ({
          kind: 'icmp',
          family: address.includes(':') ? 'ipv6' : 'ipv4',
          address,
          intervalMs: 20,
          timeoutMs: 500,
        }) as const,
    );
    const run = await runEngine(lab, { targets, runMs: bench.isFull ? 130_000 : 41_000 });
    const total = { probes: 0, lost: 0, doubles: 0, reordered: 0, wrong: 0, wrongDoubles: 0 };
    const jitters: number[] = [];
    for (const [index, address] of addresses.entries()) {
      const ours = run.targets[index] ?? [];
      const pairs = pairUp(
        ours,
        await lab.truth({ target: address, fromMs: (ours[0]?.sentAtMs ?? 0) - 10, timeoutMs: 500 }),
      );
      jitters.push(
        jitterOf(pairs.map((pair) => pair.ours.rttUs)) / jitterOf(pairs.map((pair) => pair.truth.rttUs)),
      );
      for (const { ours: exchange, truth } of pairs) {
        const isAnswered = truth.rttUs < 500_000;
        total.probes += 1;
        total.lost += isAnswered ? 0 : 1;
        total.doubles += Math.max(0, truth.replies - 1);
        total.reordered += exchange.isReordered ? 1 : 0;
        if ((exchange.outcome === 'ok') !== isAnswered) total.wrong += 1;
        if (exchange.duplicates !== Math.max(0, truth.replies - 1)) total.wrongDoubles += 1;
      }
    }
    const note = `${total.probes} probes, by id and sequence number: ${total.lost} lost, ${total.doubles} doubles, ${total.reordered} overtaken`;
    const worstJitter = Math.max(...jitters.map((ratio) => Math.abs(ratio - 1) * 100));
    const isEnough = total.probes >= 10_000;
    return [
      {
        what: 'losses unlike the log',
        ours: count(total.wrong),
        peer: null,
        target: '0 of 10,000',
        isMet: total.wrong === 0 && isEnough,
        note,
      },
      {
        what: 'doubles unlike the log',
        ours: count(total.wrongDoubles),
        peer: null,
        target: '0 of 10,000',
        isMet: total.wrongDoubles === 0 && isEnough,
        note,
      },
      {
        what: 'jitter against the log',
        ours: count(worstJitter, '% off'),
        peer: null,
        target: 'within 2 %',
        isMet: worstJitter <= 2,
        note: 'RFC 3550 estimate over the replies that came, mean over the run, worst of five targets',
      },
      {
        what: 'clock step of ±1 h',
        ours: null,
        peer: null,
        target: 'RTT moves < 1 ms',
        isMet: 'not measured',
        note: 'the wall clock has no namespace: stepping it would step it for everything on this machine',
      },
    ];
  },
};

/** Mean of the smoothed estimate, over what was answered. */
function jitterOf(rttsUs: readonly number[]): number {
  const jitter = new Jitter();
  const estimates = rttsUs.filter((rtt) => rtt < 500_000).map((rtt) => jitter.next(rtt));
  const known = estimates.filter((estimate) => !Number.isNaN(estimate));
  return known.reduce((sum, estimate) => sum + estimate, 0) / known.length;
}
