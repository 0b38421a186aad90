import type { LineStatus, Station, Status } from '../../../appliance/features/judge/state/schema.ts';

/** Stations of the strip; witnesses at home and routers further out have none of their own. */
export type PathSegment = 'you' | Exclude<Station['segment'], 'lan' | 'transit'>;
export type State = Status['state'];

/** One station of the strip with what each family sees there. */
export interface PathStation {
  segment: PathSegment;
  state: State;
  /** The family whose numbers are shown large: IPv4 where there is one. */
  main: Station | null;
  /** The other family's thin track; null where it has no station. */
  second: Station | null;
  /** The state of the thin track arriving here: that of its next station; null behind its last one. */
  secondLink: State | null;
}

const order: readonly Exclude<PathSegment, 'you'>[] = ['gateway', 'isp', 'anchor', 'resolver'];

/** The stations from the box outwards. Segments the line does not have are shown as unknown, not left out. */
export function stationsOf(line: LineStatus, verdict: string | null): PathStation[] {
  const hasIpv4 = line.stations.some((station) => station.family === 'ipv4');
  const mainFamily = hasIpv4 ? 'ipv4' : 'ipv6';
  const stations = order.map((segment): PathStation => {
    const here = line.stations.filter((station) => station.segment === segment);
    const main = here.find((station) => station.family === mainFamily) ?? null;
    const second = here.find((station) => station.family !== mainFamily) ?? null;
    return { segment, state: main?.state ?? 'unknown', main, second, secondLink: null };
  });
  for (let index = stations.length - 1; index >= 0; index -= 1) {
    const station = stations[index];
    if (station) station.secondLink = station.second?.state ?? stations[index + 1]?.secondLink ?? null;
  }
  return [
    { segment: 'you', state: stateOfBox(line, verdict), main: null, second: null, secondLink: null },
    ...stations,
  ];
}

function stateOfBox(line: LineStatus, verdict: string | null): State {
  if (verdict === 'device') return 'down';
  return line.interface === null ? 'unknown' : 'up';
}

export function hasSecondTrack(stations: readonly PathStation[]): boolean {
  return stations.some((station) => station.second !== null);
}

/** How a segment looks in a chart. */
export const lookOf = {
  lan: 'other',
  gateway: 'router',
  isp: 'provider',
  transit: 'other',
  anchor: 'internet',
  resolver: 'names',
  custom: 'other',
} as const satisfies Record<Station['segment'], string>;

/** Targets drawn in the live chart: one per segment and family, in path order. */
export function chartTargets(lines: readonly LineStatus[]): Station[] {
  const seen = new Set<string>();
  const chosen: Station[] = [];
  for (const family of ['ipv4', 'ipv6'] as const) {
    for (const segment of order) {
      for (const line of lines) {
        const station = line.stations.find((one) => one.segment === segment && one.family === family);
        if (!station?.target || seen.has(station.target)) continue;
        seen.add(station.target);
        chosen.push(station);
      }
    }
  }
  return chosen;
}
