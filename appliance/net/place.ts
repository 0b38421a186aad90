import type { NameResolver } from '../core/probing.ts';
import { judgeAddress, readOwnNetworks } from './address-guard.ts';

/** Where an address is, for connections that may go to this box and into the house without being asked for. */
export type Place = 'box' | 'inside' | 'outside' | 'nowhere';

/** Multicast and what stands for no host; everything else that may not be called out to is near. */
const nowhere = /^(0\.|22[4-9]\.|23\d\.|24\d\.|25[0-5]\.)|^(::|ff)/i;

export function placeOf(address: string, own = readOwnNetworks()): Place {
  if (address === '::1' || address.startsWith('127.')) return 'box';
  const { kind, words } = judgeAddress(address, own);
  if (kind === 'public') return 'outside';
  if (kind === 'inside') return 'inside';
  if (words === 'this box itself') return 'box';
  return nowhere.test(address) ? 'nowhere' : 'inside';
}

/** Every address of a host with its place, IPv4 first; empty when it has none. */
export async function locateHost(
  host: string,
  names: Pick<NameResolver, 'resolve'>,
): Promise<{ address: string; place: Place }[]> {
  const own = readOwnNetworks();
  const found = await Promise.all(
    (['ipv4', 'ipv6'] as const).map((family) => names.resolve(host, family).catch((): string[] => [])),
  );
  return found.flat().map((address) => ({ address, place: placeOf(address, own) }));
}
