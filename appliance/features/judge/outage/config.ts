import { type Static, Type } from 'typebox';

export const sections = {
  outages: Type.Object(
    {
      shortestMs: Type.Integer({
        minimum: 500,
        maximum: 60_000,
        default: 1200,
        description:
          'Silence of everything that stands for the Internet that counts as an outage, milliseconds',
      }),
      lossPercent: Type.Number({
        minimum: 1,
        maximum: 50,
        default: 5,
        description:
          'Lost packets that count as a degradation, per cent; at least four times what is normal here',
      }),
      addedMs: Type.Number({
        minimum: 5,
        maximum: 2000,
        default: 30,
        description:
          'Longer answers that count as a degradation, milliseconds; at least half of what is normal here',
      }),
    },
    {
      title: 'Outages',
      description: 'What counts as an outage or a degradation',
      additionalProperties: false,
      default: {},
    },
  ),
};

declare module '../../../core/feature.ts' {
  interface ConfigSections {
    outages: Static<typeof sections.outages>;
  }
}
