import { X509Certificate } from 'node:crypto';
import { RawReply, type Route, route } from '../../../core/feature.ts';
import { TlsStatus } from './schema.ts';
import type { CertificateService } from './service.ts';

const tag = 'TLS';
/** What iOS, Android and Firefox offer to install. */
const certificateType = 'application/x-x509-ca-cert';

export function certificateRoutes(service: CertificateService): Route[] {
  // Public by nature, and wanted by devices that cannot trust the box yet: they compare the fingerprint.
  const download = { method: 'GET', scope: 'open', isBeforeClaim: true, isAlsoPlain: true, tag } as const;
  return [
    route({
      method: 'GET',
      path: '/api/tls',
      scope: 'read',
      tag,
      summary: 'Whether the port speaks TLS, with which certificate, and until when',
      response: TlsStatus,
      handle: () => service.status(),
    }),
    route({
      ...download,
      path: '/api/tls/ca.pem',
      summary:
        'The certificate of this box’s own authority, PEM: to be installed where the box shall be trusted',
      response: { contentType: certificateType },
      handle: () => new RawReply(certificateType, service.authorityPem()),
    }),
    route({
      ...download,
      path: '/api/tls/ca.der',
      aliases: ['/api/tls/ca.crt'],
      summary: 'The same, DER, which telephones want',
      response: { contentType: certificateType },
      handle: () => new RawReply(certificateType, new X509Certificate(service.authorityPem()).raw),
    }),
    route({
      method: 'POST',
      path: '/api/tls/ca',
      scope: 'admin',
      asksPassword: true,
      tag,
      summary: 'Make a new authority for the names that the box has now; every device must install it anew',
      response: TlsStatus,
      handle: () => service.replaceAuthority(),
    }),
  ];
}
