import { type Static, Type } from 'typebox';
import { Family, IsoTime, Method, Outcome, Segment } from '../../../core/shapes.ts';

export const Target = Type.Object(
  {
    id: Type.String({ description: 'Stable name of the series, for example "gateway-ipv4"' }),
    name: Type.String({ description: 'What people call it' }),
    host: Type.String({ description: 'As configured or discovered: an address or a name' }),
    address: Type.Union([Type.String(), Type.Null()], {
      description: 'Address in use; null until it is known',
    }),
    segment: Segment,
    line: Type.String(),
    family: Family,
    method: Method,
    intervalMs: Type.Number(),
    isFar: Type.Optional(
      Type.Boolean({
        description:
          "The provider's router with others before it that do not answer: not the end of the access line",
      }),
    ),
  },
  { $id: 'Target', additionalProperties: false },
);
export type Target = Static<typeof Target>;

export const TargetList = Type.Object(
  { targets: Type.Array(Target) },
  { $id: 'TargetList', additionalProperties: false },
);
export type TargetList = Static<typeof TargetList>;

const milliseconds = (description: string) => Type.Union([Type.Number(), Type.Null()], { description });

/** The statistics of a set of exchanges. Round-trip times are null when nothing answered. */
const statistics = {
  count: Type.Integer({
    description: 'Exchanges made (RFC 6673); slots that were not measured are not in it',
  }),
  lost: Type.Integer({
    description: 'Exchanges without a reply in time: timeouts, ICMP errors, and sends that failed here',
  }),
  minMs: milliseconds('Smallest round-trip time'),
  meanMs: milliseconds('Mean round-trip time'),
  p10Ms: milliseconds('10th percentile'),
  p25Ms: milliseconds('25th percentile'),
  p50Ms: milliseconds('Median'),
  p75Ms: milliseconds('75th percentile'),
  p90Ms: milliseconds('90th percentile'),
  p95Ms: milliseconds('95th percentile'),
  p99Ms: milliseconds('99th percentile'),
  maxMs: milliseconds('Largest round-trip time'),
  jitterMs: milliseconds('Smoothed interarrival jitter, RFC 3550 §6.4.1, mean over the period'),
  pdvMs: milliseconds('Packet delay variation, RFC 5481 §4.2: 99.9th percentile minus minimum'),
  reordered: Type.Integer({ description: 'Replies that overtook an earlier one (RFC 4737)' }),
  duplicates: Type.Integer({ description: 'Second copies of a reply (RFC 5560); never counted as received' }),
  late: Type.Integer({ description: 'Replies after the timeout; counted as lost' }),
};

export const LatencyPoint = Type.Object(
  { at: IsoTime, ...statistics },
  { $id: 'LatencyPoint', additionalProperties: false },
);
export type LatencyPoint = Static<typeof LatencyPoint>;

export const LatencySeries = Type.Object(
  {
    target: Type.String(),
    stepSeconds: Type.Number({
      description: 'The step that was used; coarser than asked where only rollups are left',
    }),
    points: Type.Array(LatencyPoint, {
      description: 'In time order; periods without measurements are absent, never zero',
    }),
  },
  { $id: 'LatencySeries', additionalProperties: false },
);
export type LatencySeries = Static<typeof LatencySeries>;

export const LatencyStatistics = Type.Object(
  {
    target: Type.String(),
    from: IsoTime,
    to: IsoTime,
    measuredSeconds: Type.Number({ description: 'How much of the range was measured' }),
    ...statistics,
  },
  { $id: 'LatencyStatistics', additionalProperties: false },
);
export type LatencyStatistics = Static<typeof LatencyStatistics>;

export const LatencyHeatmap = Type.Object(
  {
    target: Type.String(),
    timezone: Type.String({ description: 'IANA zone in which days and hours are counted' }),
    cells: Type.Array(
      Type.Object({
        day: Type.Integer({ minimum: 0, maximum: 6, description: '0 = Monday' }),
        hour: Type.Integer({ minimum: 0, maximum: 23 }),
        count: Type.Integer(),
        lost: Type.Integer(),
        p50Ms: milliseconds('Median'),
        p95Ms: milliseconds('95th percentile'),
      }),
      { description: 'Only cells with measurements' },
    ),
  },
  { $id: 'LatencyHeatmap', additionalProperties: false },
);
export type LatencyHeatmap = Static<typeof LatencyHeatmap>;

