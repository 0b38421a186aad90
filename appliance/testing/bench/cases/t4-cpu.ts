import { blackboxCpu } from '../blackbox.ts';
import { type BenchCase, ms } from '../case.ts';

export const cpu: BenchCase = {
  id: 'T4',
  title: 'CPU per check, 10 ICMP targets at 1 s, whole service',
  async run(bench) {
    const run = await bench.longRun();
    const ours = run.cpuMs / run.checks;
    const peer = await blackboxCpu(bench, 10, 60);
    return [
      {
        what: 'CPU per check',
        ours: ms(ours),
        peer: { name: 'blackbox_exporter', ...ms(peer) },
        target: '≤ 0.3 ms',
        isMet: ours <= 0.3,
        note:
          `${run.checks} checks in ${run.seconds.toFixed(0)} s; engine thread ${(run.engineCpuMs / run.checks).toFixed(3)} ms; ` +
          'the exporter: its own process only, 10 probes a second over HTTP for 60 s',
      },
      {
        what: 'Uptime Kuma as a peer',
        ours: null,
        peer: null,
        target: '',
        isMet: 'not measured',
        note: 'it is a server of its own with some 600 packages, which this bench does not install',
      },
    ];
  },
};
