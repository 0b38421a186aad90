import type { Drawing } from '../../../core/feature.ts';
import type { LineState } from '../../../core/shapes.ts';
import type { LineStatus, Station, Status } from './schema.ts';

/** The stations between the box and the world, in the order of the path. */
const stops = [
  { segment: 'gateway', name: 'Router' },
  { segment: 'isp', name: 'Provider' },
  { segment: 'anchor', name: 'Internet' },
  { segment: 'resolver', name: 'Names' },
] as const;

/** Below this width a strip is one line a station. */
const stripColumns = 64;

export const stateWords: Record<LineState, string> = {
  up: 'works',
  degraded: 'not well',
  down: 'no answer',
  unknown: 'not known',
};

/** You — Router — Provider — Internet — Names, one track a family; on a narrow screen only shapes and initials. */
export function pathStrip(line: LineStatus, draw: Drawing, width: number): string[] {
  const families = (['ipv4', 'ipv6'] as const).filter((family) =>
    line.stations.some((station) => station.family === family),
  );
  return families.map((family) => {
    const isNarrow = width < stripColumns;
    const link = isNarrow ? '-' : '---';
    const own = line.interface === null ? 'unknown' : 'up';
    let track = station(isNarrow ? 'Y' : 'You', own, draw);
    for (const { segment, name } of stops) {
      const state = stationOf(line, segment, family)?.state;
      if (state === undefined) continue;
      const broken = isNarrow ? 'x' : '-x-';
      const drawn = draw.paint(state, state === 'down' ? broken : link);
      track += ` ${drawn} ${station(isNarrow ? name.slice(0, 1) : name, state, draw)}`;
    }
    return families.length > 1
      ? `${draw.paint('faint', family === 'ipv4' ? 'IPv4' : 'IPv6')}  ${track}`
      : track;
  });
}

function station(name: string, state: LineState, draw: Drawing): string {
  return `${draw.paint(state, draw.shape(state))} ${name}`;
}

function stationOf(
  line: LineStatus,
  segment: Station['segment'],
  family: Station['family'],
): Station | undefined {
  return line.stations.find((each) => each.segment === segment && each.family === family);
}

/** A row a station with its state in words, median and loss of the last minute. */
export function stationTable(status: Status, draw: Drawing, width: number): string[] {
  const isSeveral = status.lines.length > 1;
  const rows = status.lines.flatMap((line) =>
    line.stations.map((each) => [
      isSeveral ? `${line.name}: ${nameOf(each)}` : nameOf(each),
      `${draw.paint(each.state, draw.shape(each.state))} ${stateWords[each.state]}`,
      each.rttMs === null ? '–' : `${sayMs(each.rttMs)} ms`,
      each.lossRatio === null ? '–' : `${Number((each.lossRatio * 100).toPrecision(2))} %`,
      each.target ?? '–',
    ]),
  );
  if (rows.length === 0) return [];
  const [heading = '', ...body] = draw.table(
    [
      { title: 'Station' },
      { title: 'State' },
      { title: 'RTT', align: 'decimal' },
      { title: 'Lost', align: 'decimal' },
      { title: 'Target' },
    ],
    rows,
    width,
  );
  return [draw.paint('faint', heading), ...body];
}

function nameOf({ segment, family }: Station): string {
  const name = stops.find((stop) => stop.segment === segment)?.name ?? 'Own target';
  return family === 'ipv6' ? `${name} IPv6` : name;
}

/** Two or three significant digits, never in exponents. */
export function sayMs(ms: number): string {
  if (ms >= 100) return ms.toFixed(0);
  return ms.toFixed(ms >= 10 ? 1 : 2);
}
