import { type Static, Type } from 'typebox';

export const LinkConfig = Type.Object(
  {
    findDevices: Type.Boolean({
      default: true,
      title: 'Look for devices',
      description:
        'Ping the addresses of the home network now and then, to find devices that show whether that network itself works',
    }),
  },
  { title: 'Link', additionalProperties: false, default: {} },
);
export type LinkConfig = Static<typeof LinkConfig>;

declare module '../../../core/feature.ts' {
  interface ConfigSections {
    link: LinkConfig;
  }
}
