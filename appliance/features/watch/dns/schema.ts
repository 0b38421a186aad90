import { type Static, Type } from 'typebox';
import { Family, IsoTime } from '../../../core/shapes.ts';

export const NameOutcome = Type.Union(
  [
    Type.Literal('answer'),
    Type.Literal('nxdomain'),
    Type.Literal('servfail'),
    Type.Literal('refused'),
    Type.Literal('empty'),
    Type.Literal('timeout'),
    Type.Literal('unreachable'),
    Type.Literal('tls'),
    Type.Literal('garbage'),
    Type.Literal('local'),
    Type.Literal('wrong'),
  ],
  { $id: 'NameOutcome', description: 'wrong: an answer that cannot be true for this name' },
);
export type NameOutcome = Static<typeof NameOutcome>;

/** A name server that is asked all the time. */
export const NameServer = Type.Object(
  {
    id: Type.String({ description: 'Stable, for example "192.168.1.1" or "tls://9.9.9.9"' }),
    line: Type.String(),
    address: Type.String(),
    family: Family,
    transport: Type.Union([
      Type.Literal('udp'),
      Type.Literal('tcp'),
      Type.Literal('tls'),
      Type.Literal('https'),
    ]),
    role: Type.Union(
      [Type.Literal('router'), Type.Literal('system'), Type.Literal('configured'), Type.Literal('control')],
      {
        description:
          'router: the gateway itself; system: given by the network; configured: listed by the owner; control: asked only to compare, while others fail',
      },
    ),
  },
  { $id: 'NameServer', additionalProperties: false },
);
export type NameServer = Static<typeof NameServer>;

/** One question and how it ended. */
export const NameAnswer = Type.Object(
  {
    server: Type.String({ description: 'Id of the name server' }),
    line: Type.String(),
    role: NameServer.properties.role,
    at: IsoTime,
    name: Type.String(),
    type: Type.Union([Type.Literal('A'), Type.Literal('AAAA')]),
    outcome: NameOutcome,
    rttMs: Type.Union([Type.Number(), Type.Null()]),
    answers: Type.Array(Type.String()),
    reason: Type.Union([Type.String(), Type.Null()], { description: 'Why an answer counts as wrong' }),
  },
  { $id: 'NameAnswer', additionalProperties: false },
);
export type NameAnswer = Static<typeof NameAnswer>;

/** The state of one name server over the last minutes. */
export const NameServerState = Type.Object(
  {
    ...NameServer.properties,
    count: Type.Integer(),
    failed: Type.Integer(),
    p50Ms: Type.Union([Type.Number(), Type.Null()]),
    p95Ms: Type.Union([Type.Number(), Type.Null()]),
    last: Type.Union([NameAnswer, Type.Null()]),
    /** A made-up name that cannot exist got an address: the server redirects mistakes somewhere. */
    isRedirectingMistakes: Type.Union([Type.Boolean(), Type.Null()]),
  },
  { $id: 'NameServerState', additionalProperties: false },
);
export type NameServerState = Static<typeof NameServerState>;

export const NameServerList = Type.Object(
  { servers: Type.Array(NameServerState) },
  { $id: 'NameServerList', additionalProperties: false },
);
export type NameServerList = Static<typeof NameServerList>;

export const NameAnswerList = Type.Object(
  { answers: Type.Array(NameAnswer) },
  { $id: 'NameAnswerList', additionalProperties: false },
);
export type NameAnswerList = Static<typeof NameAnswerList>;

export const NameAsk = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 253 }),
    type: Type.Optional(NameAnswer.properties.type),
    server: Type.Optional(
      Type.String({ maxLength: 320, description: 'Id of one server; default: all of them' }),
    ),
  },
  { $id: 'NameAsk', additionalProperties: false },
);
export type NameAsk = Static<typeof NameAsk>;

/** The same for listeners inside the process, on the monotonic clock. */
export interface AskedName {
  sentMonoMs: number;
  /** When the outcome was known. */
  endedMonoMs: number;
  answer: NameAnswer;
  /** That the server was asked by. */
  family: Family;
  /** False for a name that never had an address here: its failures say nothing. */
  isTrusted: boolean;
}

/** The same small question, asked every second: it tells only whether the server answers, and when it ceased to. */
export interface NamePulse {
  server: NameServer;
  sentMonoMs: number;
  endedMonoMs: number;
  outcome: NameOutcome;
}

export interface DnsPort {
  servers(): readonly NameServer[];
  onAsked(listener: (asked: AskedName) => void): () => void;
  onPulse(listener: (pulse: NamePulse) => void): () => void;
  /**
   * Asks every server of a line, and the controls, now, all for one name; what comes back also goes the usual way and
   * is kept with the reason for asking. Callers who come while it runs share its answers.
   */
  askAll(line: string, reason?: string): Promise<NameAnswer[]>;
  /** Asks once a second for a while: something is being confirmed. */
  hurry(line: string, forMs: number): void;
  /** What was kept: answers with which the outcome of a server changed, and those of `askAll`. In time order. */
  answersBetween(fromMs: number, toMs: number): Promise<NameAnswer[]>;
}

declare module '../../../core/bus.ts' {
  interface EventMap {
    /** The outcome of a name server is another one than before. */
    'names.changed': NameAnswer;
  }
}

declare module '../../../core/feature.ts' {
  interface FeaturePorts {
    dns: DnsPort;
  }
}
