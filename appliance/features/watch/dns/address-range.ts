/** What kind of address a name server gave for a public name. */
import { BlockList, isIP } from 'node:net';

export interface AddressRange {
  /** In words that follow "is". */
  words: string;
  /** False where nobody on the Internet can be; true where hardly anybody is, but a test network may be. */
  isPossible: boolean;
}

/**
 * IANA special-purpose registries (RFC 6890), as far as the ranges can stand in an answer. 198.18.0.0/15 is not here:
 * proxies in homes hand it out for every name and pass the traffic on.
 */
const ranges: readonly { network: string; bits: number; words: string; isPossible?: boolean }[] = [
  { network: '0.0.0.0', bits: 8, words: 'no address of a host (0.0.0.0/8)' },
  { network: '10.0.0.0', bits: 8, words: 'a private address' },
  { network: '100.64.0.0', bits: 10, words: "an address inside a provider's network (100.64.0.0/10)" },
  { network: '127.0.0.0', bits: 8, words: 'an address of this machine itself' },
  { network: '169.254.0.0', bits: 16, words: 'a link-local address' },
  { network: '172.16.0.0', bits: 12, words: 'a private address' },
  { network: '192.168.0.0', bits: 16, words: 'a private address' },
  { network: '224.0.0.0', bits: 4, words: 'a multicast address' },
  { network: '240.0.0.0', bits: 4, words: 'a reserved address' },
  { network: '192.0.2.0', bits: 24, words: 'an address for documentation', isPossible: true },
  { network: '198.51.100.0', bits: 24, words: 'an address for documentation', isPossible: true },
  { network: '203.0.113.0', bits: 24, words: 'an address for documentation', isPossible: true },
  { network: '::', bits: 128, words: 'no address of a host (::)' },
  { network: '::1', bits: 128, words: 'an address of this machine itself' },
  { network: 'fc00::', bits: 7, words: 'a private address' },
  { network: 'fe80::', bits: 10, words: 'a link-local address' },
  { network: 'fec0::', bits: 10, words: 'a site-local address' },
  { network: 'ff00::', bits: 8, words: 'a multicast address' },
  { network: '2001:db8::', bits: 32, words: 'an address for documentation', isPossible: true },
  { network: '3fff::', bits: 20, words: 'an address for documentation', isPossible: true },
];

const familyOf = (address: string) => (isIP(address) === 6 ? 'ipv6' : 'ipv4');

const lists = ranges.map(({ network, bits, words, isPossible = false }) => {
  const list = new BlockList();
  list.addSubnet(network, bits, familyOf(network));
  return { list, range: { words, isPossible } };
});

/** The IPv4 address inside an IPv6 one: mapped (RFC 4291 §2.5.5.2) or translated by NAT64 (RFC 6052 §2.1). */
function embedded(address: string): string | null {
  const dotted = /^(?:::ffff:|64:ff9b::)(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (dotted !== undefined) return dotted;
  const [, high = '', low] =
    /^(?:::ffff:|64:ff9b::)(?:([0-9a-f]{1,4}):)?([0-9a-f]{1,4})$/i.exec(address) ?? [];
  if (low === undefined) return null;
  const number = ((Number.parseInt(high || '0', 16) << 16) | Number.parseInt(low, 16)) >>> 0;
  return [24, 16, 8, 0].map((shift) => (number >>> shift) & 0xff).join('.');
}

/** The range an answer stands in when it is not an ordinary public address; null when it is one. */
export function rangeOf(address: string): AddressRange | null {
  const meant = embedded(address) ?? address;
  return lists.find(({ list }) => list.check(meant, familyOf(meant)))?.range ?? null;
}
