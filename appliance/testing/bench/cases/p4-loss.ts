import { pairUp, runEngine } from '../../lab/engine.ts';
import { hosts } from '../../lab/topology.ts';
import { type BenchCase, count } from '../case.ts';

export const loss: BenchCase = {
  id: 'P4',
  title: 'loss, doubles and reordering against the log',
  async run(bench) {
    const lab = await bench.lab();
    await lab.ctl('set * clear; set lan delay=1ms; set lan burst=5%/6 dup=1% reorder=5% hold=8ms');
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
    for (const [index, address] of addresses.entries()) {
      const ours = run.targets[index] ?? [];
      const pairs = pairUp(
        ours,
        await lab.truth({ target: address, fromMs: (ours[0]?.sentAtMs ?? 0) - 10, timeoutMs: 500 }),
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
    ];
  },
};
