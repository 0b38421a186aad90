import { type Static, Type } from 'typebox';
import { Family, IsoTime, LineState, orNull, Segment } from '../../../core/shapes.ts';

/** One station of the path strip: You, Router, Provider, Internet, Names. */
export const Station = Type.Object(
  {
    segment: Segment,
    family: Family,
    state: LineState,
    target: Type.Union([Type.String(), Type.Null()], { description: 'The target whose numbers are shown' }),
    rttMs: Type.Union([Type.Number(), Type.Null()], { description: 'Median of the last minute' }),
    lossRatio: Type.Union([Type.Number(), Type.Null()], {
      description: 'Share lost in the last minute, 0..1',
    }),
  },
  { $id: 'Station', additionalProperties: false },
);
export type Station = Static<typeof Station>;

export const LineStatus = Type.Object(
  {
    name: Type.String(),
    interface: Type.Union([Type.String(), Type.Null()]),
    gateway: Type.Union([Type.String(), Type.Null()]),
    state: LineState,
    verdict: Type.Optional(orNull(Type.String({ description: 'As in the status, for this line' }))),
    outage: Type.Optional(orNull(Type.Integer({ description: 'Id of the gravest record that lasts' }))),
    since: Type.Union([IsoTime, Type.Null()]),
    stations: Type.Array(Station),
  },
  { $id: 'LineStatus', additionalProperties: false },
);
export type LineStatus = Static<typeof LineStatus>;

export const Status = Type.Object(
  {
    state: LineState,
    verdict: Type.Union([Type.String(), Type.Null()], {
      description: 'Whose fault, when something is wrong and it is known; busy while traffic fills the line',
    }),
    sentence: Type.String({ description: 'What is true now, in words' }),
    since: Type.Union([IsoTime, Type.Null()]),
    at: IsoTime,
    site: Type.String(),
    lines: Type.Array(LineStatus),
    method: Type.Object({
      icmp: Type.Union([Type.Literal('raw'), Type.Literal('socket'), Type.Literal('none')]),
      advice: Type.Union([Type.String(), Type.Null()], {
        description: 'How to get the better method, when there is one',
      }),
    }),
    clock: Type.Object({
      isKnown: Type.Boolean({
        description: 'False while the wall clock is not believed; history is stamped later',
      }),
    }),
    notes: Type.Optional(
      Type.Array(
        Type.Object(
          { part: Type.String(), isWell: Type.Boolean(), text: Type.String() },
          { additionalProperties: false },
        ),
        { description: 'How other parts of the box stand that the owner has switched on' },
      ),
    ),
    isDemo: Type.Boolean({ description: 'True when the data shown is simulated' }),
    version: Type.String(),
    uptimeSeconds: Type.Number(),
  },
  { $id: 'Status', additionalProperties: false },
);
export type Status = Static<typeof Status>;

/** A thing that happened, for the list of last events. */
export const TimelineEvent = Type.Object(
  {
    id: Type.Integer(),
    at: IsoTime,
    kind: Type.String({
      description:
        'Stable code: outage.opened, outage.closed, state.changed, link.changed, service.started, gap, clock.stepped, store.recovered',
    }),
    text: Type.String({ description: 'One sentence for people' }),
    line: Type.Union([Type.String(), Type.Null()]),
    target: Type.Union([Type.String(), Type.Null()]),
  },
  { $id: 'TimelineEvent', additionalProperties: false },
);
export type TimelineEvent = Static<typeof TimelineEvent>;

export const TimelineEvents = Type.Object(
  { events: Type.Array(TimelineEvent) },
  { $id: 'TimelineEvents', additionalProperties: false },
);
export type TimelineEvents = Static<typeof TimelineEvents>;

/** What other features may ask and tell. */
export interface StatePort {
  status(): Status;
  record(event: { kind: string; text: string; line?: string; target?: string; atMs?: number }): void;
  /** What the status says of another part of the box; null: nothing. */
  note(part: string, note: { isWell: boolean; text: string } | null): void;
}

declare module '../../../core/bus.ts' {
  interface EventMap {
    /** The state of a line or station is another one now. */
    'state.changed': Status;
    /** The same state with newer numbers. */
    'status.refreshed': Status;
    'event.recorded': TimelineEvent;
  }
}

declare module '../../../core/feature.ts' {
  interface FeaturePorts {
    state: StatePort;
  }
}
