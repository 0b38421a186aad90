import { type Static, Type } from 'typebox';

export const sections = {
  path: Type.Object(
    {
      intervalMinutes: Type.Integer({
        minimum: 1,
        maximum: 1440,
        default: 15,
        description: 'Minutes from one trace to the next of the same anchor, while nothing happens',
      }),
    },
    { title: 'Path', additionalProperties: false, default: {} },
  ),
};

declare module '../../../core/feature.ts' {
  interface ConfigSections {
    path: Static<typeof sections.path>;
  }
}
