import { readFile } from 'node:fs/promises';
import { isIPv4 } from 'node:net';
import { join } from 'node:path';
import type { RawNeighbour } from '../../native/index.d.ts';
import type { Neighbour } from '../core/network.ts';
import { loadAddon } from './addon.ts';

/** NUD_* of linux/neighbour.h. NUD_NOARP is not among them: multicast groups and tunnels have no neighbours to ask. */
const states: ReadonlyMap<number, Neighbour['state']> = new Map([
  [0x00, 'none'],
  [0x01, 'incomplete'],
  [0x02, 'reachable'],
  [0x04, 'stale'],
  [0x08, 'delay'],
  [0x10, 'probe'],
  [0x20, 'failed'],
  [0x80, 'permanent'],
]);
/** NTF_ROUTER. */
const routerFlag = 0x80;
/** ATF_COM and ATF_PERM of linux/if_arp.h. */
const arpFlags = { complete: 0x02, permanent: 0x04 } as const;
/** As many as the addon gives. */
const maxEntries = 2048;

/** The addon's entries in the words of the port; link-local addresses get their interface as zone. */
export function toNeighbours(entries: readonly RawNeighbour[]): Neighbour[] {
  return entries.flatMap(({ family, interfaceName, address, mac, state, flags }) => {
    const name = states.get(state);
    if (name === undefined) return [];
    return {
      family: family === 4 ? 'ipv4' : 'ipv6',
      interfaceName,
      address: address.startsWith('fe80:') ? `${address}%${interfaceName}` : address,
      mac: mac === '' ? null : mac,
      state: name,
      isRouter: (flags & routerFlag) !== 0,
    };
  });
}

/** /proc/net/arp: IPv4 alone, and it does not say how long ago an entry was confirmed. */
export function parseArp(text: string): Neighbour[] {
  const rows = text.split('\n').slice(1, 1 + maxEntries);
  return rows.flatMap((row): Neighbour[] => {
    const [address = '', , flagText = '', mac = '', , interfaceName] = row.trim().split(/\s+/);
    const flags = Number(flagText);
    if (!isIPv4(address) || interfaceName === undefined || !Number.isInteger(flags)) return [];
    const isComplete = (flags & arpFlags.complete) !== 0;
    const known = (flags & arpFlags.permanent) !== 0 ? 'permanent' : 'stale';
    return [
      {
        family: 'ipv4',
        interfaceName,
        address,
        mac: isComplete ? mac.toLowerCase() : null,
        state: isComplete ? known : 'incomplete',
        isRouter: false,
      },
    ];
  });
}

/** The neighbour tables as they stand now; from /proc/net/arp where the addon cannot read them. */
export async function readNeighbours(root = '/'): Promise<Neighbour[]> {
  if (root === '/') {
    try {
      return toNeighbours(loadAddon().neighbours());
    } catch {
      // no addon, or a sandbox that forbids netlink: the text table says the most important half
    }
  }
  return parseArp(await readFile(join(root, 'proc/net/arp'), 'latin1').catch(() => ''));
}
