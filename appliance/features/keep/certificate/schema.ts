import { type Static, Type } from 'typebox';
import type { IdentitySource } from '../../../core/identity.ts';
import { IsoTime } from '../../../core/shapes.ts';

const Fingerprint = Type.String({
  description: 'SHA-256 of the certificate, as browsers show it: A1:B2:…',
  pattern: '^([0-9A-F]{2}:){31}[0-9A-F]{2}$',
});
const Wanted = Type.Union([Type.Literal('off'), Type.Literal('local'), Type.Literal('own')], {
  description: 'http.tls of the configuration',
});
const InUse = Type.Union([Type.Literal('none'), Type.Literal('local'), Type.Literal('own')], {
  description: 'What is shown to clients now; none: plain HTTP',
});

export const TlsCertificate = Type.Object(
  {
    subject: Type.String(),
    issuer: Type.String(),
    names: Type.Array(Type.String(), { description: 'Names and addresses that it is good for' }),
    uncovered: Type.Array(Type.String(), {
      description:
        'Names of this box that it is not good for; browsers warn when it is opened by one of them',
    }),
    fingerprint: Fingerprint,
    startsAt: IsoTime,
    endsAt: IsoTime,
    daysLeft: Type.Union([Type.Integer(), Type.Null()], {
      description: 'Whole days; null while the time is not known',
    }),
  },
  { $id: 'TlsCertificate', additionalProperties: false },
);
export type TlsCertificate = Static<typeof TlsCertificate>;

export const TlsAuthority = Type.Object(
  {
    name: Type.String({ description: 'As devices list it' }),
    fingerprint: Fingerprint,
    startsAt: IsoTime,
    endsAt: IsoTime,
    allowed: Type.Array(Type.String(), {
      description: 'Domains and networks that it may vouch for; nothing else is believed of it',
    }),
  },
  { $id: 'TlsAuthority', additionalProperties: false },
);
export type TlsAuthority = Static<typeof TlsAuthority>;

export const TlsStatus = Type.Object(
  {
    wanted: Wanted,
    inUse: InUse,
    notice: Type.Union([Type.String(), Type.Null()], {
      description: 'For people, while the connection is not encrypted',
    }),
    problem: Type.Union(
      [
        Type.Object({ code: Type.String(), message: Type.String() }, { additionalProperties: false }),
        Type.Null(),
      ],
      { description: 'Why it is not as it was asked for, or will not be for long' },
    ),
    certificate: Type.Union([TlsCertificate, Type.Null()]),
    authority: Type.Union([TlsAuthority, Type.Null()], {
      description: 'This box’s own authority, once it has one',
    }),
  },
  { $id: 'TlsStatus', additionalProperties: false, description: 'How this box proves who it is' },
);
export type TlsStatus = Static<typeof TlsStatus>;

export const TlsChanged = Type.Object(
  {
    at: IsoTime,
    wanted: Wanted,
    inUse: InUse,
    fingerprint: Type.Union([Fingerprint, Type.Null()]),
    problem: Type.Union([Type.String({ description: 'Its code' }), Type.Null()]),
  },
  { $id: 'TlsChanged', additionalProperties: false },
);

export interface CertificatePort extends IdentitySource {
  status(): TlsStatus;
}

declare module '../../../core/bus.ts' {
  interface EventMap {
    'tls.changed': Static<typeof TlsChanged>;
  }
}

declare module '../../../core/feature.ts' {
  interface FeaturePorts {
    certificate: CertificatePort;
  }
}
