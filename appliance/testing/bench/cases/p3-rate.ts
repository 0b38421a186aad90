import { runEngineHere } from '../../lab/engine.ts';
import { type BenchCase, count, interleave, median, us } from '../case.ts';
import { fping } from '../fping.ts';
import { VethPair } from '../veth.ts';

const seconds = 6;
/** The engine's shortest interval is 20 ms, so that 6,400/s takes 128 targets; fping gets the same. */
const targetCount = 128;

export const rate: BenchCase = {
  id: 'P3',
  title: 'CPU per probe at 6,400/s, and saturation',
  async run(bench) {
    await bench.need('fping', 'fping');
    await using pair = await VethPair.up(1024);
    const task = (targets: number) => ({
      targets: pair.addresses
        .slice(0, targets)
        .map(
          (address) => ({ kind: 'icmp', family: 'ipv4', address, intervalMs: 20, timeoutMs: 900 }) as const,
        ),
      runMs: seconds * 1000,
      isKeepingExchanges: false,
    });
    const perProbe = await interleave(
      bench.rounds,
      async () => {
        const run = await runEngineHere(task(targetCount), pair.near);
        // The sender's last second and a half is probed as well, but not in cpuUs.
        return run.cpuUs / ((run.elapsedMs / 20) * targetCount);
      },
      async () => {
        const execute = async (argv: readonly string[]) => await pair.exec(argv);
        const result = await fping(execute, pair.addresses.slice(0, targetCount), {
          count: seconds * 50,
          periodMs: 20,
        });
        return result.cpuUs / result.sent;
      },
    );
    const full = await runEngineHere(task(1024), pair.near, ['taskset', '-c', '0']);
    const { sent, received, timeouts, errors, inFlight, skipped, overruns } = full.statistics;
    const perSecond = sent / ((full.elapsedMs + 1200) / 1000);
    const isExact = sent === received + timeouts + errors + inFlight;
    const [ours, peer] = [median(perProbe.ours), median(perProbe.peer)];
    return [
      {
        what: `CPU per probe at 6,400/s`,
        ours: us(ours),
        peer: { name: 'fping', ...us(peer) },
        target: '≤ 0.9 × fping',
        isMet: ours <= 0.9 * peer,
        note: `${targetCount} targets at 20 ms, ${seconds} s, ${bench.rounds} rounds in turn; ours is the whole process with results delivered to scripts`,
      },
      {
        what: 'saturation, pinned to one core',
        ours: count(perSecond, 'probes/s'),
        peer: { name: 'fping (its documented ceiling)', ...count(6553, 'probes/s') },
        target: '≥ 40,000/s, accounting exact',
        isMet: perSecond >= 40_000 && isExact,
        note:
          `1,024 targets at 20 ms ask for 51,200/s; the answering namespace works on the same core; ` +
          `sent ${sent} = ${received} ok + ${timeouts} timeouts + ${errors} errors + ${inFlight} in flight: ${isExact ? 'exact' : 'NOT exact'}; ` +
          `${skipped} slots skipped and said so; ${overruns} overruns`,
      },
    ];
  },
};
