import { type Static, Type } from 'typebox';
import { IsoTime, orNull } from '../../../core/shapes.ts';

export const RebootDevice = Type.Union([Type.Literal('router'), Type.Literal('modem')]);
export type RebootDevice = Static<typeof RebootDevice>;

/** A device between the house and the provider began anew. */
export const Reboot = Type.Object(
  {
    id: Type.Integer(),
    at: IsoTime,
    line: Type.String(),
    device: RebootDevice,
    source: Type.Union([Type.Literal('told'), Type.Literal('seen')], {
      description:
        'told: somebody said that it was started; seen: the router fell silent and counts its time anew',
    }),
    outage: orNull(Type.Integer({ description: 'That lasted then' })),
    helped: orNull(Type.Boolean({ description: 'Null: nothing was wrong, or it is not known yet' })),
    recoveredAfterSeconds: orNull(Type.Number()),
  },
  { $id: 'Reboot', additionalProperties: false },
);
export type Reboot = Static<typeof Reboot>;

/** What reboots have done for a line, and what such outages did without one. */
export const RebootRecord = Type.Object(
  {
    tried: Type.Integer({ description: 'Reboots while an outage lasted that they could have ended' }),
    helped: Type.Integer({ description: 'Of these, ended within ten minutes' }),
    recoveredAfterSeconds: orNull(Type.Number({ description: 'Median of those that helped' })),
    without: Type.Integer({ description: 'Such outages that ended without a reboot' }),
    withoutSeconds: orNull(Type.Number({ description: 'Median duration of those' })),
  },
  { $id: 'RebootRecord', additionalProperties: false },
);
export type RebootRecord = Static<typeof RebootRecord>;

export const RebootAdvice = Type.Object(
  {
    isAdvised: Type.Boolean(),
    device: orNull(RebootDevice),
    line: orNull(Type.String()),
    outage: orNull(Type.Integer()),
    code: Type.Union(
      [
        Type.Literal('advised'),
        Type.Literal('no-outage'),
        Type.Literal('elsewhere'),
        Type.Literal('too-early'),
        Type.Literal('under-way'),
        Type.Literal('no-help'),
        Type.Literal('too-often'),
        Type.Literal('never-helps'),
      ],
      { description: 'Why, or why not' },
    ),
    reason: Type.String({ description: 'The same in a sentence' }),
    leftToday: Type.Integer({ description: 'How often it may still be advised within 24 hours' }),
    record: RebootRecord,
  },
  { $id: 'RebootAdvice', additionalProperties: false },
);
export type RebootAdvice = Static<typeof RebootAdvice>;

export const RebootList = Type.Object(
  { advice: RebootAdvice, reboots: Type.Array(Reboot, { description: 'Newest first' }) },
  { $id: 'RebootList', additionalProperties: false },
);
export type RebootList = Static<typeof RebootList>;

export const RebootTold = Type.Object(
  {
    device: Type.Optional(RebootDevice),
    line: Type.Optional(Type.String({ minLength: 1, maxLength: 32 })),
  },
  { $id: 'RebootTold', additionalProperties: false },
);
export type RebootTold = Static<typeof RebootTold>;

export const RebootConfig = Type.Object(
  {
    afterMinutes: Type.Integer({
      title: 'After minutes',
      description: 'An outage must have lasted so long before a reboot of router or modem is advised',
      default: 3,
      minimum: 1,
      maximum: 120,
    }),
    mostPerDay: Type.Integer({
      title: 'At most a day',
      description: 'How often a reboot is advised within 24 hours; 0 means never',
      default: 2,
      minimum: 0,
      maximum: 24,
    }),
  },
  {
    title: 'Reboot adviser',
    description: 'Whether router or modem should be restarted, from what restarts did before',
    additionalProperties: false,
    default: {},
  },
);

declare module '../../../core/feature.ts' {
  interface ConfigSections {
    reboot: Static<typeof RebootConfig>;
  }
}

declare module '../../../core/bus.ts' {
  interface EventMap {
    /** A reboot is advised, is not any more, or the reason is another one. */
    'reboot.advised': RebootAdvice;
    'reboot.recorded': Pick<Reboot, 'at' | 'line' | 'device' | 'source'>;
  }
}
