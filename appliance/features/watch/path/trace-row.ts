import type { Segment } from '../../../core/shapes.ts';
import type { KnownPath } from './known-path.ts';
import type { PathHop } from './schema.ts';

/** A hop without what is asked for later: its name and its owner. */
export type BareHop = Omit<PathHop, 'name' | 'network'>;

const segmentCodes: Readonly<Record<Segment, string>> = {
  lan: 'l',
  gateway: 'g',
  isp: 'i',
  transit: 't',
  resolver: 'r',
  anchor: 'a',
  custom: 'c',
};
const segmentOf = new Map(Object.entries(segmentCodes).map(([segment, code]) => [code, segment as Segment])); // keys of the table above

/**
 * A hop as it is stored: who answered (place in the path's list of that hop, or the addresses themselves), segment,
 * sent, lost, best, median and worst in µs.
 */
type PackedHop = [
  number | string,
  string,
  number,
  number,
  (number | null)?,
  (number | null)?,
  (number | null)?,
];

const toUs = (ms: number | null) => (ms === null ? null : Math.round(ms * 1000));
const toMs = (us: number | null | undefined) => (us === null || us === undefined ? null : us / 1000);

export function packHops(hops: readonly BareHop[], path: KnownPath | null): string {
  return JSON.stringify(hops.map((hop) => packHop(hop, path?.hops[hop.ttl - 1] ?? [])));
}

function packHop({ addresses, segment, sent, lost, ...times }: BareHop, known: readonly string[]): PackedHop {
  const { bestMs, rttMs, worstMs } = times;
  const code = segment === null ? '' : segmentCodes[segment];
  const head = [packAddresses(addresses, known), code, sent, lost] as const;
  return rttMs === null ? [...head] : [...head, toUs(bestMs), toUs(rttMs), toUs(worstMs)];
}

function packAddresses(addresses: readonly string[], known: readonly string[]): number | string {
  const place = addresses.length === 1 ? known.indexOf(addresses[0] ?? '') : -1;
  return place >= 0 ? place : addresses.join(',');
}

/** The opposite of `packHops`; `pathHops` is the path's column, null where the trace fits no path. */
export function unpackHops(packed: string, pathHops: string | null): BareHop[] {
  const known = (pathHops === null ? [] : JSON.parse(pathHops)) as string[][]; // written by store.ts
  const rows = JSON.parse(packed) as PackedHop[]; // written by packHops
  return rows.map(([who, code, sent, lost, best, median, worst], index) => ({
    ttl: index + 1,
    addresses:
      typeof who === 'number' ? [known[index]?.[who] ?? ''].filter(Boolean) : who.split(',').filter(Boolean),
    segment: segmentOf.get(code) ?? null,
    sent,
    lost,
    rttMs: toMs(median),
    bestMs: toMs(best),
    worstMs: toMs(worst),
  }));
}
