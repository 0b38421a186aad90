import { type Static, Type } from 'typebox';
import { Family, IsoTime, orNull, Segment } from '../../../core/shapes.ts';

export const Network = Type.Object(
  {
    asn: Type.Integer(),
    owner: Type.String({ description: 'As registered, for example "EXAMPLE-AS Example Ltd, GB"' }),
    prefix: Type.String(),
  },
  { $id: 'Network', additionalProperties: false },
);
export type Network = Static<typeof Network>;

export const PathHop = Type.Object(
  {
    ttl: Type.Integer(),
    addresses: Type.Array(Type.String(), { description: 'Empty: silent' }),
    name: orNull(Type.String({ description: 'Reverse name, where the resolver of the line knows one' })),
    segment: Type.Union([Segment, Type.Null()], { description: 'What the hop is taken for' }),
    sent: Type.Integer(),
    lost: Type.Integer(),
    rttMs: orNull(Type.Number()),
    bestMs: orNull(Type.Number()),
    worstMs: orNull(Type.Number()),
    network: Type.Union([Network, Type.Null()], { description: 'Only with consent to ask for it' }),
  },
  { $id: 'PathHop', additionalProperties: false },
);
export type PathHop = Static<typeof PathHop>;

export const PathTrace = Type.Object(
  {
    id: Type.Integer({ description: '0: not stored, because it showed what the one before had shown' }),
    line: Type.String(),
    family: Family,
    target: Type.String({ description: 'Id of the target' }),
    address: Type.String(),
    at: IsoTime,
    reason: Type.String({ description: 'scheduled, state, manual, or what asked for it' }),
    fingerprint: Type.String({ description: 'The same for the same sequence of routers' }),
    isReached: Type.Boolean(),
    end: Type.Union([
      Type.Literal('reached'),
      Type.Literal('unreachable'),
      Type.Literal('silent'),
      Type.Literal('max-hops'),
      Type.Literal('local'),
    ]),
    hops: Type.Array(PathHop),
  },
  { $id: 'PathTrace', additionalProperties: false },
);
export type PathTrace = Static<typeof PathTrace>;

export const PathTraceList = Type.Object(
  { traces: Type.Array(PathTrace) },
  { $id: 'PathTraceList', additionalProperties: false },
);
export type PathTraceList = Static<typeof PathTraceList>;

export const PathChange = Type.Object(
  {
    line: Type.String(),
    family: Family,
    target: Type.String(),
    at: IsoTime,
    before: Type.Integer({ description: 'Id of the last trace of the old path' }),
    after: Type.Integer({ description: 'Id of the first trace of the new path' }),
    firstDifferentTtl: Type.Integer(),
    text: Type.String(),
  },
  { $id: 'PathChange', additionalProperties: false },
);
export type PathChange = Static<typeof PathChange>;

/** Whether packets of full size pass to a target, and from where on they do not. */
export const MtuCheck = Type.Object(
  {
    line: Type.String(),
    family: Family,
    target: Type.String(),
    address: Type.String(),
    at: IsoTime,
    mtu: orNull(Type.Integer()),
    verdict: Type.Union([
      Type.Literal('full'),
      Type.Literal('told'),
      Type.Literal('black-hole'),
      Type.Literal('unanswered'),
    ]),
    from: orNull(Type.String({ description: 'The router that told' })),
  },
  { $id: 'MtuCheck', additionalProperties: false },
);
export type MtuCheck = Static<typeof MtuCheck>;

/** One full-size packet that must not be fragmented, and whether it came back; small ones are in the latency series. */
export interface FullSizeProbe {
  line: string;
  family: Family;
  /** Id of the latency target of the same address. */
  target: string;
  segment: Segment;
  sentMonoMs: number;
  endedMonoMs: number;
  /** told: a router said that it is too big, which is right and no fault. */
  outcome: 'ok' | 'lost' | 'told' | 'local';
  /** Of the whole IP packet. */
  sizeBytes: number;
}

