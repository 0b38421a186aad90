import { createHash } from 'node:crypto';

/** Who answered at each hop, the first hop first; empty where nobody did. */
export type HopAddresses = readonly (readonly string[])[];

/** A way to a target that was walked to its end. Addresses are only ever added, so that stored traces can point at them. */
export interface KnownPath {
  fingerprint: string;
  hops: string[][];
}

/** Balanced links show a few addresses at one hop; more say nothing new. */
const maxAlternates = 8;

/** The hops without the silence at the end. */
export function hopAddresses(hops: readonly { addresses: readonly string[] }[]): HopAddresses {
  const last = hops.findLastIndex(({ addresses }) => addresses.length > 0);
  return hops.slice(0, last + 1).map(({ addresses }) => addresses);
}

/** The same for the same sequence of routers; silent hops count as such. */
export function fingerprintOf(hops: HopAddresses): string {
  const text = hops.map((addresses) => [...addresses].sort().join('|') || '*').join(' ');
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** A hop that is silent on either side fits everything: routers limit how often they answer. */
const fits = (one: readonly string[], other: readonly string[]) =>
  one.length === 0 || other.length === 0 || one.some((address) => other.includes(address));

/**
 * The number of the first hop (from 1) that leads another way, or null when both may be one path. Of a trace that did
 * not reach its target only the part that answered is compared.
 */
export function firstDifference(known: HopAddresses, seen: HopAddresses, isReached: boolean): number | null {
  const shared = Math.min(known.length, seen.length);
  for (let index = 0; index < shared; index += 1) {
    if (!fits(known[index] ?? [], seen[index] ?? [])) return index + 1;
  }
  const isSameLength = isReached ? seen.length === known.length : seen.length <= known.length;
  return isSameLength ? null : Math.max(1, shared);
}

/** How many hops answered alike: tells which of several fitting paths is meant. */
export function agreement(known: HopAddresses, seen: HopAddresses): number {
  return known.filter((addresses, index) => addresses.some((address) => seen[index]?.includes(address)))
    .length;
}

/** Adds what a fitting trace has shown of hops that were silent before. */
export function learn(path: KnownPath, seen: HopAddresses): void {
  for (const [index, addresses] of path.hops.entries()) {
    for (const address of seen[index] ?? []) {
      if (!addresses.includes(address) && addresses.length < maxAlternates) addresses.push(address);
    }
  }
}
