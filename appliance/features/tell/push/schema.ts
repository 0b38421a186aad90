import { type Static, Type } from 'typebox';
import { IsoTime, orNull } from '../../../core/shapes.ts';

export const PushCarrier = Type.Object(
  {
    id: Type.String({ description: 'As in the list of outside services' }),
    name: Type.String(),
    hosts: Type.Array(Type.String()),
    isOn: Type.Boolean({ description: 'Whether the owner lets it be contacted' }),
  },
  { additionalProperties: false },
);
export type PushCarrier = Static<typeof PushCarrier>;

export const PushDevice = Type.Object(
  {
    id: Type.Integer(),
    carrier: Type.String(),
    agent: Type.String({ description: 'What the browser called itself' }),
    createdAt: IsoTime,
    mark: Type.String({
      description: 'By which a browser finds itself in the list; the address stays hidden',
    }),
    lastSentAt: orNull(IsoTime),
    problem: orNull(Type.String({ description: 'Why the last message did not arrive' })),
  },
  { $id: 'PushDevice', additionalProperties: false },
);
export type PushDevice = Static<typeof PushDevice>;

export const PushState = Type.Object(
  {
    publicKey: Type.String({ description: 'For the browser, which binds its subscription to it' }),
    carriers: Type.Array(PushCarrier),
    devices: Type.Array(PushDevice, { description: 'Of the account that asks; at the local socket all' }),
    limit: Type.Integer({ description: 'Devices of one account' }),
  },
  { $id: 'PushState', additionalProperties: false },
);
export type PushState = Static<typeof PushState>;

/** As a browser gives it. */
export const NewPushDevice = Type.Object(
  {
    endpoint: Type.String({ maxLength: 1024 }),
    keys: Type.Object(
      {
        p256dh: Type.String({ pattern: '^[A-Za-z0-9_-]{87}$' }),
        auth: Type.String({ pattern: '^[A-Za-z0-9_-]{22}$' }),
      },
      { additionalProperties: false },
    ),
  },
  { $id: 'NewPushDevice', additionalProperties: false },
);
export type NewPushDevice = Static<typeof NewPushDevice>;

export const PushTest = Type.Object(
  { device: Type.Integer({ description: 'One of the own' }) },
  { $id: 'PushTest', additionalProperties: false },
);
export type PushTest = Static<typeof PushTest>;

/** What the browser shows; encrypted on its way. */
export const PushMessage = Type.Object(
  {
    title: Type.String(),
    body: Type.String(),
    tag: Type.String({ description: 'A later message with the same takes the place of the earlier one' }),
    path: Type.String({ description: 'The page of this box to open' }),
  },
  { additionalProperties: false },
);
export type PushMessage = Static<typeof PushMessage>;
