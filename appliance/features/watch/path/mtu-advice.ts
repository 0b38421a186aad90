import type { PathMtu } from '../../../core/network.ts';
import type { Family } from '../../../core/shapes.ts';

export const standardMtu = 1500;

/** IP and TCP headers without options (RFC 9293 §3.7.1). */
const headers = { ipv4: 40, ipv6: 60 } as const;

export function mssOf(mtu: number | null, family: Family): number | null {
  return mtu === null ? null : mtu - headers[family];
}

/** What to make of a path MTU. `others`: whether full-size packets are known to pass to somebody else. */
export function adviceFor({ mtu, verdict, from }: PathMtu, family: Family, others: boolean): string {
  switch (verdict) {
    case 'full':
      return `Packets of ${mtu} bytes pass. Nothing to do.`;
    case 'told':
      return `Packets of more than ${mtu} bytes do not fit, and ${from ?? 'this box itself'} says so, as it should. Nothing to do; a router may also limit TCP segments to ${mssOf(mtu, family)} bytes.`;
    case 'unanswered':
      return 'It does not answer pings, or too few to tell.';
    case 'black-hole':
      return others
        ? `Packets of more than ${mtu} bytes vanish on the way to this host, while they pass to others: it may not answer large pings.`
        : `Packets of more than ${mtu} bytes vanish without a word: some pages and downloads will hang. Set the MTU of the router's line to ${mtu}, or let it limit TCP segments to ${mssOf(mtu, family)} bytes (MSS clamping), and tell the provider.`;
  }
}
