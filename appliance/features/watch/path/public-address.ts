import { BlockList, isIP } from 'node:net';

/** Ranges that nobody owns on the Internet (IANA special-purpose registries, RFC 6890; RFC 6598 for carrier NAT). */
const special = new BlockList();
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const)
  special.addSubnet(network, bits, 'ipv4');
special.addSubnet('2001:db8::', 32, 'ipv6');
special.addSubnet('2001::', 23, 'ipv6');

/** RFC 4291 §2.4: all of IPv6 that is given out so far. */
const global6 = new BlockList();
global6.addSubnet('2000::', 3, 'ipv6');

/** Whether an address belongs to somebody on the Internet, so that its owner can be asked for. */
export function isPublic(address: string): boolean {
  const kind = isIP(address);
  if (kind === 4) return !special.check(address, 'ipv4');
  return kind === 6 && global6.check(address, 'ipv6') && !special.check(address, 'ipv6');
}