/** What was asked for by hand: a target by id, name or address, or any host; neither: the first anchor. */
const toTrace = {
  target: Type.Optional(
    Type.String({ minLength: 1, maxLength: 128, description: 'Id, name or address of a target' }),
  ),
  host: Type.Optional(Type.String({ minLength: 1, maxLength: 253, description: 'Any address or host name' })),
  family: Type.Optional(Family),
};

export const TraceRequest = Type.Object(
  {
    ...toTrace,
    protocol: Type.Optional(
      Type.Union([Type.Literal('icmp'), Type.Literal('udp')], {
        description: 'Default: icmp, or udp where this service may send no ICMP',
      }),
    ),
    maxHops: Type.Integer({ minimum: 1, maximum: 64, default: 30 }),
  },
  { $id: 'TraceRequest', additionalProperties: false },
);
export type TraceRequest = Static<typeof TraceRequest>;

export const TraceResult = Type.Object(
  {
    id: orNull(Type.Integer({ description: 'Under which it is stored; null for hosts that are no anchor' })),
    target: orNull(Type.String({ description: 'Id of the target; null for any other host' })),
    host: Type.String(),
    address: Type.String(),
    family: Family,
    protocol: Type.Union([Type.Literal('icmp'), Type.Literal('udp')]),
    at: IsoTime,
    isReached: Type.Boolean(),
    end: PathTrace.properties.end,
    hops: Type.Array(PathHop),
  },
  { $id: 'TraceResult', additionalProperties: false },
);
export type TraceResult = Static<typeof TraceResult>;

export const MtuRequest = Type.Object(toTrace, { $id: 'MtuRequest', additionalProperties: false });
export type MtuRequest = Static<typeof MtuRequest>;

export const MtuResult = Type.Object(
  {
    target: orNull(Type.String({ description: 'Id of the target; null for any other host' })),
    host: Type.String(),
    address: Type.String(),
    family: Family,
    at: IsoTime,
    mtu: MtuCheck.properties.mtu,
    verdict: MtuCheck.properties.verdict,
    from: MtuCheck.properties.from,
    standardMtu: Type.Integer({ description: 'What Ethernet carries, for comparison' }),
    mssBytes: orNull(Type.Integer({ description: 'Largest TCP segment that fits' })),
    probes: Type.Integer(),
    advice: Type.String(),
  },
  { $id: 'MtuResult', additionalProperties: false },
);
export type MtuResult = Static<typeof MtuResult>;

/** One full-size packet as it is shown. */
export const FullSizeResult = Type.Object(
  {
    line: Type.String(),
    family: Family,
    target: Type.String(),
    segment: Segment,
    at: IsoTime,
    outcome: Type.Union([
      Type.Literal('ok'),
      Type.Literal('lost'),
      Type.Literal('told'),
      Type.Literal('local'),
    ]),
    sizeBytes: Type.Integer({ description: 'Of the whole IP packet' }),
    rttMs: orNull(Type.Number()),
  },
  { $id: 'FullSizeResult', additionalProperties: false },
);
export type FullSizeResult = Static<typeof FullSizeResult>;

export const MtuState = Type.Object(
  {
    checks: Type.Array(MtuCheck, { description: 'The newest of each target' }),
    probes: Type.Array(FullSizeResult, { description: 'The newest full-size packets, newest first' }),
  },
  { $id: 'MtuState', additionalProperties: false },
);
export type MtuState = Static<typeof MtuState>;

export interface PathPort {
  /** Traces every anchor of a line in both families (and stores it); one run per line at a time, later callers share it. */
  traceAll(line: string, reason: string): Promise<PathTrace[]>;
  /** The newest traces, one per target. */
  latest(line: string): PathTrace[];
  between(fromMs: number, toMs: number): Promise<PathTrace[]>;
  onFullSize(listener: (probe: FullSizeProbe) => void): () => void;
  /** Sends full-size packets to every known router and anchor of the line now: for the moment one was lost. */
  findBlackHole(line: string): Promise<MtuCheck[]>;
}

declare module '../../../core/bus.ts' {
  interface EventMap {
    'path.traced': PathTrace;
    'path.changed': PathChange;
    'mtu.checked': MtuCheck;
  }
}

declare module '../../../core/feature.ts' {
  interface FeaturePorts {
    path: PathPort;
  }
}
