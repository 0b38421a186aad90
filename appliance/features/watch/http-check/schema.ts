import { type Static, Type } from 'typebox';
import { Family, IsoTime, orNull } from '../../../core/shapes.ts';

export const PageOutcome = Type.Union(
  [
    Type.Literal('ok'),
    Type.Literal('dns'),
    Type.Literal('timeout'),
    Type.Literal('unreachable'),
    Type.Literal('refused'),
    Type.Literal('tls'),
    Type.Literal('reset'),
    Type.Literal('garbage'),
    Type.Literal('local'),
    Type.Literal('status'),
    Type.Literal('portal'),
  ],
  {
    $id: 'PageOutcome',
    description: 'status: the server answered, but not as expected; portal: somebody in between answered',
  },
);
export type PageOutcome = Static<typeof PageOutcome>;

export const PageCheck = Type.Object(
  {
    line: Type.String(),
    url: Type.String(),
    family: Family,
    at: IsoTime,
    outcome: PageOutcome,
    status: orNull(Type.Integer()),
    address: orNull(Type.String()),
    dnsMs: orNull(Type.Number()),
    connectMs: orNull(Type.Number()),
    tlsMs: orNull(Type.Number()),
    firstByteMs: orNull(Type.Number()),
    totalMs: orNull(Type.Number()),
    message: orNull(Type.String()),
    portal: orNull(Type.String({ description: 'Where a captive portal sends to' })),
  },
  { $id: 'PageCheck', additionalProperties: false },
);
export type PageCheck = Static<typeof PageCheck>;

export const PageCheckList = Type.Object(
  { checks: Type.Array(PageCheck) },
  { $id: 'PageCheckList', additionalProperties: false },
);
export type PageCheckList = Static<typeof PageCheckList>;

export interface CheckedPage {
  sentMonoMs: number;
  endedMonoMs: number;
  check: PageCheck;
}

export interface HttpCheckPort {
  onChecked(listener: (checked: CheckedPage) => void): () => void;
  checkAll(line: string): Promise<PageCheck[]>;
  /** Checks every few seconds for a while: something is being confirmed. */
  hurry(line: string, forMs: number): void;
}

declare module '../../../core/bus.ts' {
  interface EventMap {
    /** The outcome of a page is another one than before. */
    'page.changed': PageCheck;
  }
}

declare module '../../../core/feature.ts' {
  interface FeaturePorts {
    httpCheck: HttpCheckPort;
  }
}
