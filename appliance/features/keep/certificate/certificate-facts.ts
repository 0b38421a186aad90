import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';

/** What a certificate says, as we need it. */
export interface CertificateFacts {
  /** Common names, or the whole name where there is none. */
  subject: string;
  issuer: string;
  /** One spelling each, addresses among them. */
  names: string[];
  /** SHA-256 of the whole certificate, in the spelling of browsers. */
  fingerprint: string;
  startsAtMs: number;
  endsAtMs: number;
}

/** Of a PEM text, the first certificate in it. */
export function factsOf(certificate: string): CertificateFacts {
  const parsed = new X509Certificate(certificate);
  return {
    subject: shortName(parsed.subject),
    issuer: shortName(parsed.issuer),
    names: alternativeNames(parsed.subjectAltName),
    fingerprint: parsed.fingerprint256,
    startsAtMs: parsed.validFromDate.getTime(),
    endsAtMs: parsed.validToDate.getTime(),
  };
}

/** Whether browsers would take the certificate for this name; wildcards count. */
export function covers(certificate: string, name: string): boolean {
  const parsed = new X509Certificate(certificate);
  return isIP(name) === 0
    ? parsed.checkHost(name, { subject: 'never' }) !== undefined
    : parsed.checkIP(name) !== undefined;
}

function shortName(name: string | undefined): string {
  return /^CN=(.+)$/m.exec(name ?? '')?.[1] ?? (name ?? '').replaceAll('\n', ', ');
}

/** Node writes `DNS:box.local, IP Address:192.168.1.2`; what holds a comma or a quote is quoted and no name of a host. */
function alternativeNames(text: string | undefined): string[] {
  return (text ?? '').split(', ').flatMap((entry) => {
    const [, name] = /^(?:DNS|IP Address):([^"]+)$/.exec(entry) ?? [];
    if (name === undefined) return [];
    return isIP(name) === 6 ? [new URL(`http://[${name}]/`).hostname.slice(1, -1)] : [name.toLowerCase()];
  });
}
