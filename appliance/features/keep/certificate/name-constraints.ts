/** The extension of an authority that says for whom it may vouch; RFC 5280 §4.2.1.10. */
import { isIP } from 'node:net';

export const nameConstraintsOid = '2.5.29.30';

const sequence = 0x30;
/** permittedSubtrees [0], constructed */
const permittedSubtrees = 0xa0;
/** dNSName [2] and iPAddress [7] of a GeneralName */
const domainTag = 0x82;
const addressTag = 0x87;

/** DER of NameConstraints for domains (`local`) and networks (`10.0.0.0/8`). */
export function encodeNameConstraints(allowed: readonly string[]): Uint8Array<ArrayBuffer> {
  const subtrees = allowed.map((entry) => {
    const [address = '', bits] = entry.split('/');
    const base = bits === undefined ? domain(entry) : der(addressTag, networkBytes(address, Number(bits)));
    return der(sequence, base);
  });
  return der(sequence, der(permittedSubtrees, ...subtrees));
}

function domain(name: string): Uint8Array {
  return der(domainTag, new TextEncoder().encode(name));
}

/** The address and then its mask, 8 bytes or 32. */
function networkBytes(address: string, bits: number): Uint8Array {
  const bytes = isIP(address) === 4 ? address.split('.').map(Number) : ipv6Bytes(address);
  const mask = bytes.map((_, index) => (0xff00 >> Math.min(8, Math.max(0, bits - 8 * index))) & 0xff);
  return Uint8Array.from([...bytes, ...mask]);
}

function ipv6Bytes(address: string): number[] {
  const [head = '', tail] = address.split('::');
  const groups = (text: string) =>
    text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
  const before = groups(head);
  const after = groups(tail ?? '');
  const zeros = new Array<number>(8 - before.length - after.length).fill(0);
  return [...before, ...zeros, ...after].flatMap((group) => [group >> 8, group & 0xff]);
}

/** X.690 §8.1: tag, length, contents. */
function der(tag: number, ...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  if (length > 0xffff) throw new RangeError(`${length} bytes are too long for a name constraint`);
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  const bytes = new Uint8Array(1 + size.length + length);
  bytes.set([tag, ...size]);
  let at = 1 + size.length;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
