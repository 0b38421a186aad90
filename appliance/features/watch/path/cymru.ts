/** The words of Team Cymru's IP-to-ASN mapping over DNS: what to ask and how to read the answers. */
import { cleanText } from '../../../core/clean-text.ts';
import { reverseLabels } from './reverse-name.ts';
import type { Network } from './schema.ts';

/** Registries write what they like; a table has room for this many bytes. */
const maxOwner = 80;

export function originName(address: string): string | null {
  const labels = reverseLabels(address);
  if (labels === null) return null;
  return `${labels}.${address.includes(':') ? 'origin6' : 'origin'}.asn.cymru.com`;
}

export const ownerName = (asn: number) => `AS${asn}.asn.cymru.com`;

/** '64500 64501 | 192.0.2.0/24 | DE | ripencc | 2001-01-01': of several origins the first, of several answers the longest prefix. */
export function readOrigin(answers: readonly string[]): Omit<Network, 'owner'> | null {
  const found = answers.flatMap((answer) => {
    const [origins = '', prefix = ''] = fieldsOf(answer);
    const asn = Number(origins.split(' ')[0]);
    return Number.isInteger(asn) && asn > 0 && /^[0-9a-fA-F.:]+\/\d{1,3}$/.test(prefix)
      ? [{ asn, prefix }]
      : [];
  });
  const bits = ({ prefix }: { prefix: string }) => Number(prefix.split('/')[1]);
  return found.sort((a, b) => bits(b) - bits(a))[0] ?? null;
}

/** '64500 | DE | ripencc | 2001-01-01 | EXAMPLE-AS Example Ltd, DE'. */
export function readOwner(answers: readonly string[]): string | null {
  const owner = fieldsOf(answers[0] ?? '')[4] ?? '';
  return cleanText(owner, maxOwner) || null;
}

/** Name servers' software gives a TXT with or without its quotes. */
const fieldsOf = (answer: string) =>
  answer
    .replace(/^"|"$/g, '')
    .split('|')
    .map((field) => field.trim());
