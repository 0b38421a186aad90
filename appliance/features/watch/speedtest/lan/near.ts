import { BlockList, isIP } from 'node:net';
import type { LinkFacts } from '../../../../core/probing.ts';

/** Addresses that nobody has on the open Internet: private ones, those of providers' inner networks and of documents. */
const inside: readonly [network: string, bits: number, family: 'ipv4' | 'ipv6'][] = [
  ['127.0.0.0', 8, 'ipv4'],
  ['10.0.0.0', 8, 'ipv4'],
  ['172.16.0.0', 12, 'ipv4'],
  ['192.168.0.0', 16, 'ipv4'],
  ['169.254.0.0', 16, 'ipv4'],
  ['100.64.0.0', 10, 'ipv4'],
  ['198.18.0.0', 15, 'ipv4'],
  ['192.0.2.0', 24, 'ipv4'],
  ['198.51.100.0', 24, 'ipv4'],
  ['203.0.113.0', 24, 'ipv4'],
  ['::1', 128, 'ipv6'],
  ['fe80::', 10, 'ipv6'],
  ['fc00::', 7, 'ipv6'],
  ['2001:db8::', 32, 'ipv6'],
];
/** Shorter prefixes are no networks but routes. */
const shortest = { ipv4: 8, ipv6: 16 } as const;

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** Whether somebody stands in a network of this box. What a proxy brings may come from anywhere. */
export class Nearness {
  #list = listOf([]);

  /** The networks that the interfaces are in now. */
  update({ interfaces }: LinkFacts): void {
    this.#list = listOf(interfaces.flatMap(({ networks = [] }) => networks));
  }

  includes(address: string, headers: Headers): boolean {
    const isForwarded = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'].some((name) => headers[name]);
    if (isForwarded || isIP(address) === 0) return false;
    return this.#list.check(address, address.includes(':') ? 'ipv6' : 'ipv4');
  }
}

function listOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const [network, bits, family] of inside) list.addSubnet(network, bits, family);
  for (const network of networks) {
    const [address = '', length = ''] = network.split('/');
    const family = address.includes(':') ? 'ipv6' : 'ipv4';
    const bits = Number(length);
    if (isIP(address) !== 0 && bits >= shortest[family]) list.addSubnet(address, bits, family);
  }
  return list;
}
