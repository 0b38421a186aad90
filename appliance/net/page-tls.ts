import { isIP, type Socket } from 'node:net';
import { connect, type PeerCertificate, type TLSSocket } from 'node:tls';
import { cleanText } from '../core/clean-text.ts';

/** Signed by nobody known, or valid for another host: what a portal in between shows. An expired one is its owner's. */
const foreignCodes = new Set([
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);
const maxWords = 160;

export interface Secured {
  socket: TLSSocket;
  /** Null when the certificate is believed. */
  problem: { text: string; isForeign: boolean } | null;
}

/** Makes a connection secure. A certificate that is not believed is told and not thrown: nothing must be sent then. */
export function secure(
  raw: Socket,
  { host, ca }: { host: string; ca?: string | undefined },
): Promise<Secured> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      socket: raw,
      // Without a name the certificate must carry the address; RFC 6066 §3 forbids addresses in the handshake's name.
      host,
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ...(ca === undefined ? {} : { ca }),
      ALPNProtocols: ['http/1.1'],
      // Judged below, where it can still be seen whose certificate it is.
      rejectUnauthorized: false,
    });
    socket.once('secureConnect', () => resolve({ socket, problem: problemOf(socket) }));
    socket.on('error', reject);
    socket.once('close', () =>
      reject(Object.assign(new Error('closed while agreeing on TLS'), { code: 'EPROTO' })),
    );
  });
}

function problemOf(socket: TLSSocket): Secured['problem'] {
  if (socket.authorized) return null;
  const reason: unknown = socket.authorizationError; // typed as Error, but it is the code
  const code = reason instanceof Error ? reason.message : String(reason);
  return { text: `${code}: ${ownerOf(socket.getPeerCertificate())}`, isForeign: foreignCodes.has(code) };
}

/** Written by whoever sits there. */
function ownerOf({ subject, issuer, subjectaltname }: PeerCertificate): string {
  const names = subjectaltname ?? [subject?.CN ?? 'nobody'].flat().join(' ');
  const signer = [issuer?.O ?? issuer?.CN ?? 'nobody'].flat().join(' ');
  return cleanText(`for ${names}, signed by ${signer}`, maxWords);
}