/** The last minutes of one target at full resolution, as columns. */
export const LiveWindow = Type.Object(
  {
    target: Type.String(),
    startedAt: IsoTime,
    offsetsMs: Type.Array(Type.Number(), {
      description: 'When each exchange was sent, after startedAt; slots not measured are absent',
    }),
    rttMs: Type.Array(Type.Union([Type.Number(), Type.Null()]), { description: 'Same length; null = lost' }),
  },
  { $id: 'LiveWindow', additionalProperties: false },
);
export type LiveWindow = Static<typeof LiveWindow>;

export const LiveWindows = Type.Object(
  { at: IsoTime, windows: Type.Array(LiveWindow) },
  { $id: 'LiveWindows', additionalProperties: false },
);
export type LiveWindows = Static<typeof LiveWindows>;

/** One exchange as it is streamed. */
export const LiveExchange = Type.Object(
  {
    target: Type.String(),
    at: IsoTime,
    outcome: Outcome,
    rttMs: Type.Optional(Type.Number()),
    from: Type.Optional(Type.String({ description: 'Who sent the ICMP error' })),
  },
  { $id: 'LiveExchange', additionalProperties: false },
);
export type LiveExchange = Static<typeof LiveExchange>;

/** Event `measurement.recorded`: everything that ended in the last second, all targets together. */
export const MeasurementRecorded = Type.Object(
  { at: IsoTime, exchanges: Type.Array(LiveExchange) },
  { $id: 'MeasurementRecorded', additionalProperties: false },
);
export type MeasurementRecorded = Static<typeof MeasurementRecorded>;

export const LatencyExtent = Type.Object(
  { target: Type.String(), from: Type.Union([IsoTime, Type.Null()]), to: Type.Union([IsoTime, Type.Null()]) },
  {
    $id: 'LatencyExtent',
    additionalProperties: false,
    description: 'First and last moment with data; null when there is none',
  },
);
export type LatencyExtent = Static<typeof LatencyExtent>;

/** Event `link.changed`: what the box itself sees of its link. */
export const LinkChanged = Type.Object(
  {
    at: IsoTime,
    lines: Type.Array(
      Type.Object({
        name: Type.String(),
        interface: Type.Union([Type.String(), Type.Null()]),
        gateways: Type.Array(Type.String()),
        ispHops: Type.Array(Type.String()),
        resolvers: Type.Array(Type.String()),
      }),
    ),
  },
  { $id: 'LinkChanged', additionalProperties: false },
);
export type LinkChanged = Static<typeof LinkChanged>;

/** One exchange for listeners inside the process, on the monotonic clock. */
export interface TargetExchange {
  /** Id of the target. */
  target: string;
  sentMonoMs: number;
  /** When the outcome was known: an answer when it came, a loss when the timeout had passed. */
  endedMonoMs: number;
  /** `skipped` is not among them: nothing was measured then. */
  outcome: 'ok' | 'timeout' | 'unreachable' | 'local';
  /** µs, as it is stored (`core/quantise.ts`); NaN without an answer. */
  rttUs: number;
  /** Who sent the ICMP error; empty otherwise. */
  from: string;
  /** DNS only: the response code of the answer. */
  rcode?: number;
}

/** A target that another feature has found: a router further out, a device of the house. */
export interface FoundTarget {
  id: string;
  name: string;
  line: string;
  family: Family;
  segment: 'lan' | 'transit';
  address: string;
  intervalMs: number;
}

/** What other features may ask of the latency feature. */
export interface LatencyPort {
  targets(): readonly Target[];
  /** Exchanges of all targets as they end, at least every 100 ms. The array is fresh, its elements may be kept. */
  onExchanges(listener: (exchanges: readonly TargetExchange[]) => void): () => void;
  /** Replaces the targets that `source` has found; they are probed and stored like all others. */
  setFound(source: string, targets: readonly FoundTarget[]): void;
  /** The last `seconds` of a target in RAM; times are CLOCK_MONOTONIC. Null for an unknown target. */
  recent(targetId: string, seconds: number): RecentWindow | null;
  link(): LinkChanged;
  /** Commits what was measured up to now; for moments that must survive a power cut. A full disk is the store's state. */
  save(): Promise<void>;
}

/** Times in µs, NaN when nothing answered. */
export interface RecentWindow {
  count: number;
  lost: number;
  p50Us: number;
  lastRttUs: number;
  lostInRow: number;
  lostSinceMonoMs: number;
  lastSentMonoMs: number;
}

declare module '../../../core/bus.ts' {
  interface EventMap {
    'measurement.recorded': MeasurementRecorded;
    'target.changed': TargetList;
    'link.changed': LinkChanged;
    /** Paused, going on, or at another pace. */
    'probing.changed': { isMeasuring: boolean };
  }
}

declare module '../../../core/feature.ts' {
  interface FeaturePorts {
    latency: LatencyPort;
  }
}
