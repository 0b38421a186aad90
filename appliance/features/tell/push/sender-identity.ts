import { createPrivateKey, generateKeyPairSync, type JsonWebKey, type KeyObject, sign } from 'node:crypto';
import { Secret } from '../../../core/secret.ts';

/**
 * Carriers ask for an address of whoever sends. Who owns this box is none of their business, and some refuse a token
 * without one; this name belongs to nobody (RFC 2606).
 */
const contact = 'mailto:nobody@example.org';
/** RFC 8292 §2: at most 24 hours. Half of that forgives a clock that is not quite right. */
const validSeconds = 12 * 3600;

/** Proves to carriers that messages come from whom the browser has subscribed to: RFC 8292. */
export class SenderIdentity {
  readonly #key: KeyObject;
  /** What a browser is told when it subscribes: the point, uncompressed, base64url. */
  readonly publicKey: string;

  constructor(privateKey: Secret) {
    this.#key = createPrivateKey(privateKey.reveal());
    const { x = '', y = '' }: JsonWebKey = this.#key.export({ format: 'jwk' });
    this.publicKey = Buffer.concat([
      Buffer.of(4),
      Buffer.from(x, 'base64url'),
      Buffer.from(y, 'base64url'),
    ]).toString('base64url');
  }

  /** As PEM. */
  static newKey(): Secret {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    return new Secret(privateKey.export({ format: 'pem', type: 'pkcs8' }).toString());
  }

  /** The header for one carrier, which is named in it, so that it is worth nothing at another. */
  authorization(carrier: string, nowMs: number): Secret {
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const head = encode({ typ: 'JWT', alg: 'ES256' });
    const claims = encode({ aud: carrier, exp: Math.floor(nowMs / 1000) + validSeconds, sub: contact });
    const signature = sign('sha256', Buffer.from(`${head}.${claims}`), {
      key: this.#key,
      dsaEncoding: 'ieee-p1363', // RFC 7518 §3.4
    });
    return new Secret(`vapid t=${head}.${claims}.${signature.toString('base64url')}, k=${this.publicKey}`);
  }
}
