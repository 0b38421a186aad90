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
