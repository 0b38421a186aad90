import { type Static, Type } from 'typebox';
import { IsoTime, Verdict } from '../../../core/shapes.ts';
import { Capture } from '../../watch/black-box/schema.ts';
import { NameAnswer } from '../../watch/dns/schema.ts';
import { PathTrace } from '../../watch/path/schema.ts';
import { BusyPeriod, Gap, Outage } from '../outage/schema.ts';

/** What would not have worked in the house, by a stated model. */
export const Impact = Type.Object(
  {
    activity: Type.Union([
      Type.Literal('voice'),
      Type.Literal('video-call'),
      Type.Literal('video'),
      Type.Literal('games'),
      Type.Literal('web'),
    ]),
    failures: Type.Integer({ description: 'How often it would have failed or stalled' }),
    seconds: Type.Number({ description: 'How long in total' }),
    text: Type.String({ description: '"Video calls would have failed 3 times, 4 min 10 s in total."' }),
    method: Type.String({ description: 'The model and its limits' }),
  },
  { $id: 'Impact', additionalProperties: false },
);
export type Impact = Static<typeof Impact>;

export const IncidentNote = Type.Object(
  { id: Type.Integer(), at: IsoTime, text: Type.String() },
  { $id: 'IncidentNote', additionalProperties: false },
);
export type IncidentNote = Static<typeof IncidentNote>;

/** What a person reads: outages, degradations and gaps that belong together. */
export const Incident = Type.Object(
  {
    id: Type.Integer(),
    line: Type.String(),
    title: Type.String(),
    text: Type.String({ description: 'What happened, since when, how long, whose fault' }),
    kind: Type.Union([Type.Literal('outage'), Type.Literal('degradation')]),
    verdict: Verdict,
    confidence: Type.Number(),
    severity: Outage.properties.severity,
    startedAt: IsoTime,
    endedAt: Type.Union([IsoTime, Type.Null()]),
    downSeconds: Type.Number(),
    degradedSeconds: Type.Number(),
    outages: Type.Array(Type.Integer(), { description: 'Ids, in time order' }),
    tags: Type.Array(Type.String()),
    isAcknowledged: Type.Boolean(),
    /** Put together or taken apart by hand: left alone by grouping. */
    isEdited: Type.Boolean(),
  },
  { $id: 'Incident', additionalProperties: false },
);
export type Incident = Static<typeof Incident>;

export const IncidentList = Type.Object(
  { incidents: Type.Array(Incident) },
  { $id: 'IncidentList', additionalProperties: false },
);
export type IncidentList = Static<typeof IncidentList>;

export const IncidentMoment = Type.Object(
  {
    at: IsoTime,
    kind: Type.String({
      description: 'first-loss, noticed, verdict, path-changed, recovered, gap, busy, note, link',
    }),
    text: Type.String(),
  },
  { $id: 'IncidentMoment', additionalProperties: false },
);
export type IncidentMoment = Static<typeof IncidentMoment>;

/** Everything known of one incident. */
export const IncidentDetail = Type.Object(
  {
    incident: Incident,
    outages: Type.Array(Outage),
    gaps: Type.Array(Gap),
    busy: Type.Array(BusyPeriod),
    timeline: Type.Array(IncidentMoment),
    impacts: Type.Array(Impact),
    notes: Type.Array(IncidentNote),
    traces: Type.Object({
      before: Type.Array(PathTrace),
      during: Type.Array(PathTrace),
      after: Type.Array(PathTrace),
    }),
    names: Type.Array(NameAnswer),
    captures: Type.Array(Capture),
  },
  { $id: 'IncidentDetail', additionalProperties: false },
);
export type IncidentDetail = Static<typeof IncidentDetail>;

/** An incident as it was known at one moment, for somebody else to look at. Only who has the id can ask for it. */
export const Snapshot = Type.Object(
  {
    id: Type.String({ description: 'Cannot be guessed' }),
    at: IsoTime,
    site: Type.String(),
    timezone: Type.String({ description: 'IANA zone of the site, or auto' }),
    version: Type.String({ description: 'Of the program that made it' }),
    detail: IncidentDetail,
    leftOut: Type.Array(Type.String(), { description: 'What did not fit into the bound of one snapshot' }),
  },
  { $id: 'Snapshot', additionalProperties: false },
);
export type Snapshot = Static<typeof Snapshot>;

