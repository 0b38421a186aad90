import { type Static, Type } from 'typebox';
import { IsoTime } from '../../../core/shapes.ts';
import { Gap } from '../outage/schema.ts';

export const ObservedExtent = Type.Object(
  {
    from: Type.Union([IsoTime, Type.Null()], { description: 'When watching first began; null before that' }),
  },
  { $id: 'ObservedExtent', additionalProperties: false },
);
export type ObservedExtent = Static<typeof ObservedExtent>;

export const GapList = Type.Object(
  {
    gaps: Type.Array(Gap, { description: 'Times in which nothing was measured, in time order' }),
    observed: ObservedExtent,
  },
  { $id: 'GapList', additionalProperties: false },
);
export type GapList = Static<typeof GapList>;

export interface GapPort {
  /** Gaps that overlap the range, in time order. */
  between(fromMs: number, toMs: number): Promise<Gap[]>;
  /** Epoch ms of the first measurement ever made with this data folder; null when there is none. */
  firstMs(): Promise<number | null>;
  /** The gap between the previous run and this one; null when there was none (or it is not yet known). */
  atStart(): Promise<Gap | null>;
  /** Writes down a gap of the past and tells of it; for imports and the demo. */
  recordPast(gap: PastGap): Promise<Gap>;
}

/** Epoch ms. */
export interface PastGap {
  reason: Gap['reason'];
  startMs: number;
  endMs: number;
}

declare module '../../../core/bus.ts' {
  interface EventMap {
    'gap.recorded': Gap;
  }
}

declare module '../../../core/feature.ts' {
  interface FeaturePorts {
    gap: GapPort;
  }
}
