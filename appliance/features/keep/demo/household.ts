import type { Family, Segment } from '../../../core/shapes.ts';

/** The simulated household's network. Addresses of provider and resolvers are those kept for documentation (RFC 5737, RFC 3849). */
export const household = {
  interfaceName: 'eth0',
  /** What the box hung on before it got a cable. */
  wirelessName: 'wlan0',
  addresses: ['192.168.178.20', '2001:db8:71:1::20'],
  networks: ['192.168.178.20/24', '2001:db8:71:1::20/64'],
  gateway: { ipv4: '192.168.178.1', ipv6: 'fe80::1' },
  /** A storage box that is always on: the one device of the house that answers pings. */
  device: '192.168.178.30',
  /** Hardware addresses kept for documentation (RFC 7042 §2.1.2). */
  macs: { gateway: '00:00:5e:00:53:01', device: '00:00:5e:00:53:30' },
  routerName: 'Home Router',
  /** Routers behind the gateway, nearest first; the first is the provider's. */
  hops: {
    ipv4: ['203.0.113.1', '203.0.113.97', '198.51.100.33'],
    ipv6: ['2001:db8:70::1', '2001:db8:70:9::1', '2001:db8:80::21'],
  },
  resolvers: ['203.0.113.53', '2001:db8:70::53'],
  /** PPPoE takes 8 bytes of Ethernet's 1500 (RFC 2516). */
  mtu: 1492,
} as const;

const lan = /^192\.168\.178\./;

/** Which part of the path an address stands for. */
export function segmentOf(address: string): Segment {
  const [bare = address] = address.split('%');
  if (bare === household.gateway.ipv4 || bare === household.gateway.ipv6) return 'gateway';
  if (lan.test(bare)) return 'lan';
  const { ipv4, ipv6 } = household.hops;
  if (bare === ipv4[0] || bare === ipv6[0]) return 'isp';
  if ([...ipv4, ...ipv6].some((hop) => hop === bare)) return 'transit';
  return household.resolvers.some((resolver) => resolver === bare) ? 'resolver' : 'anchor';
}

/** Somebody has this address: the home network is not full, and outside every address is taken. */
export function isThere(address: string): boolean {
  return segmentOf(address) !== 'lan' || address === household.device;
}

/** Routers on the way to an address, the gateway first; the address itself is not among them. */
export function hopsTo(address: string, family: Family): string[] {
  const segment = segmentOf(address);
  if (segment === 'gateway' || segment === 'lan') return [];
  const gateway = household.gateway[family];
  const inside: readonly string[] = household.hops[family];
  const at = inside.indexOf(address);
  if (at >= 0) return [gateway, ...inside.slice(0, at)];
  return [gateway, ...(segment === 'resolver' ? inside.slice(0, 1) : inside)];
}

/** TTL or hop limit of a reply: routers start at 255, hosts at 64. */
export function replyTtlOf(address: string, family: Family): number {
  const segment = segmentOf(address);
  const first = segment === 'isp' || segment === 'transit' ? 255 : 64;
  return first - hopsTo(address, family).length;
}