export const SnapshotSummary = Type.Object(
  {
    id: Type.String(),
    at: IsoTime,
    incident: Type.Integer(),
    title: Type.String(),
    bytes: Type.Integer({ description: 'On disk' }),
  },
  { $id: 'SnapshotSummary', additionalProperties: false },
);
export type SnapshotSummary = Static<typeof SnapshotSummary>;

export const SnapshotList = Type.Object(
  { snapshots: Type.Array(SnapshotSummary, { description: 'Newest first' }) },
  { $id: 'SnapshotList', additionalProperties: false },
);
export type SnapshotList = Static<typeof SnapshotList>;

/** What lasts now, and the last two days. */
export const IncidentsNow = Type.Object(
  {
    at: IsoTime,
    current: Type.Union([Incident, Type.Null()], { description: 'The gravest that lasts' }),
    count48h: Type.Integer(),
    recent: Type.Array(Incident, { description: 'Of 48 hours, newest first, at most 20' }),
  },
  { $id: 'IncidentsNow', additionalProperties: false },
);
export type IncidentsNow = Static<typeof IncidentsNow>;

export const TimelineItem = Type.Object(
  {
    id: Type.String({ description: 'Unique in the list' }),
    kind: Type.Union([
      Type.Literal('outage'),
      Type.Literal('degradation'),
      Type.Literal('recovery'),
      Type.Literal('gap'),
    ]),
    severity: Type.Union([Outage.properties.severity, Type.Null()]),
    at: IsoTime,
    endedAt: Type.Union([IsoTime, Type.Null()]),
    durationSeconds: Type.Union([Type.Number(), Type.Null()]),
    title: Type.String(),
    text: Type.String(),
    incident: Type.Union([Type.Integer(), Type.Null()]),
  },
  { $id: 'TimelineItem', additionalProperties: false },
);
export type TimelineItem = Static<typeof TimelineItem>;

export const TimelineList = Type.Object(
  { events: Type.Array(TimelineItem, { description: 'Newest first' }) },
  { $id: 'TimelineList', additionalProperties: false },
);
export type TimelineList = Static<typeof TimelineList>;

/** How sure it is that the Internet is down at this moment. */
export const OutageConfidence = Type.Object(
  {
    confidence: Type.Integer({
      minimum: 0,
      maximum: 100,
      description: 'Per cent of the exchanges lost by the anchor that answers best, of the worst line',
    }),
    level: Type.Union([
      Type.Literal('critical'),
      Type.Literal('high'),
      Type.Literal('medium'),
      Type.Literal('low'),
      Type.Literal('none'),
    ]),
    isOutage: Type.Boolean({ description: 'An outage of a line is open' }),
    line: Type.Union([Type.String(), Type.Null()]),
    sources: Type.Array(Type.String(), { description: 'What it was drawn from' }),
    at: IsoTime,
  },
  { $id: 'OutageConfidence', additionalProperties: false },
);
export type OutageConfidence = Static<typeof OutageConfidence>;

/** Is it just me? From what this box sees by itself; nobody else is asked. */
export const IsItMe = Type.Object(
  {
    answer: Type.Union(
      [
        Type.Literal('nothing-wrong'),
        Type.Literal('this-box'),
        Type.Literal('house'),
        Type.Literal('provider'),
        Type.Literal('beyond-provider'),
        Type.Literal('names'),
        Type.Literal('one-service'),
        Type.Literal('ipv6'),
        Type.Literal('unclear'),
        Type.Literal('unknown'),
      ],
      {
        description:
          'unclear: something is wrong and the evidence does not say where; unknown: nothing is measured yet',
      },
    ),
    sentence: Type.String(),
    line: Type.Union([Type.String(), Type.Null()], { description: 'The line that is spoken of' }),
    drawnFrom: Type.Array(Type.Object({ what: Type.String(), value: Type.String() })),
    at: IsoTime,
  },
  { $id: 'IsItMe', additionalProperties: false },
);
export type IsItMe = Static<typeof IsItMe>;

export interface IncidentPort {
  list(fromMs: number, toMs: number, limit?: number): Promise<Incident[]>;
  detail(id: number): Promise<IncidentDetail | null>;
}

declare module '../../../core/bus.ts' {
  interface EventMap {
    /** Made, grown, closed, merged, split, noted, tagged or acknowledged. */
    'incident.updated': Incident;
    /** It ended and has settled: no further outage is likely to join it. */
    'incident.settled': Incident;
  }
}

declare module '../../../core/feature.ts' {
  interface FeaturePorts {
    incident: IncidentPort;
  }
}
