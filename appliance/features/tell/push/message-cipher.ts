import { createCipheriv, createECDH, hkdfSync, randomBytes } from 'node:crypto';

/** What a browser gives out when it subscribes, base64url. */
export interface BrowserKeys {
  /** A point of P-256, uncompressed. */
  p256dh: string;
  /** 16 bytes that the carrier does not know. */
  auth: string;
}

const recordBytes = 4096;
const tagBytes = 16;
const headerBytes = 16 + 4 + 1 + 65;
/** What fits into the one record that RFC 8291 §4 allows, with the byte that ends it. */
const longestMessage = recordBytes - headerBytes - tagBytes - 1;
/** So that the length does not tell an outage from its end. */
const paddedBytes = 1024;

/** Encrypts at most `longestMessage` bytes for one browser: RFC 8291, RFC 8188. `own` is for tests of known answers alone. */
export function encryptMessage(
  message: Uint8Array,
  { p256dh, auth }: BrowserKeys,
  own: { salt: Buffer; privateKey: Buffer; padTo?: number } | null = null,
): Buffer {
  if (message.length > longestMessage) throw new RangeError(`${message.length} bytes fit into no record`);
  const exchange = createECDH('prime256v1');
  if (own) exchange.setPrivateKey(own.privateKey);
  else exchange.generateKeys();
  const ours = exchange.getPublicKey();
  const theirs = Buffer.from(p256dh, 'base64url');
  const salt = own?.salt ?? randomBytes(16);
  const secret = exchange.computeSecret(theirs);
  // RFC 8291 §3.4
  const info = Buffer.concat([Buffer.from('WebPush: info\0'), theirs, ours]);
  const material = derive(secret, Buffer.from(auth, 'base64url'), info, 32);
  // RFC 8188 §2.2 and §2.3
  const key = derive(material, salt, Buffer.from('Content-Encoding: aes128gcm\0'), 16);
  const nonce = derive(material, salt, Buffer.from('Content-Encoding: nonce\0'), 12);
  const cipher = createCipheriv('aes-128-gcm', key, nonce);
  const padding = Buffer.alloc(Math.max(0, (own?.padTo ?? paddedBytes) - message.length));
  const plain = Buffer.concat([message, Buffer.of(2), padding]); // RFC 8188 §2: 2 ends the last record
  const header = Buffer.alloc(5);
  header.writeUInt32BE(recordBytes);
  header.writeUInt8(ours.length, 4);
  return Buffer.concat([salt, header, ours, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

function derive(material: Buffer, salt: Buffer, info: Buffer, bytes: number): Buffer {
  return Buffer.from(hkdfSync('sha256', material, salt, info, bytes));
}

/** Whether a message can be encrypted for these keys: the point must lie on the curve. */
export function areUsable({ p256dh, auth }: BrowserKeys): boolean {
  if (Buffer.from(p256dh, 'base64url').length !== 65 || Buffer.from(auth, 'base64url').length !== 16)
    return false;
  try {
    const exchange = createECDH('prime256v1');
    exchange.generateKeys();
    exchange.computeSecret(Buffer.from(p256dh, 'base64url'));
    return true;
  } catch {
    return false; // not a point of the curve; node says it by throwing
  }
}
