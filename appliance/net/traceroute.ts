import type { Trace, TraceHop, TraceOptions } from '../core/network.ts';
import type { OneShot, OneShotResult, ProbeEngine } from '../core/probing.ts';

/** Hops asked at once with ICMP. Routers limit their answers per receiver, by default six at once on Linux. */
const windowHops = 4;

function step(options: TraceOptions, ttl: number): OneShot {
  const { family, address, protocol, timeoutMs = 1000, flow = 1, interfaceName } = options;
  return {
    kind: protocol,
    family,
    address,
    ttl,
    timeoutMs,
    flow,
    ...(interfaceName === undefined ? {} : { interfaceName }),
  };
}

async function askHop(
  engine: Pick<ProbeEngine, 'probeOnce'>,
  options: TraceOptions,
  ttl: number,
): Promise<OneShotResult[]> {
  const results: OneShotResult[] = [];
  // One after the other: probes of one UDP flow differ in nothing that every router quotes.
  for (let i = 0; i < (options.probesPerHop ?? 3); i += 1) {
    results.push(await engine.probeOnce(step(options, ttl), options.signal));
    // A hop that was silent twice stays silent; waiting for the third costs a second for each such hop.
    if (i >= 1 && results.every(({ outcome }) => outcome === 'timeout')) break;
  }
  return results;
}

function summarise(ttl: number, results: readonly OneShotResult[]): TraceHop {
  const answered = results.filter(({ outcome }) => outcome !== 'timeout' && outcome !== 'local');
  const rttsUs = results.map(({ rttUs }) => (Number.isNaN(rttUs) ? null : rttUs));
  const refusal = results.find(({ outcome }) => outcome === 'unreachable');
  return {
    ttl,
    addresses: [...new Set(answered.map(({ from }) => from))],
    rttsUs,
    unreachableCode: refusal?.icmpCode ?? null,
  };
}

function endOf(results: readonly OneShotResult[]): 'reached' | 'unreachable' | 'local' | null {
  if (results.some(({ outcome }) => outcome === 'ok' || outcome === 'refused')) return 'reached';
  if (results.some(({ outcome }) => outcome === 'unreachable')) return 'unreachable';
  return results.every(({ outcome }) => outcome === 'local') ? 'local' : null;
}

/**
 * A line that came back during the walk makes the target look further away than it is: hops in front of it that were
 * silent may be the target itself by now.
 */
async function stepBack(
  engine: Pick<ProbeEngine, 'probeOnce'>,
  options: TraceOptions,
  hops: TraceHop[],
): Promise<void> {
  for (;;) {
    const before = hops.at(-2);
    if (before === undefined || before.addresses.length > 0) return;
    const result = await engine.probeOnce(step(options, before.ttl), options.signal);
    if (result.outcome === 'timeout' || result.outcome === 'local') return;
    const hop = summarise(before.ttl, [result]);
    const isTarget = endOf([result]) === 'reached';
    hops.splice(-2, isTarget ? 2 : 1, hop);
    options.onHop?.(hop);
    if (!isTarget) return;
  }
}

/** Walks the path to a target hop by hop. UDP steps go one by one, ICMP steps four hops at a time. */
export async function traceRoute(
  engine: Pick<ProbeEngine, 'probeOnce'>,
  options: TraceOptions,
): Promise<Trace> {
  const { maxHops = 30, maxSilent = 5 } = options;
  const width = options.protocol === 'icmp' ? windowHops : 1;
  const hops: TraceHop[] = [];
  for (let first = 1; first <= maxHops; first += width) {
    const ttls = Array.from({ length: Math.min(width, maxHops - first + 1) }, (_, i) => first + i);
    const answers = await Promise.all(ttls.map((ttl) => askHop(engine, options, ttl)));
    for (const [i, ttl] of ttls.entries()) {
      const results = answers[i] ?? [];
      const hop = summarise(ttl, results);
      hops.push(hop);
      options.onHop?.(hop);
      const end = endOf(results);
      if (end === 'reached') await stepBack(engine, options, hops);
      if (end) return { hops, isReached: end === 'reached', end };
      const tail = hops.slice(-maxSilent);
      if (tail.length === maxSilent && tail.every(({ addresses }) => addresses.length === 0)) {
        return { hops, isReached: false, end: 'silent' };
      }
    }
  }
  return { hops, isReached: false, end: 'max-hops' };
}
