/** SHA-256 and Ed25519 as files and links carry them. */
export interface Seals {
  /** False where this program cannot check Ed25519 at all (a browser of before 2025). */
  isAble(): Promise<boolean>;
  sha256(bytes: Uint8Array | string): Promise<string>;
  /** The short form of a public key that people compare: eight groups of four digits. */
  fingerprintOf(publicKey: string): Promise<string>;
  isSigned(publicKey: string, message: Uint8Array, signature: Uint8Array): Promise<boolean>;
  fromHex(hex: string): Uint8Array;
  /** Null for anything but the one way to write these bytes. */
  fromBase64(text: string): Uint8Array | null;
}

type Key = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

/** Needs only what browsers and Node share. Refers to nothing outside itself: verify.html carries its source. */
export function createSeals(): Seals {
  const algorithm = { name: 'Ed25519' };
  /** A device has one key, and a new one after its card was lost. */
  const keys = new Map<string, Promise<Key>>();

  const toHex = (bytes: Uint8Array) =>
    Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  const fromHex = (hex: string) =>
    Uint8Array.from(hex.match(/[0-9a-f]{2}/g) ?? [], (pair) => Number.parseInt(pair, 16));

  function fromBase64(text: string): Uint8Array | null {
    if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0) return null;
    const letters = atob(text);
    return btoa(letters) === text ? Uint8Array.from(letters, (letter) => letter.charCodeAt(0)) : null;
  }

  async function sha256(bytes: Uint8Array | string): Promise<string> {
    const data = typeof bytes === 'string' ? new TextEncoder().encode(bytes) : new Uint8Array(bytes);
    return toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', data)));
  }

  function keyOf(publicKey: string): Promise<Key> {
    const known = keys.get(publicKey);
    if (known !== undefined) return known;
    const key = crypto.subtle.importKey('raw', new Uint8Array(fromHex(publicKey)), algorithm, false, [
      'verify',
    ]);
    if (keys.size < 100) keys.set(publicKey, key); // a hostile file names as many as it likes
    return key;
  }

  async function isSigned(publicKey: string, message: Uint8Array, signature: Uint8Array): Promise<boolean> {
    if (signature.length !== 64) return false;
    try {
      const key = await keyOf(publicKey);
      return await crypto.subtle.verify(algorithm, key, new Uint8Array(signature), new Uint8Array(message));
    } catch {
      return false; // 32 bytes that are no point of the curve; who cannot check at all is told by isAble
    }
  }

  return {
    async isAble() {
      // RFC 8032 §7.1, test 1: the empty message.
      const publicKey = 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a';
      const signature =
        'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155' +
        '5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b';
      return isSigned(publicKey, new Uint8Array(0), fromHex(signature));
    },
    sha256,
    async fingerprintOf(publicKey) {
      const digest = await sha256(fromHex(publicKey));
      return (digest.slice(0, 32).toUpperCase().match(/.{4}/g) ?? []).join('-');
    },
    isSigned,
    fromHex,
    fromBase64,
  };
}
