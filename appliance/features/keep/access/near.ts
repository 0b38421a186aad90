import { BlockList } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { GateRequest } from '../../../core/feature.ts';

/** Addresses that are never those of a stranger on the Internet: RFC 1918, RFC 4193, RFC 3927, RFC 4291 §2.5.6. */
const inside: readonly [string, number, 'ipv4' | 'ipv6'][] = [
  ['127.0.0.0', 8, 'ipv4'],
  ['10.0.0.0', 8, 'ipv4'],
  ['172.16.0.0', 12, 'ipv4'],
  ['192.168.0.0', 16, 'ipv4'],
  ['169.254.0.0', 16, 'ipv4'],
  ['::1', 128, 'ipv6'],
  ['fe80::', 10, 'ipv6'],
  ['fc00::', 7, 'ipv6'],
];

/**
 * Whether a request comes from the network that this box stands in. What a proxy brings may come from anywhere and is
 * not near. Global IPv6 addresses count by the prefixes of our own interfaces.
 */
export function isNear(
  { address, headers }: Pick<GateRequest, 'address' | 'headers'>,
  interfaces = networkInterfaces,
): boolean {
  const isForwarded = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'].some((name) => headers[name]);
  if (isForwarded) return false;
  const family = address.includes(':') ? 'ipv6' : 'ipv4';
  const list = new BlockList();
  for (const [network, prefix, of] of inside) list.addSubnet(network, prefix, of);
  for (const { cidr } of Object.values(interfaces()).flatMap((entries) => entries ?? [])) {
    const [network = '', prefix = ''] = cidr?.split('/') ?? [];
    // A prefix of a single address says nothing about neighbours, one of everything is a tunnel.
    if (network !== '' && Number(prefix) >= 8)
      list.addSubnet(network, Number(prefix), network.includes(':') ? 'ipv6' : 'ipv4');
  }
  return list.check(address, family);
}
