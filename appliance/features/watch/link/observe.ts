/** From what the kernel tells to the state of one line's link. Pure. */
import { toIso } from '../../../core/clock.ts';
import type { ConfigSections } from '../../../core/feature.ts';
import type { Lease, Neighbour, WirelessFacts } from '../../../core/network.ts';
import type { LinkFacts } from '../../../core/probing.ts';
import type { Family } from '../../../core/shapes.ts';
import type { LinkFamily, LinkState } from './schema.ts';

export type LineConfig = ConfigSections['lines'][number];

export interface Observed {
  facts: LinkFacts;
  neighbours: readonly Neighbour[];
  wireless: readonly WirelessFacts[];
  leases: readonly Lease[];
}

/** A signal moves all the time; by more than this it is news. */
const signalStepDb = 10;

const isIpv6 = (address: string) => address.includes(':');
const isLinkLocal = (address: string) => /^(169\.254\.|fe[89ab].:)/i.test(address);
const isOf = (family: Family) => (address: string) => isIpv6(address) === (family === 'ipv6');

/** What a line's link looks like; `interfaceName` is the one it leaves by, or last left by. */
export function observe(
  line: LineConfig,
  interfaceName: string | null,
  seen: Observed,
  atMs: number,
): LinkState {
  const own = seen.facts.interfaces.find(({ name }) => name === interfaceName);
  const addresses = [...(own?.addresses ?? [])].sort();
  const radio = seen.wireless.find((wireless) => wireless.interfaceName === interfaceName);
  const families = line.ipv6 === 'off' ? (['ipv4'] as const) : (['ipv4', 'ipv6'] as const);
  return {
    line: line.name,
    at: toIso(atMs),
    interface: interfaceName,
    isUp: own?.isUp ?? false,
    hasCarrier: own?.hasCarrier ?? false,
    addresses,
    families: families.map((family) => observeFamily(line, interfaceName, family, addresses, seen)),
    lease: leaseOf(interfaceName, addresses, seen.leases),
    wireless: radio ? { signalDbm: radio.signalDbm, linkQuality: radio.linkQuality } : null,
  };
}

function observeFamily(
  line: LineConfig,
  interfaceName: string | null,
  family: Family,
  addresses: readonly string[],
  { facts, neighbours }: Observed,
): LinkFamily {
  const route = facts.defaultRoutes.find(
    (known) => known.family === family && known.interfaceName === interfaceName,
  );
  const configured = line.gateway !== 'auto' && isOf(family)(line.gateway) ? line.gateway : null;
  const gateway = configured ?? route?.gateway ?? null;
  const entry = neighbours.find(
    (known) =>
      known.family === family &&
      known.interfaceName === interfaceName &&
      known.address.toLowerCase() === gateway?.toLowerCase(),
  );
  return {
    family,
    hasAddress: addresses.some((address) => isOf(family)(address) && !isLinkLocal(address)),
    hasRoute: route !== undefined,
    gateway,
    neighbour: stateOf(entry),
    gatewayMac: entry?.mac ?? null,
  };
}

/** Five words for eight: permanent entries are as good as confirmed, and what is being asked again is not confirmed. */
function stateOf(entry: Neighbour | undefined): LinkFamily['neighbour'] {
  switch (entry?.state) {
    case 'reachable':
    case 'permanent':
      return 'reachable';
    case 'stale':
    case 'delay':
    case 'probe':
      return 'stale';
    case 'failed':
    case 'incomplete':
      return entry.state;
    default:
      return 'unknown';
  }
}

/** Clients leave old leases behind: the one that counts is of an address that the interface has. */
function leaseOf(
  interfaceName: string | null,
  addresses: readonly string[],
  leases: readonly Lease[],
): LinkState['lease'] {
  const lease = leases.find(
    (known) =>
      known.interfaceName === interfaceName && known.address !== null && addresses.includes(known.address),
  );
  if (!lease) return null;
  const { address, server, expiresAtMs } = lease;
  return { address, server, expiresAt: expiresAtMs === null ? null : toIso(expiresAtMs) };
}

/**
 * Whether `now` is news after what was told last. A gateway that is asked every second is confirmed, forgotten and
 * confirmed again all day, and one that is gone is given up and asked again: both are one state. A lease that was
 * merely renewed is the same lease.
 */
export function isNews(told: LinkState, now: LinkState): boolean {
  if (essenceOf(told) !== essenceOf(now)) return true;
  const [before, after] = [told.wireless?.signalDbm ?? null, now.wireless?.signalDbm ?? null];
  return before !== null && after !== null && Math.abs(after - before) > signalStepDb;
}

const neighbourClass = {
  reachable: 'known',
  stale: 'known',
  failed: 'silent',
  incomplete: 'silent',
  unknown: 'unknown',
} as const;

function essenceOf({ families, lease, wireless, at: _, ...rest }: LinkState): string {
  return JSON.stringify([
    rest,
    families.map(({ neighbour, ...family }) => ({ ...family, neighbour: neighbourClass[neighbour] })),
    lease && [lease.address, lease.server],
    wireless !== null,
  ]);
}
