import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '../../../core/clock.ts';
import { anchorTargets, buildService, bundledServe, startService } from '../../lab/service.ts';
import { hosts } from '../../lab/topology.ts';
import { type BenchCase, median, ms } from '../case.ts';

export const start: BenchCase = {
  id: 'T2',
  title: 'listening after start, and the first probe',
  async run(bench) {
    const lab = await bench.lab();
    await buildService();
    const argv = await bundledServe();
    const ready: number[] = [];
    const firstProbe: number[] = [];
    for (let round = 0; round < bench.rounds + 1; round += 1) {
      const startedMs = systemClock.wallMs();
      const service = await startService(lab, { config: { targets: anchorTargets }, argv });
      await delay(1500);
      await service.stop();
      const probes = await Promise.all(
        [hosts.home, hosts.a1, hosts.a2, hosts.a3].map((host) =>
          lab.truth({ target: host.ipv4, fromMs: startedMs }),
        ),
      );
      if (round === 0) continue; // fills the compile cache, as the first start after an update does
      ready.push(service.readyMs);
      firstProbe.push(
        Math.min(...probes.map(({ exchanges }) => exchanges[0]?.sentAtMs ?? Number.NaN)) - startedMs,
      );
    }
    const note = `median of ${bench.rounds} starts, from the process's start; the first probe as the wire saw it`;
    return [
      {
        what: 'listening',
        ours: ms(median(ready)),
        peer: null,
        target: '≤ 1,000 ms',
        isMet: median(ready) <= 1000,
        note,
      },
      {
        what: 'first probe sent',
        ours: ms(median(firstProbe)),
        peer: null,
        target: '≤ 1,000 ms',
        isMet: median(firstProbe) <= 1000,
        note,
      },
    ];
  },
};
