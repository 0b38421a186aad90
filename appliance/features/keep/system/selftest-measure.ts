import { type Clock, pause } from '../../../core/clock.ts';
import type { ProbeEngine, ProbeTarget } from '../../../core/probing.ts';

export interface Measured {
  sentMonoMs: number;
  outcome: string;
  /** Null where nothing came back. */
  rttMs: number | null;
}

export interface EngineReport {
  icmp: Measured[];
  dns: Measured[];
  isKernelStamped: boolean;
  overruns: number;
}

export interface MeasurePlan {
  address: string;
  port: number;
  icmpIntervalMs: number;
  dnsIntervalMs: number;
  timeoutMs: number;
  runMs: number;
}

/** A query for the root's name servers: 12 bytes of header, the empty name, NS, IN (RFC 1035 §4.1). */
const rootQuery = Uint8Array.from([0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 1]);

/** Runs the engine against the peer exactly as the service would; runs in the box's namespace. */
export async function measure(
  engine: ProbeEngine,
  plan: MeasurePlan,
  clock: Clock,
  signal: AbortSignal,
): Promise<EngineReport> {
  const shared = { family: 'ipv4', address: plan.address, timeoutMs: plan.timeoutMs } as const;
  const icmpTarget: ProbeTarget = { ...shared, kind: 'icmp', intervalMs: plan.icmpIntervalMs };
  const dnsTarget: ProbeTarget = {
    ...shared,
    kind: 'dns',
    port: plan.port,
    intervalMs: plan.dnsIntervalMs,
    query: rootQuery,
  };
  const lists = new Map<number, Map<number, Measured>>();
  let isKernelStamped = true;
  await engine.start();
  try {
    const forget = engine.onExchanges((exchanges) => {
      for (const { handle, seq, sentMonoMs, outcome, rttUs, isKernelStamped: isStamped } of exchanges) {
        if (outcome === 'late' || outcome === 'duplicate' || outcome === 'skipped') continue;
        if (outcome === 'ok') isKernelStamped &&= isStamped;
        lists
          .get(handle)
          ?.set(seq, { sentMonoMs, outcome, rttMs: Number.isNaN(rttUs) ? null : rttUs / 1000 });
      }
    });
    const icmp = engine.add(icmpTarget);
    lists.set(icmp, new Map());
    const dns = engine.add(dnsTarget);
    lists.set(dns, new Map());
    await pause(clock, plan.runMs, signal);
    await engine.stop(); // which hands over what still waits in its ring
    forget();
    return {
      icmp: inOrder(lists.get(icmp)),
      dns: inOrder(lists.get(dns)),
      isKernelStamped,
      overruns: engine.statistics().overruns,
    };
  } finally {
    await engine.stop();
  }
}

function inOrder(list: ReadonlyMap<number, Measured> = new Map()): Measured[] {
  return [...list].sort(([a], [b]) => a - b).map(([, measured]) => measured);
}
