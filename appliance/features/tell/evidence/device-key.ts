import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from 'node:crypto';
import { constants } from 'node:fs';
import { open, rename, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { AppError, messageOf } from '../../../core/errors.ts';

/** A PEM of Ed25519 has 119 bytes; what is much larger is something else. */
const maxKeyBytes = 4096;
const ownerOnly = 0o600;

/** The key of this box. The private half stays in its file and in here. */
export interface DeviceKey {
  /** Raw 32 bytes, hex. */
  publicKey: string;
  fingerprint: string;
  sign(message: Uint8Array): Uint8Array;
}

/** The key of a file, or null when there is none. Throws `DEVICE_KEY_UNREADABLE` for what is no key of ours. */
export async function readDeviceKey(path: string): Promise<DeviceKey | null> {
  try {
    // Non-blocking: a FIFO put in place of the file must not hang the start.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: unknown) => {
      if (codeOf(error) === 'ENOENT') return null;
      throw error;
    });
    if (file === null) return null;
    try {
      const facts = await file.stat();
      if (!facts.isFile()) throw new Error('it is not a regular file');
      if (facts.size > maxKeyBytes) throw new Error(`it has more than ${maxKeyBytes} bytes`);
      if ((facts.mode & 0o077) !== 0) await file.chmod(ownerOnly);
      return deviceKeyOf(createPrivateKey(await file.readFile('utf8')));
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw new AppError(
      'DEVICE_KEY_UNREADABLE',
      `The device key ${path} cannot be read: ${messageOf(cause)}`,
      {
        cause,
      },
    );
  }
}

/** Makes a key and its file; when it returns, the file is on the disk, for its owner alone. */
export async function makeDeviceKey(path: string): Promise<DeviceKey> {
  const { privateKey } = generateKeyPairSync('ed25519');
  const temporary = join(dirname(path), `.${basename(path)}.new`);
  try {
    await unlink(temporary).catch(() => undefined); // left by a power cut
    const file = await open(temporary, 'wx', ownerOnly);
    try {
      await file.writeFile(privateKey.export({ type: 'pkcs8', format: 'pem' }));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    const folder = await open(dirname(path), 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  } catch (cause) {
    throw new AppError(
      'DEVICE_KEY_UNWRITABLE',
      `The device key ${path} cannot be made: ${messageOf(cause)}`,
      {
        cause,
      },
    );
  }
  return deviceKeyOf(privateKey);
}

function deviceKeyOf(privateKey: KeyObject): DeviceKey {
  if (privateKey.asymmetricKeyType !== 'ed25519')
    throw new Error(`it holds a key of type ${privateKey.asymmetricKeyType}, not ed25519`);
  const { x = '' } = createPublicKey(privateKey).export({ format: 'jwk' });
  const raw = Buffer.from(x, 'base64url');
  return {
    publicKey: raw.toString('hex'),
    fingerprint: fingerprintOf(raw),
    sign: (message) => sign(null, message, privateKey),
  };
}

/** As `check/seals.ts` says it. */
export function fingerprintOf(publicKey: Uint8Array): string {
  const digest = createHash('sha256').update(publicKey).digest('hex').slice(0, 32).toUpperCase();
  return (digest.match(/.{4}/g) ?? []).join('-');
}

/** SubjectPublicKeyInfo (RFC 8410) as PEM, for openssl and whoever else checks by other means. */
export function publicKeyPem(publicKey: string): string {
  const x = Buffer.from(publicKey, 'hex').toString('base64url');
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  return key.export({ type: 'spki', format: 'pem' }).toString();
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
