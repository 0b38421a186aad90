/** The bridge to the household's message broker, as the rest of the box sees it. mqtt/ implements it. */
import { type Static, Type } from 'typebox';
import { IsoTime, orNull } from './shapes.ts';

export const BridgeStatus = Type.Object(
  {
    state: Type.Union(
      [
        Type.Literal('off'),
        Type.Literal('connecting'),
        Type.Literal('connected'),
        Type.Literal('waiting'),
        Type.Literal('refused'),
      ],
      {
        description:
          'off: no broker is configured; waiting: the last attempt failed and another one follows soon; refused: it takes a person to change something, so it is tried only now and then',
      },
    ),
    sentence: Type.String({ description: 'The same in words' }),
    broker: orNull(Type.String({ description: 'Host and port' })),
    isEncrypted: Type.Boolean(),
    serial: orNull(Type.String({ description: 'Of this box; a part of every topic' })),
    baseTopic: orNull(Type.String({ description: 'Everything of this box is below it' })),
    since: orNull(IsoTime),
    problem: Type.Union(
      [
        Type.Object({ code: Type.String(), message: Type.String() }, { additionalProperties: false }),
        Type.Null(),
      ],
      { description: 'Why there is no connection' },
    ),
    warnings: Type.Array(Type.String(), {
      description: 'What is not as it should be although it works: refused topics, a password in the clear',
    }),
    topics: Type.Integer({ description: 'Kept up to date at the broker' }),
    waiting: Type.Integer({ description: 'Topics whose newest value the broker does not have yet' }),
    entities: Type.Integer({ description: 'In the discovery document' }),
    discoveryBytes: Type.Integer(),
    connections: Type.Integer({ description: 'Since the start' }),
    published: Type.Integer({ description: 'Messages that the broker took, since the start' }),
    eventsLost: Type.Integer({ description: 'Events that nobody could be told of, since the start' }),
    commands: Type.Object({
      isOn: Type.Boolean(),
      accepted: Type.Integer(),
      refused: Type.Integer(),
    }),
    ownBroker: Type.Union(
      [
        Type.Object({
          port: Type.Integer(),
          clients: Type.Integer(),
          problem: orNull(Type.String()),
        }),
        Type.Null(),
      ],
      { description: 'The broker inside the box; null while it is off' },
    ),
  },
  { $id: 'BridgeStatus', additionalProperties: false },
);
export type BridgeStatus = Static<typeof BridgeStatus>;

export interface BridgePort {
  status(): BridgeStatus;
  /** Connected, gone, or another problem; the returned function unsubscribes. */
  onChange(listener: () => void): () => void;
}
