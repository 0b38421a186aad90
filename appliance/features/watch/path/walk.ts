import type { FeatureContext } from '../../../core/feature.ts';
import type { Trace, TraceHop, TraceOptions } from '../../../core/network.ts';
import type { BareHop } from './trace-row.ts';

/** One walk to a target as it was measured. */
export interface Walk {
  startedMonoMs: number;
  protocol: 'icmp' | 'udp';
  isReached: boolean;
  end: Trace['end'];
  hops: BareHop[];
}

export interface WalkOptions extends Omit<TraceOptions, 'protocol' | 'flow'> {
  protocol?: 'icmp' | 'udp';
}

/** Walks the path to an address, always as the same flow, so that load balancers show the same path each time. */
export async function walk(
  { net, engine, clock }: Pick<FeatureContext, 'net' | 'engine' | 'clock'>,
  options: WalkOptions,
): Promise<Walk> {
  const hasIcmp = engine.methodOf('icmp', options.family) !== 'tcp';
  const protocol = options.protocol ?? (hasIcmp ? 'icmp' : 'udp');
  const startedMonoMs = clock.monoMs();
  const { hops, isReached, end } = await net.trace({ ...options, protocol, flow: flowOf(options.address) });
  return { startedMonoMs, protocol, isReached, end, hops: hops.map(summarise) };
}

/** 1 to 65,535, the same for an address at all times (FNV-1a). */
export function flowOf(address: string): number {
  let hash = 0x811c9dc5;
  for (const character of address) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193);
  return ((hash >>> 0) % 65_535) + 1;
}

function summarise({ ttl, addresses, rttsUs }: TraceHop): BareHop {
  const times = rttsUs.filter((rttUs) => rttUs !== null).sort((a, b) => a - b);
  const ms = (rttUs: number | undefined) => (rttUs === undefined ? null : Math.round(rttUs) / 1000);
  return {
    ttl,
    addresses: [...addresses],
    segment: null,
    sent: rttsUs.length,
    lost: rttsUs.length - times.length,
    rttMs: ms(median(times)),
    bestMs: ms(times[0]),
    worstMs: ms(times.at(-1)),
  };
}

function median(sorted: readonly number[]): number | undefined {
  const middle = (sorted.length - 1) / 2;
  const low = sorted[Math.floor(middle)];
  const high = sorted[Math.ceil(middle)];
  return low === undefined || high === undefined ? undefined : (low + high) / 2;
}

export interface Landmarks {
  /** Addresses of the gateway, of the provider's first router, of routers behind it that paths share, of anchors. */
  gateways: ReadonlySet<string>;
  isps: ReadonlySet<string>;
  shared: ReadonlySet<string>;
  anchors: ReadonlySet<string>;
}

/** What each hop is taken for. */
export function withSegments(hops: readonly BareHop[], landmarks: Landmarks): BareHop[] {
  const { gateways, isps, shared, anchors } = landmarks;
  return hops.map((hop) => {
    const isAny = (known: ReadonlySet<string>) => hop.addresses.some((address) => known.has(address));
    if (isAny(anchors)) return { ...hop, segment: 'anchor' as const };
    if (isAny(isps)) return { ...hop, segment: 'isp' as const };
    if (isAny(shared)) return { ...hop, segment: 'transit' as const };
    // A gateway that is known by its link-local address answers with another one.
    const isFirst = hop.ttl === 1 && hop.addresses.length > 0 && gateways.size > 0;
    return isAny(gateways) || isFirst ? { ...hop, segment: 'gateway' as const } : hop;
  });
}
