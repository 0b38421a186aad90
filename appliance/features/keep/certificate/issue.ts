/**
 * Makes keys and certificates. Loading the library takes a third of a second and 20 MB, so this runs in a thread of its
 * own that ends with its work; import it nowhere else.
 */
import 'reflect-metadata'; // @peculiar/x509 needs it there first
import { createHash, createPrivateKey, KeyObject, randomBytes, type webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { encodeNameConstraints, nameConstraintsOid } from './name-constraints.ts';

/** A certificate and its private key, both PEM. */
export interface KeyPair {
  certificate: string;
  key: string;
}

export interface Validity {
  startsAtMs: number;
  endsAtMs: number;
}

export interface AuthorityOrder extends Validity {
  kind: 'authority';
  /** Of the box, so that several authorities can be told apart. */
  hostName: string;
  /** Domains and networks that it may vouch for. */
  allowed: readonly string[];
}

export interface LeafOrder extends Validity {
  kind: 'leaf';
  authority: KeyPair;
  /** The name that is shown. */
  subject: string;
  /** Names and addresses that browsers may know the box by. */
  names: readonly string[];
}

export type Order = AuthorityOrder | LeafOrder;

const curve = { name: 'ECDSA', namedCurve: 'P-256' };
const signingAlgorithm = { name: 'ECDSA', hash: 'SHA-256' };
/** ub-common-name, RFC 5280 appendix A. */
const commonNameLetters = 64;

export function issue(order: Order): Promise<KeyPair> {
  return order.kind === 'authority' ? issueAuthority(order) : issueLeaf(order);
}

async function issueAuthority({ hostName, allowed, startsAtMs, endsAtMs }: AuthorityOrder): Promise<KeyPair> {
  const keys = await makeKeys();
  // A name of its own for each key: clients mix authorities up whose names are the same.
  const mark = createHash('sha256')
    .update(await spkiOf(keys))
    .digest('hex')
    .slice(0, 6);
  const commonName = `Internet Stability Tracker on ${hostName}`.slice(0, commonNameLetters - 7);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: [{ CN: [`${commonName} ${mark}`] }],
    keys,
    signingAlgorithm,
    serialNumber: serialNumber(),
    notBefore: new Date(startsAtMs),
    notAfter: new Date(endsAtMs),
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      new Extension(nameConstraintsOid, true, encodeNameConstraints(allowed)),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: pem(certificate), key: keyPem(keys.privateKey) };
}

async function issueLeaf({ authority, subject, names, startsAtMs, endsAtMs }: LeafOrder): Promise<KeyPair> {
  const issuer = new X509Certificate(authority.certificate);
  const signingKey = createPrivateKey(authority.key).toCryptoKey(curve, false, ['sign']);
  const keys = await makeKeys();
  const certificate = await X509CertificateGenerator.create({
    subject: [{ CN: [subject.slice(0, commonNameLetters)] }],
    issuer: issuer.subjectName,
    publicKey: keys.publicKey,
    signingKey,
    signingAlgorithm,
    serialNumber: serialNumber(),
    notBefore: new Date(startsAtMs),
    notAfter: new Date(endsAtMs),
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension(
        names.map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value })),
      ),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      await AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  });
  return { certificate: pem(certificate), key: keyPem(keys.privateKey) };
}

async function makeKeys(): Promise<webcrypto.CryptoKeyPair> {
  return (await crypto.subtle.generateKey(curve, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair; // ECDSA makes pairs
}

async function spkiOf(keys: webcrypto.CryptoKeyPair): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.exportKey('spki', keys.publicKey));
}

/** RFC 5280 §4.1.2.2: positive and unguessable; the first byte keeps it from being negative or short. */
function serialNumber(): string {
  return `4${randomBytes(16).toString('hex').slice(1)}`;
}

function pem(certificate: X509Certificate): string {
  return `${certificate.toString('pem')}\n`;
}

function keyPem(key: webcrypto.CryptoKey): string {
  return KeyObject.from(key).export({ type: 'pkcs8', format: 'pem' }).toString();
}
