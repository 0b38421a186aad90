/** Which addresses calls out may connect to. A name is nothing to go by: whoever owns it may point it anywhere. */
import { BlockList, isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Family } from '../core/shapes.ts';
import { familyOf, groupsOf } from './address.ts';

/** `inside`: in the own network, where the owner must have said so. `never`: not for a call out, whoever asks. */
export type AddressKind = 'public' | 'inside' | 'never';

export interface AddressJudgement {
  kind: AddressKind;
  /** Follow "is". */
  words: string;
}

/** Where this box stands. */
export interface OwnNetworks {
  addresses: BlockList;
  /** The networks it hangs on. */
  links: BlockList;
}

export type JudgeAddress = (address: string, own: OwnNetworks) => AddressJudgement;

/**
 * IANA special-purpose registries (RFC 6890). The networks for documentation are not among them: they belong to nobody
 * and lead nowhere, and the lab's Internet is made of them.
 */
const special4: readonly (readonly [network: string, bits: number, kind: AddressKind, words: string])[] = [
  ['0.0.0.0', 8, 'never', 'no address of a host (0.0.0.0/8)'],
  ['10.0.0.0', 8, 'inside', 'a private address'],
  ['100.64.0.0', 10, 'inside', "inside a provider's network (100.64.0.0/10)"],
  ['127.0.0.0', 8, 'never', 'this box itself'],
  ['169.254.0.0', 16, 'never', 'a link-local address'],
  ['172.16.0.0', 12, 'inside', 'a private address'],
  ['192.0.0.0', 24, 'never', 'reserved for protocols (192.0.0.0/24)'],
  ['192.168.0.0', 16, 'inside', 'a private address'],
  ['198.18.0.0', 15, 'inside', 'for tests inside a network (198.18.0.0/15)'],
  ['224.0.0.0', 4, 'never', 'a multicast address'],
  ['240.0.0.0', 4, 'never', 'reserved (240.0.0.0/4)'],
];

/** Of IPv6 only what is given out is public (RFC 4291 §2.4), so that a new kind of address is not. */
const special6: readonly (readonly [network: string, bits: number, kind: AddressKind, words: string])[] = [
  ['::1', 128, 'never', 'this box itself'],
  ['::', 128, 'never', 'no address of a host (::)'],
  ['fe80::', 10, 'never', 'a link-local address'],
  ['ff00::', 8, 'never', 'a multicast address'],
  ['fc00::', 7, 'inside', 'a private address'],
  ['2001::', 23, 'never', 'reserved for protocols (2001::/23)'],
  ['2000::', 3, 'public', 'a public address'],
];

const publicAddress: AddressJudgement = { kind: 'public', words: 'a public address' };
const never = (words: string): AddressJudgement => ({ kind: 'never', words });

const withList = (rows: typeof special4, family: Family) =>
  rows.map(([network, bits, kind, words]) => {
    const list = new BlockList();
    list.addSubnet(network, bits, family);
    return { list, judgement: { kind, words } };
  });
const lists = { ipv4: withList(special4, 'ipv4'), ipv6: withList(special6, 'ipv6') };

/** Judges the address that is about to be connected to. */
export function judgeAddress(address: string, own: OwnNetworks): AddressJudgement {
  const family = familyOf(address);
  if (family === null) return never('no numeric address');
  if (address.includes('%')) return never('an address of one link');
  if (own.addresses.check(address, family)) return never('this box itself');
  const judged = family === 'ipv4' ? judge4(address) : judge6(address, own);
  const isOnLink = judged.kind === 'public' && own.links.check(address, family);
  return isOnLink ? { kind: 'inside', words: 'in the network that this box hangs on' } : judged;
}

function judge4(address: string): AddressJudgement {
  return lists.ipv4.find(({ list }) => list.check(address, 'ipv4'))?.judgement ?? publicAddress;
}

function judge6(address: string, own: OwnNetworks): AddressJudgement {
  const meant = embeddedIn(groupsOf(address));
  if (meant !== null) {
    const { kind, words } = judgeAddress(meant, own);
    return { kind, words: `${meant} in IPv6 clothes, ${words}` };
  }
  // BlockList takes a mapped address for its IPv4 one, so mapped ones must be gone by now.
  const found = lists.ipv6.find(({ list }) => list.check(address, 'ipv6'));
  return found?.judgement ?? never('no address that is given out on the Internet');
}

/** The IPv4 address that packets to this IPv6 address end up at; null for an address of its own. */
function embeddedIn(groups: readonly number[]): string | null {
  const [first, second, third, , , sixth, seventh, eighth] = groups;
  const hasZeros = (from: number, to: number) => groups.slice(from, to).every((group) => group === 0);
  if (hasZeros(0, 5) && sixth === 0xffff) return dotted(seventh, eighth); // mapped, RFC 4291 §2.5.5.2
  if (first === 0x64 && second === 0xff9b && hasZeros(2, 6)) return dotted(seventh, eighth); // NAT64, RFC 6052 §2.1
  if (first === 0x2002) return dotted(second, third); // 6to4, RFC 3056 §2
  return null;
}

const dotted = (high = 0, low = 0) => [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.');

/** Shorter prefixes are no networks but routes (a tunnel's 0.0.0.0/0). */
const shortestPrefix = { ipv4: 8, ipv6: 16 } as const;

/** Addresses and networks of this box now; read it anew for each call, the line may have changed. */
export function readOwnNetworks(): OwnNetworks {
  const cidrs = Object.values(networkInterfaces()).flatMap((entries) =>
    (entries ?? []).flatMap(({ cidr }) => cidr ?? []),
  );
  return ownNetworks(cidrs);
}

/** From addresses with the length of their network, '192.168.1.2/24'. */
export function ownNetworks(cidrs: readonly string[]): OwnNetworks {
  const own: OwnNetworks = { addresses: new BlockList(), links: new BlockList() };
  for (const cidr of cidrs) {
    const [address = '', length = ''] = cidr.split('/');
    const family = isIP(address) === 4 ? 'ipv4' : 'ipv6';
    own.addresses.addAddress(address, family);
    const bits = Number(length);
    if (bits >= shortestPrefix[family]) own.links.addSubnet(address, bits, family);
  }
  return own;
}
