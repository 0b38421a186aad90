/** The certificate that the owner brings: http.tls: own. */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { toIso } from '../../../core/clock.ts';
import { AppError, messageOf } from '../../../core/errors.ts';
import type { TlsIdentity } from '../../../core/identity.ts';
import { codeOf, readBounded } from './own-files.ts';

/** A chain of five certificates with long lists of names has 20 kB. */
const maxFileBytes = 256 * 1024;

export interface OwnersFiles {
  certificateFile: string | null;
  keyFile: string | null;
}

/** Reads both files and checks that a browser could be served with them; `nowMs` is null while the time is unknown. */
export async function readOwnersCertificate(files: OwnersFiles, nowMs: number | null): Promise<TlsIdentity> {
  const certificatePlace = placeOf('http.tlsCertificateFile', files.certificateFile);
  const keyPlace = placeOf('http.tlsKeyFile', files.keyFile);
  const certificate = await readText(certificatePlace);
  const key = await readText(keyPlace);
  const [certificateAt, keyAt] = [certificatePlace.at, keyPlace.at];
  const leaf = parseCertificate(certificateAt, certificate);
  const privateKey = parseKey(keyAt, key);
  if (!leaf.checkPrivateKey(privateKey)) {
    throw refuse(
      'TLS_KEY_MISMATCH',
      `${keyAt} holds the key of another certificate than the first one in ${certificateAt}`,
    );
  }
  if (nowMs !== null) checkTime(certificateAt, leaf, nowMs);
  try {
    createSecureContext({ cert: certificate, key });
  } catch (cause) {
    throw refuse('TLS_CERTIFICATE_UNUSABLE', `${certificateAt} cannot be used: ${messageOf(cause)}`, cause);
  }
  return { certificate, key, isOwn: true };
}

interface Place {
  path: string;
  /** The setting and its file, as messages name them. */
  at: string;
}

function placeOf(setting: string, path: string | null): Place {
  if (path !== null) return { path, at: `${setting} (${path})` };
  throw refuse('TLS_FILE_MISSING', `${setting} names no file, which http.tls: own needs`);
}

async function readText({ path, at }: Place): Promise<string> {
  try {
    return await readBounded(path, maxFileBytes);
  } catch (cause) {
    const code = codeOf(cause);
    if (code === 'ENOENT') throw refuse('TLS_FILE_MISSING', `${at} does not exist`, cause);
    if (code === 'EACCES' || code === 'EPERM') {
      throw refuse('TLS_FILE_UNREADABLE', `${at} may not be read by the user of the service`, cause);
    }
    throw refuse('TLS_FILE_UNREADABLE', `${at} cannot be read: ${messageOf(cause)}`, cause);
  }
}

function parseCertificate(at: string, text: string): X509Certificate {
  if (!text.includes('-----BEGIN CERTIFICATE-----')) {
    throw refuse('TLS_CERTIFICATE_UNUSABLE', `${at} holds no certificate in PEM form`);
  }
  try {
    return new X509Certificate(text);
  } catch (cause) {
    throw refuse('TLS_CERTIFICATE_UNUSABLE', `${at} holds a damaged certificate: ${messageOf(cause)}`, cause);
  }
}

function parseKey(at: string, text: string): KeyObject {
  // PKCS #8 and the older form of OpenSSL; asking it would be to be asked for the passphrase.
  if (/^(-----BEGIN ENCRYPTED PRIVATE KEY-----|Proc-Type: 4,ENCRYPTED)/m.test(text)) {
    throw refuse('TLS_KEY_UNUSABLE', `${at} is protected by a passphrase; the service needs it without`);
  }
  try {
    return createPrivateKey(text);
  } catch (cause) {
    // What OpenSSL says of a wrong key never holds any of it.
    throw refuse('TLS_KEY_UNUSABLE', `${at} holds no private key in PEM form: ${messageOf(cause)}`, cause);
  }
}

function checkTime(at: string, { validFromDate, validToDate }: X509Certificate, nowMs: number): void {
  const day = (date: Date) => toIso(date.getTime()).slice(0, 10);
  if (validToDate.getTime() <= nowMs) {
    throw refuse('TLS_CERTIFICATE_EXPIRED', `${at} ended on ${day(validToDate)}; renew it`);
  }
  if (validFromDate.getTime() > nowMs) {
    throw refuse('TLS_CERTIFICATE_TOO_NEW', `${at} begins only on ${day(validFromDate)}`);
  }
}

function refuse(code: string, message: string, cause?: unknown): AppError {
  return new AppError(code, message, { status: 409, ...(cause === undefined ? {} : { cause }) });
}
