import type { Family, Segment } from '../../../core/shapes.ts';

/** The simulated household's network. Addresses of provider and resolvers are those kept for documentation (RFC 5737, RFC 3849). */
export const household = {
  interfaceName: 'eth0',
  addresses: ['192.168.178.20', '2001:db8:71:1::20'],
  gateway: { ipv4: '192.168.178.1', ipv6: 'fe80::1' },
  /** Routers behind the gateway, nearest first; the first is the provider's. */
  hops: {
    ipv4: ['203.0.113.1', '203.0.113.97', '198.51.100.33'],
    ipv6: ['2001:db8:70::1', '2001:db8:70:9::1', '2001:db8:80::21'],
  },
  resolvers: ['203.0.113.53', '2001:db8:70::53'],
  /** PPPoE takes 8 bytes of Ethernet's 1500 (RFC 2516). */
  mtu: 1492,
} as const;

/** Which part of the path an address stands for. */
export function segmentOf(address: string): Segment {
  const [bare = address] = address.split('%');
  if (bare === household.gateway.ipv4 || bare === household.gateway.ipv6) return 'gateway';
  if ([...household.hops.ipv4, ...household.hops.ipv6].some((hop) => hop === bare)) return 'isp';
  return household.resolvers.some((resolver) => resolver === bare) ? 'resolver' : 'anchor';
}

/** Routers on the way to an address, the gateway first; the address itself is not among them. */
export function hopsTo(address: string, family: Family): string[] {
  const gateway = household.gateway[family];
  const inside: readonly string[] = household.hops[family];
  const at = inside.indexOf(address);
  if (segmentOf(address) === 'gateway') return [];
  if (at >= 0) return [gateway, ...inside.slice(0, at)];
  return [gateway, ...(segmentOf(address) === 'resolver' ? inside.slice(0, 1) : inside)];
}

/** TTL or hop limit of a reply: routers start at 255, hosts at 64. */
export function replyTtlOf(address: string, family: Family): number {
  const first = segmentOf(address) === 'isp' ? 255 : 64;
  return first - hopsTo(address, family).length;
}
