import { type Static, Type } from 'typebox';
import { Family, IsoTime, type LineState, Segment, Verdict } from '../../../core/shapes.ts';
import type { Evidence } from './evidence.ts';

export type { Evidence };

const numberOrNull = (description?: string) =>
  Type.Union([Type.Number(), Type.Null()], description === undefined ? {} : { description });
const stringOrNull = (description?: string) =>
  Type.Union([Type.String(), Type.Null()], description === undefined ? {} : { description });

/** What a person would notice. */
export const Symptom = Type.Union(
  [
    Type.Literal('no-answer'),
    Type.Literal('loss'),
    Type.Literal('latency'),
    Type.Literal('jitter'),
    Type.Literal('mtu'),
    Type.Literal('names'),
    Type.Literal('slow-names'),
    Type.Literal('portal'),
  ],
  { $id: 'Symptom' },
);
export type Symptom = Static<typeof Symptom>;

/** What one target contributed to a verdict. */
export const EvidenceNode = Type.Object(
  {
    target: Type.String(),
    name: Type.String(),
    address: stringOrNull(),
    segment: Segment,
    family: Family,
    sent: Type.Integer({ description: 'Exchanges since the start, up to the decision' }),
    lost: Type.Integer(),
    rttMs: numberOrNull('Median of the answers in that time'),
    baselineMs: numberOrNull('Median before it began'),
    lastAnswerAt: Type.Union([IsoTime, Type.Null()]),
    isUsed: Type.Boolean({ description: 'False for a target that does not answer even when all is well' }),
  },
  { $id: 'EvidenceNode', additionalProperties: false },
);
export type EvidenceNode = Static<typeof EvidenceNode>;

/** Everything the verdict was drawn from, so that it can be drawn again. */
export const OutageEvidence = Type.Object(
  {
    rule: Type.String({ description: 'The rule that fired, for example "no-answer/isp-hop-silent"' }),
    because: Type.Array(Type.String(), { description: 'The same in sentences for people' }),
    segment: Type.Union([Type.String(), Type.Null()], {
      description: 'Where the path broke: device, lan, gateway, access, isp, transit, destination, names',
    }),
    cause: stringOrNull('Where it is known: mtu, no-carrier, no-route, servfail, wrong-answers, …'),
    nodes: Type.Array(EvidenceNode),
    facts: Type.Array(Type.Object({ name: Type.String(), value: Type.String() }), {
      description: 'Carrier, route, neighbour, name servers, pages, traffic at that moment',
    }),
    phases: Type.Array(Type.Object({ at: IsoTime, segment: Type.String() }), {
      description: 'How the place of the break moved while it lasted',
    }),
  },
  { $id: 'OutageEvidence', additionalProperties: false },
);
export type OutageEvidence = Static<typeof OutageEvidence>;

export const Outage = Type.Object(
  {
    id: Type.Integer(),
    line: Type.String(),
    family: Type.Union([Family, Type.Literal('both')]),
    kind: Type.Union([Type.Literal('outage'), Type.Literal('degradation')]),
    symptom: Symptom,
    verdict: Verdict,
    candidates: Type.Array(Verdict, {
      description: 'Every cause that the evidence does not exclude, likeliest first',
    }),
    confidence: Type.Number({ minimum: 0, maximum: 1 }),
    severity: Type.Union([Type.Literal('critical'), Type.Literal('high'), Type.Literal('medium')]),
    startedAt: Type.String({ format: 'date-time', description: 'The first affected exchange' }),
    endedAt: Type.Union([IsoTime, Type.Null()], {
      description: 'The last affected exchange; null while it lasts',
    }),
    durationSeconds: Type.Number({ description: 'Up to now while it lasts' }),
    announcedAt: Type.String({ format: 'date-time', description: 'When it was noticed' }),
    decidedAt: Type.Union([IsoTime, Type.Null()], { description: 'When the verdict was reached' }),
    endedBy: Type.Union([Type.Literal('recovery'), Type.Literal('gap'), Type.Null()], {
      description: 'gap: watching stopped while it lasted',
    }),
    target: stringOrNull('The one destination, where it concerns one'),
    text: Type.String({ description: 'The whole in one or two sentences' }),
    evidence: OutageEvidence,
  },
  { $id: 'Outage', additionalProperties: false },
);
export type Outage = Static<typeof Outage>;

/** Time in which traffic filled the line: slow for a known reason, and nobody's fault. */
export const BusyPeriod = Type.Object(
  {
    id: Type.Integer(),
    line: Type.String(),
    startedAt: IsoTime,
    endedAt: Type.Union([IsoTime, Type.Null()]),
    direction: Type.Union([
      Type.Literal('down'),
      Type.Literal('up'),
      Type.Literal('both'),
      Type.Literal('unknown'),
    ]),
    source: Type.Union([Type.Literal('own'), Type.Literal('router'), Type.Literal('inferred')], {
      description:
        'own: traffic of this box; router: counted by the router; inferred: the line fills up like a queue, the counters of the house are not visible',
    }),
    downMbps: numberOrNull(),
    upMbps: numberOrNull(),
    addedMs: numberOrNull('How much longer answers took'),
    text: Type.String(),
  },
  { $id: 'BusyPeriod', additionalProperties: false },
);
export type BusyPeriod = Static<typeof BusyPeriod>;

