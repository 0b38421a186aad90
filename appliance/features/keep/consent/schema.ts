import { type Static, Type } from 'typebox';
import { IsoTime, orNull } from '../../../core/shapes.ts';

const Traffic = Type.Object(
  {
    contacts: Type.Integer({ description: 'Calls that reached out, whatever came of them' }),
    sentBytes: Type.Integer(),
    receivedBytes: Type.Integer(),
  },
  { additionalProperties: false },
);

/** Somebody outside the house. */
export const OutsideEntry = Type.Object(
  {
    id: Type.String(),
    kind: Type.Union([Type.Literal('service'), Type.Literal('probing')], {
      description:
        'service: contacted only while its switch is on; probing: measured towards, and decided by the configuration of what is probed',
    }),
    name: Type.String(),
    purpose: Type.String({ description: 'What the house has of it' }),
    learns: Type.String({ description: 'What the other side gets to know' }),
    protocol: Type.String(),
    hosts: Type.Array(Type.String(), {
      description: 'Names and addresses, or words where the network decides; *.example.com: every name below',
    }),
    bytesPerMonth: Type.Integer({
      description: 'Both directions, roughly, as it is configured; for a service: when it is on',
    }),
    isOn: Type.Boolean(),
    setting: Type.String({ description: 'Path in the configuration that decides it' }),
    mayBeInside: Type.Boolean({ description: 'The owner may let it stand in the own network' }),
    lastContactAt: orNull(IsoTime),
    thisMonth: orNull(Traffic),
    total: orNull(Type.Object({ ...Traffic.properties, since: orNull(Type.String()) })),
  },
  {
    $id: 'OutsideEntry',
    additionalProperties: false,
    description:
      'lastContactAt, thisMonth and total are null for probing, which the targets and their statistics tell of',
  },
);
export type OutsideEntry = Static<typeof OutsideEntry>;

export const OutsideList = Type.Object(
  {
    month: Type.String({ description: 'The month of `thisMonth`, UTC, "2026-11"' }),
    services: Type.Array(OutsideEntry, { description: 'Services first, then what is probed' }),
  },
  { $id: 'OutsideList', additionalProperties: false },
);
export type OutsideList = Static<typeof OutsideList>;

export const ConsentSwitch = Type.Object(
  { isOn: Type.Boolean() },
  { $id: 'ConsentSwitch', additionalProperties: false },
);
export type ConsentSwitch = Static<typeof ConsentSwitch>;

export const ConsentChanged = Type.Object(
  { at: IsoTime, id: Type.String(), isOn: Type.Boolean() },
  { $id: 'ConsentChanged', additionalProperties: false },
);

declare module '../../../core/bus.ts' {
  interface EventMap {
    /** The owner switched an outside service on or off, in the settings or in the file. */
    'consent.changed': Static<typeof ConsentChanged>;
  }
}
