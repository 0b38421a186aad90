import { type Static, Type } from 'typebox';

function fileFor(title: string, what: string) {
  return Type.Union([Type.String({ pattern: '^/', maxLength: 1024 }), Type.Null()], {
    title,
    description: `PEM file with ${what}, for tls: own. Read again when it changes`,
    default: null,
    expected: 'an absolute path, or null',
  });
}

/** Section `http` of the configuration. */
export const HttpConfig = Type.Object(
  {
    host: Type.String({
      title: 'Listen on',
      description:
        'Address of this machine to listen on: "::" for IPv4 and IPv6, "0.0.0.0" for IPv4, "127.0.0.1" for this machine only',
      default: '::',
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
    tls: Type.Union([Type.Literal('off'), Type.Literal('local'), Type.Literal('own')], {
      title: 'Encryption',
      description:
        'off: plain HTTP. local: HTTPS on the same port with a certificate of this box’s own authority, which devices install once (ist tls). own: HTTPS with your certificate. Plain requests are led to HTTPS then',
      default: 'off',
    }),
    tlsCertificateFile: fileFor('Certificate', 'your certificate and those between it and its root'),
    tlsKeyFile: fileFor('Private key', 'the key of your certificate, without a passphrase'),
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
