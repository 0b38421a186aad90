import { type Static, Type } from 'typebox';

/** Section `http` of the configuration. */
export const HttpConfig = Type.Object(
  {
    host: Type.String({
      title: 'Listen on',
      description:
        'Address of this machine to listen on: "127.0.0.1" for this machine only, "0.0.0.0" for IPv4, "::" for IPv4 and IPv6',
      default: '127.0.0.1',
      minLength: 1,
      maxLength: 253,
      restart: true,
    }),
    port: Type.Integer({
      title: 'Port',
      description: 'TCP port of the dashboard and the API',
      default: 8080,
      minimum: 0,
      maximum: 65535,
      restart: true,
    }),
    allowedHosts: Type.Array(Type.String({ minLength: 1, maxLength: 253 }), {
      title: 'Further names',
      description:
        'Names this appliance is also reached by, for example behind a reverse proxy. Its own addresses, host name and host name.local are always allowed',
      default: [],
      maxItems: 32,
    }),
  },
  {
    $id: 'HttpConfig',
    title: 'Dashboard and API',
    description: 'Where the dashboard and the API are served',
    default: {},
    additionalProperties: false,
  },
);
export type HttpConfig = Static<typeof HttpConfig>;

declare module '../core/feature.ts' {
  interface ConfigSections {
    http: HttpConfig;
  }
}

/** What this room adds to the configuration, by top-level key. */
export const httpConfig = { http: HttpConfig } as const;
