import { type Static, Type } from 'typebox';
import { IsoTime } from '../../../core/shapes.ts';
import type { TargetExchange } from '../latency/schema.ts';

/** The exchanges of one target around an event, as columns. */
export const CaptureSeries = Type.Object(
  {
    target: Type.String(),
    offsetsMs: Type.Array(Type.Number(), { description: 'When each exchange was sent, after startedAt' }),
    rttMs: Type.Array(Type.Union([Type.Number(), Type.Null()]), { description: 'Same length; null = lost' }),
  },
  { $id: 'CaptureSeries', additionalProperties: false },
);
export type CaptureSeries = Static<typeof CaptureSeries>;

/** What the black box held around one event, frozen. */
export const Capture = Type.Object(
  {
    id: Type.Integer(),
    key: Type.String({ description: 'What it belongs to, for example "outage-12"' }),
    line: Type.String(),
    startedAt: IsoTime,
    endedAt: IsoTime,
    series: Type.Array(CaptureSeries),
  },
  { $id: 'Capture', additionalProperties: false },
);
export type Capture = Static<typeof Capture>;

export const CaptureList = Type.Object(
  { captures: Type.Array(Capture) },
  { $id: 'CaptureList', additionalProperties: false },
);
export type CaptureList = Static<typeof CaptureList>;

export interface BlackBoxPort {
  /** Quick exchanges of the targets under suspicion, as they end. The same target ids as the calm ones. */
  onExchanges(listener: (exchanges: readonly TargetExchange[]) => void): () => void;
  /** Probes every target of a line up to 20 times a second for a while; calls while it runs extend it. */
  hurry(line: string, reason: string): void;
  isHurrying(line: string): boolean;
  /** Keeps what was seen from a minute before `fromMonoMs`; ends half a minute after `release` is called, and is stored then. */
  freeze(key: string, line: string, fromMonoMs: number): void;
  release(key: string): void;
  captures(key: string): Promise<Capture[]>;
}

declare module '../../../core/bus.ts' {
  interface EventMap {
    'capture.stored': { id: number; key: string; line: string };
  }
}

declare module '../../../core/feature.ts' {
  interface FeaturePorts {
    blackBox: BlackBoxPort;
  }
}
