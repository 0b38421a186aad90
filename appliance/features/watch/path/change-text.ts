import type { Target } from '../latency/schema.ts';
import type { KnownPath } from './known-path.ts';

const said = (addresses: readonly string[] | undefined) =>
  addresses === undefined || addresses.length === 0 ? null : addresses.slice(0, 2).join(' or ');

/** "From hop 4 on another way to Cloudflare over IPv6: by 2001:db8::9 in place of 2001:db8::2; 9 hops, before it were 8." */
export function changeText(
  { name, family }: Pick<Target, 'name' | 'family'>,
  { before, after, firstDifferentTtl }: { before: KnownPath; after: KnownPath; firstDifferentTtl: number },
): string {
  const over = family === 'ipv6' ? ' over IPv6' : '';
  const old = said(before.hops[firstDifferentTtl - 1]);
  const now = said(after.hops[firstDifferentTtl - 1]);
  const by = now === null || now === old ? '' : old === null ? `by ${now}` : `by ${now} in place of ${old}`;
  const length =
    after.hops.length === before.hops.length
      ? ''
      : `${after.hops.length} hops, before it were ${before.hops.length}`;
  const details = [by, length].filter(Boolean).join('; ');
  return `From hop ${firstDifferentTtl} on another way to ${name}${over}${details === '' ? '' : `: ${details}`}.`;
}
