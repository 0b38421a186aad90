import { isIP } from 'node:net';

/** The eight groups of an IPv6 address as 32 hexadecimal digits. */
function nibblesOf(address: string): string {
  const [head = '', tail] = address.split('::');
  const groups = (part: string) => (part === '' ? [] : part.split(':'));
  const left = groups(head);
  const right = tail === undefined ? [] : groups(tail);
  const missing = new Array<string>(8 - left.length - right.length).fill('0');
  return [...left, ...missing, ...right].map((group) => group.padStart(4, '0')).join('');
}

/**
 * The labels of an address in reverse, without the suffix: '1.2.0.192' (RFC 1035 §3.5), or nibbles (RFC 3596 §2.5).
 * Null for what has no such name: text that is no address, or an address with a zone.
 */
export function reverseLabels(address: string): string | null {
  const kind = isIP(address);
  if (kind === 4) return address.split('.').reverse().join('.');
  if (kind !== 6 || address.includes('%') || address.includes('.')) return null;
  return [...nibblesOf(address.toLowerCase())].reverse().join('.');
}

/** The name to ask PTR for. */
export function reverseName(address: string): string | null {
  const labels = reverseLabels(address);
  if (labels === null) return null;
  return `${labels}.${address.includes(':') ? 'ip6.arpa' : 'in-addr.arpa'}`;
}

/** A name as it may be shown: whoever owns an address writes into its reverse name what he likes. */
export function cleanHostName(text: string): string | null {
  const name = text.replace(/\.$/, '');
  return /^[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,251}[A-Za-z0-9_])?$/.test(name) ? name : null;
}
