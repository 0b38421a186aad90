import { type Static, Type } from 'typebox';
import { nameServerPattern, nameServerWords } from './name-server-pattern.ts';

const auto = (what: string) =>
  Type.Union([Type.Literal('auto'), Type.String({ minLength: 1 })], { default: 'auto', description: what });

export const LineConfig = Type.Object(
  {
    name: Type.String({
      minLength: 1,
      maxLength: 32,
      pattern: '^[A-Za-z0-9][A-Za-z0-9_-]*$',
      description: 'Short name of the Internet connection',
    }),
    interface: auto('Network interface it leaves by, or auto: the one of the default route'),
    gateway: auto('Address of the router, or auto: from the default route'),
    ispHop: auto(
      "Address of the provider's first router, or auto: the first answering hop behind the gateway",
    ),
    ipv6: Type.Union([Type.Literal('auto'), Type.Literal('on'), Type.Literal('off')], {
      default: 'auto',
      description: 'auto: when there is an IPv6 default route',
    }),
  },
  { additionalProperties: false },
);
export type LineConfig = Static<typeof LineConfig>;

const intervalMs = Type.Integer({
  minimum: 20,
  maximum: 3_600_000,
  description: 'Milliseconds from one exchange to the next',
});

export const TargetConfig = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 64, description: 'What people call it' }),
    host: Type.String({ minLength: 1, maxLength: 253, description: 'Address or host name' }),
    host6: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 253,
        description: 'Its IPv6 address, where the host is an IPv4 address',
      }),
    ),
    method: Type.Optional(
      Type.Union([Type.Literal('icmp'), Type.Literal('tcp')], {
        description: 'icmp (default), or tcp: time a handshake',
      }),
    ),
    port: Type.Optional(Type.Integer({ minimum: 1, maximum: 65_535, description: 'For method tcp' })),
    intervalMs: Type.Optional(intervalMs),
    sizeBytes: Type.Optional(Type.Integer({ minimum: 16, maximum: 1472, description: 'ICMP payload' })),
    segment: Type.Optional(
      Type.Union([Type.Literal('anchor'), Type.Literal('custom')], {
        description: 'anchor (default): stands for the Internet; custom: watched on its own',
      }),
    ),
  },
  { additionalProperties: false },
);
export type TargetConfig = Static<typeof TargetConfig>;

export const sections = {
  lines: Type.Array(LineConfig, {
    title: 'Lines',
    description: 'One entry per Internet connection',
    minItems: 1,
    maxItems: 8,
    default: [{ name: 'main', interface: 'auto', gateway: 'auto', ispHop: 'auto', ipv6: 'auto' }],
  }),
  targets: Type.Array(TargetConfig, {
    title: 'Targets',
    description: 'Added to gateway, provider and resolvers, which are found automatically',
    maxItems: 2000,
    default: [
      { name: 'Cloudflare', host: '1.1.1.1', host6: '2606:4700:4700::1111' },
      { name: 'Google', host: '8.8.8.8', host6: '2001:4860:4860::8888' },
      { name: 'Quad9', host: '9.9.9.9', host6: '2620:fe::fe' },
    ],
  }),
  probing: Type.Object(
    {
      intervalMs: Type.Integer({ ...intervalMs, default: 1000 }),
      timeoutMs: Type.Integer({
        minimum: 50,
        maximum: 60_000,
        default: 1000,
        description: 'A reply after this counts as lost',
      }),
    },
    { title: 'Probing', additionalProperties: false, default: {} },
  ),
  dns: Type.Object(
    {
      resolvers: Type.Union(
        [Type.Literal('auto'), Type.Array(Type.String({ minLength: 2, maxLength: 64 }), { maxItems: 8 })],
        { default: 'auto', description: 'Addresses of name servers, or auto: those this machine uses' },
      ),
      names: Type.Array(Type.String({ minLength: 1, maxLength: 253 }), {
        minItems: 1,
        maxItems: 32,
        default: ['example.com', 'wikipedia.org', 'debian.org', 'python.org'],
        description: 'Names that resolvers are asked for',
      }),
      intervalMs: Type.Integer({
        minimum: 1000,
        maximum: 3_600_000,
        default: 10_000,
        description:
          'Milliseconds between two questions for the same name; a name server is asked for another one in between',
      }),
      pulseMs: Type.Integer({
        minimum: 1000,
        maximum: 3_600_000,
        default: 1000,
        description:
          'Milliseconds between two questions for the first name, which date when a name server began and ceased to answer',
      }),
      compare: Type.Array(
        Type.String({ maxLength: 300, pattern: nameServerPattern, expected: nameServerWords }),
        {
          maxItems: 8,
          default: [],
          description:
            'Further name servers that are asked as well, to compare with: they learn the names above. A server over tls or https is asked six times more seldom',
        },
      ),
    },
    { title: 'DNS', additionalProperties: false, default: {} },
  ),
};

declare module '../../../core/feature.ts' {
  interface ConfigSections {
    lines: Static<typeof sections.lines>;
    targets: Static<typeof sections.targets>;
    probing: Static<typeof sections.probing>;
    dns: Static<typeof sections.dns>;
  }
}
