/** What the outages page shows, as it stands in its URL, and what passes its filters. Plain functions. */
import type { Incident } from '../../../appliance/features/judge/incident/schema.ts';
import type { BusyPeriod, Gap, Outage, OutageList } from '../../../appliance/features/judge/outage/schema.ts';
import { addressOf, type RangeChoice, type RangeName, readRange, writeRange } from './range.ts';

export const outageRanges: readonly RangeName[] = ['24h', '7d', '30d', '90d', '1y', 'all', 'custom'];
export const rowKinds = ['outage', 'degradation', 'busy', 'gap'] as const;
export type RowKind = (typeof rowKinds)[number];
export const verdicts: readonly Outage['verdict'][] = [
  'device',
  'lan',
  'gateway',
  'access',
  'isp',
  'transit',
  'dns',
  'service',
  'ipv6',
  'captive-portal',
  'unclear',
];
/** Seconds one can ask incidents to have lasted. */
export const lengths: readonly number[] = [10, 60, 300, 1800, 7200];

export interface OutagesView extends RangeChoice {
  kind: RowKind | null;
  verdict: Outage['verdict'] | null;
  line: string | null;
  longerThanSeconds: number | null;
  /** The calendar shows a year instead of 90 days. */
  isYear: boolean;
}

export function readOutagesView(query: URLSearchParams): OutagesView {
  const longer = Number(query.get('longer'));
  return {
    ...readRange(query, outageRanges, '30d'),
    kind: rowKinds.find((kind) => kind === query.get('kind')) ?? null,
    verdict: verdicts.find((verdict) => verdict === query.get('verdict')) ?? null,
    line: query.get('line'),
    longerThanSeconds: lengths.find((seconds) => seconds === longer) ?? null,
    isYear: query.get('days') === 'year',
  };
}

export function writeOutagesView(view: OutagesView): string {
  const query = new URLSearchParams();
  writeRange(query, view);
  if (view.kind) query.set('kind', view.kind);
  if (view.verdict) query.set('verdict', view.verdict);
  if (view.line) query.set('line', view.line);
  if (view.longerThanSeconds) query.set('longer', String(view.longerThanSeconds));
  if (view.isYear) query.set('days', 'year');
  return addressOf('/outages', query);
}

/** One line of the list. */
export type Row = { fromMs: number; toMs: number | null } & (
  | { kind: 'outage' | 'degradation'; incident: Incident }
  | { kind: 'busy'; busy: BusyPeriod }
  | { kind: 'gap'; gap: Gap }
);

/** Incidents, busy periods and gaps together, newest first. */
export function rowsOf(incidents: readonly Incident[], list: Pick<OutageList, 'busy' | 'gaps'>): Row[] {
  const span = (one: { startedAt: string; endedAt: string | null }) => ({
    fromMs: Date.parse(one.startedAt),
    toMs: one.endedAt === null ? null : Date.parse(one.endedAt),
  });
  const rows: Row[] = [
    ...incidents.map((incident) => ({ kind: incident.kind, incident, ...span(incident) })),
    ...list.busy.map((busy) => ({ kind: 'busy' as const, busy, ...span(busy) })),
    ...list.gaps.map((gap) => ({ kind: 'gap' as const, gap, ...span(gap) })),
  ];
  return rows.sort((a, b) => b.fromMs - a.fromMs);
}

export function hasFilter(view: OutagesView): boolean {
  return view.kind !== null || view.verdict !== null || view.line !== null || view.longerThanSeconds !== null;
}

/** A gap concerns every line, and nobody is at fault for it or for a full line. */
export function passes(row: Row, view: OutagesView, nowMs: number): boolean {
  const isIncident = row.kind === 'outage' || row.kind === 'degradation';
  if (view.kind !== null && row.kind !== view.kind) return false;
  if (view.verdict !== null && !(isIncident && row.incident.verdict === view.verdict)) return false;
  if (view.line !== null && lineOf(row) !== null && lineOf(row) !== view.line) return false;
  const seconds = ((row.toMs ?? nowMs) - row.fromMs) / 1000;
  return view.longerThanSeconds === null || seconds > view.longerThanSeconds;
}

function lineOf(row: Row): string | null {
  switch (row.kind) {
    case 'gap':
      return null;
    case 'busy':
      return row.busy.line;
    default:
      return row.incident.line;
  }
}
