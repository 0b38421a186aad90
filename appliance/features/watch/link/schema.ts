import { type Static, Type } from 'typebox';
import { Family, IsoTime, orNull } from '../../../core/shapes.ts';

/** What the box sees of one line's own link, one family of it. */
export const LinkFamily = Type.Object(
  {
    family: Family,
    hasAddress: Type.Boolean({ description: 'An address beyond link-local' }),
    hasRoute: Type.Boolean({ description: 'A default route' }),
    gateway: orNull(Type.String()),
    neighbour: Type.Union(
      [
        Type.Literal('reachable'),
        Type.Literal('stale'),
        Type.Literal('failed'),
        Type.Literal('incomplete'),
        Type.Literal('unknown'),
      ],
      { description: 'What ARP or neighbour discovery says of the gateway' },
    ),
    gatewayMac: orNull(Type.String()),
  },
  { $id: 'LinkFamily', additionalProperties: false },
);
export type LinkFamily = Static<typeof LinkFamily>;

export const LinkState = Type.Object(
  {
    line: Type.String(),
    at: IsoTime,
    interface: orNull(Type.String()),
    isUp: Type.Boolean(),
    hasCarrier: Type.Boolean(),
    addresses: Type.Array(Type.String()),
    families: Type.Array(LinkFamily),
    lease: Type.Union([
      Type.Object({
        address: orNull(Type.String()),
        server: orNull(Type.String()),
        expiresAt: Type.Union([IsoTime, Type.Null()]),
      }),
      Type.Null(),
    ]),
    wireless: Type.Union([
      Type.Object({ signalDbm: orNull(Type.Number()), linkQuality: orNull(Type.Number()) }),
      Type.Null(),
    ]),
  },
  { $id: 'LinkState', additionalProperties: false },
);
export type LinkState = Static<typeof LinkState>;

/** What flows over a line: through this box, or through the whole house where the router counts. */
export const Traffic = Type.Object(
  {
    line: Type.String(),
    at: IsoTime,
    /** `router`: the house's whole traffic; `own`: this box alone, which sees nothing of the others. */
    source: Type.Union([Type.Literal('own'), Type.Literal('router')]),
    downBps: Type.Number(),
    upBps: Type.Number(),
  },
  { $id: 'Traffic', additionalProperties: false },
);
export type Traffic = Static<typeof Traffic>;

export const LinkList = Type.Object(
  {
    links: Type.Array(LinkState),
    traffic: Type.Array(Traffic, { description: 'The newest of each line and source' }),
    router: Type.Union([Type.Object({ name: Type.String(), line: Type.String() }), Type.Null()], {
      description: 'The router that tells what passes through it, where one does',
    }),
  },
  { $id: 'LinkList', additionalProperties: false },
);
export type LinkList = Static<typeof LinkList>;

export interface LinkPort {
  /** Null for an unknown line. As read last: every ten seconds and whenever the kernel tells of a change. */
  state(line: string): LinkState | null;
  /** Every second for `own`, every few seconds for `router`; times are CLOCK_MONOTONIC. */
  onTraffic(
    listener: (traffic: {
      line: string;
      atMonoMs: number;
      source: Traffic['source'];
      downBps: number;
      upBps: number;
    }) => void,
  ): () => void;
  /** Reads interfaces, routes and neighbour tables now: for the moment a gateway falls silent. */
  refresh(): Promise<void>;
  /** How a line's link changed in that time, oldest first, led by the state in force when it began. */
  between(line: string, fromMs: number, toMs: number): Promise<LinkState[]>;
}

declare module '../../../core/bus.ts' {
  interface EventMap {
    /** Carrier, address, route, neighbour state or lease is another one now. */
    'link.observed': LinkState;
    /** The router was silent for a while and counts the time of its connection anew. */
    'router.restarted': { line: string; at: IsoTime };
  }
}

declare module '../../../core/feature.ts' {
  interface FeaturePorts {
    link: LinkPort;
  }
}
