import type { HopAddresses } from './known-path.ts';

export interface AnchorPath {
  /** Address of the anchor, which is the last hop. */
  address: string;
  hops: HopAddresses;
}

const bare = (address: string) => address.replace(/%.*/, '');

/**
 * Routers behind the provider's first one that the paths to at least two anchors have in common, nearest first; with a
 * single anchor those on its path. Empty while the provider's router is on no path.
 */
export function sharedRouters(paths: readonly AnchorPath[], isp: string): string[] {
  const positions = paths.flatMap(({ hops }) => {
    const index = hops.findIndex((addresses) => addresses.includes(isp));
    return index < 0 ? [] : [index];
  });
  if (positions.length === 0) return [];
  // Where another of the provider's routers stands in its place, what follows is as far out.
  const usual = Math.min(...positions);
  const anchors = new Set(paths.map(({ address }) => address));
  const found = new Map<string, { count: number; ttl: number }>();
  for (const { hops } of paths) {
    const at = hops.findIndex((addresses) => addresses.includes(isp));
    const seen = new Set<string>();
    for (let index = (at < 0 ? usual : at) + 1; index < hops.length; index += 1) {
      for (const address of hops[index] ?? []) {
        if (address === isp || anchors.has(address) || seen.has(address)) continue;
        seen.add(address);
        const known = found.get(address) ?? { count: 0, ttl: index };
        found.set(address, { count: known.count + 1, ttl: Math.min(known.ttl, index) });
      }
    }
  }
  const least = Math.min(2, paths.length);
  return [...found]
    .filter(([, { count }]) => count >= least)
    .sort(([, a], [, b]) => a.ttl - b.ttl)
    .map(([address]) => bare(address));
}