export const Gap = Type.Object(
  {
    id: Type.Integer(),
    startedAt: IsoTime,
    endedAt: IsoTime,
    reason: Type.Union(
      [
        Type.Literal('power'),
        Type.Literal('stopped'),
        Type.Literal('crashed'),
        Type.Literal('suspended'),
        Type.Literal('not-measured'),
        Type.Literal('clock'),
      ],
      {
        description:
          'power: the box was without power or was reset; stopped: the service was stopped; crashed: the service ended unexpectedly; suspended: the box slept; not-measured: it ran and could not measure; clock: the time of day was not known',
      },
    ),
    text: Type.String(),
  },
  { $id: 'Gap', additionalProperties: false },
);
export type Gap = Static<typeof Gap>;

/** Uptime = up ÷ (up + down); what was not observed is in neither and printed beside it. */
export const Uptime = Type.Object(
  {
    upSeconds: Type.Number(),
    downSeconds: Type.Number(),
    unobservedSeconds: Type.Number(),
    ratio: Type.Union([Type.Number(), Type.Null()], { description: 'Null when nothing was observed' }),
    byVerdict: Type.Array(Type.Object({ verdict: Verdict, seconds: Type.Number() }), {
      description: 'Down time by whose fault it was',
    }),
    provider: Type.Object(
      {
        downSeconds: Type.Number(),
        unobservedSeconds: Type.Number(),
        ratio: Type.Union([Type.Number(), Type.Null()]),
      },
      {
        description:
          "The same for what the provider answers for: while the box's own link, the home network or the router was the cause, the provider's line was not observed",
      },
    ),
  },
  { $id: 'Uptime', additionalProperties: false },
);
export type Uptime = Static<typeof Uptime>;

export const OutageList = Type.Object(
  {
    outages: Type.Array(Outage),
    busy: Type.Array(BusyPeriod),
    gaps: Type.Array(Gap),
    uptime: Uptime,
  },
  { $id: 'OutageList', additionalProperties: false },
);
export type OutageList = Static<typeof OutageList>;

/** One local day of the calendar. */
export const OutageDay = Type.Object(
  {
    date: Type.String({ description: 'YYYY-MM-DD in the zone of the site' }),
    level: Type.Union([
      Type.Literal('perfect'),
      Type.Literal('good'),
      Type.Literal('fair'),
      Type.Literal('poor'),
      Type.Literal('bad'),
      Type.Literal('no-data'),
    ]),
    ratio: Type.Union([Type.Number(), Type.Null()]),
    downSeconds: Type.Number(),
    degradedSeconds: Type.Number(),
    unobservedSeconds: Type.Number(),
    outages: Type.Integer(),
  },
  { $id: 'OutageDay', additionalProperties: false },
);
export type OutageDay = Static<typeof OutageDay>;

export const OutageCalendar = Type.Object(
  { timezone: Type.String(), days: Type.Array(OutageDay) },
  { $id: 'OutageCalendar', additionalProperties: false },
);
export type OutageCalendar = Static<typeof OutageCalendar>;

/** What is true of one line now, in the eyes of the judge. */
export interface LineVerdict {
  line: string;
  state: LineState;
  verdict: Verdict | 'busy' | null;
  /** CLOCK_MONOTONIC ms since when; null while unknown. */
  sinceMonoMs: number | null;
  /** Open records, gravest first. */
  open: readonly Outage[];
  busy: BusyPeriod | null;
}

export interface OutagePort {
  line(name: string): LineVerdict | null;
  /** Outages and degradations that overlap the range, newest first. */
  between(fromMs: number, toMs: number, limit?: number): Promise<Outage[]>;
  byId(id: number): Promise<Outage | null>;
  busyBetween(fromMs: number, toMs: number): Promise<BusyPeriod[]>;
  uptime(fromMs: number, toMs: number, line?: string): Promise<Uptime>;
  /** Judges a stretch of the past (evidence in epoch ms, in order) and keeps what it finds; for imports and the demo. */
  judgePast(evidence: Iterable<Evidence>): Promise<Outage[]>;
}

declare module '../../../core/bus.ts' {
  interface EventMap {
    'outage.opened': Outage;
    /** Verdict, extent or confidence of an open or closed record is another one now. */
    'outage.updated': Outage;
    'outage.closed': Outage;
    'busy.changed': BusyPeriod;
  }
}

declare module '../../../core/feature.ts' {
  interface FeaturePorts {
    outage: OutagePort;
  }
}
