/** What DHCP clients write down about their leases. Most of it was sent by a stranger: every value is checked. */
import { isIPv4 } from 'node:net';

export interface LeaseText {
  address: string | null;
  server: string | null;
  /** From the moment the file was written; null where it does not say. */
  lifetimeSeconds: number | null;
}

const addressOf = (text: string | undefined) => (text !== undefined && isIPv4(text) ? text : null);

/** RFC 2131 §3.3: all ones is for ever, which has no end to tell. */
const forEver = 0xffff_ffff;

/** `KEY=VALUE` lines of systemd-networkd and of NetworkManager's own client. */
export function parseKeyedLease(text: string): LeaseText | null {
  const values = new Map(
    text.split('\n').flatMap((line): [string, string][] => {
      const found = /^([A-Z_0-9]{1,32})=(\S{1,64})\s*$/.exec(line);
      return found ? [[found[1] ?? '', found[2] ?? '']] : [];
    }),
  );
  const address = addressOf(values.get('ADDRESS'));
  if (address === null) return null;
  const lifetime = Number(values.get('LIFETIME'));
  const hasEnd = Number.isInteger(lifetime) && lifetime > 0 && lifetime < forEver;
  return {
    address,
    server: addressOf(values.get('SERVER_ADDRESS')),
    lifetimeSeconds: hasEnd ? lifetime : null,
  };
}

/** RFC 2131 §2 and RFC 2132: the fixed part of a message, the options we read. */
const message = { yiaddr: 16, cookie: 236, options: 240 } as const;
const magicCookie = 0x6382_5363;
const option = { pad: 0, leaseTime: 51, serverIdentifier: 54, end: 255 } as const;

/** The DHCP answer itself, as dhcpcd keeps it. */
export function parseDhcpMessage(bytes: Uint8Array): LeaseText | null {
  if (bytes.length < message.options) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.getUint32(message.cookie) !== magicCookie) return null;
  const ipv4At = (at: number) => [0, 1, 2, 3].map((i) => bytes[at + i]).join('.');
  const lease: LeaseText = { address: ipv4At(message.yiaddr), server: null, lifetimeSeconds: null };
  for (let at: number = message.options; at < bytes.length; ) {
    const code = bytes[at] ?? option.end;
    if (code === option.end) break;
    const length = code === option.pad ? 0 : (bytes[at + 1] ?? 0);
    const start = code === option.pad ? at + 1 : at + 2;
    if (start + length > bytes.length) break; // cut off: what came before still holds
    if (code === option.serverIdentifier && length === 4) lease.server = ipv4At(start);
    if (code === option.leaseTime && length === 4) {
      const seconds = view.getUint32(start);
      lease.lifetimeSeconds = seconds === forEver || seconds === 0 ? null : seconds;
    }
    at = start + length;
  }
  return lease.address === '0.0.0.0' ? null : lease;
}

export interface DhclientLease {
  interfaceName: string;
  address: string | null;
  server: string | null;
  expiresAtMs: number | null;
}

/** dhclient.leases(5): the file only grows, so of each interface the last block counts. */
export function parseDhclient(text: string): DhclientLease[] {
  const newest = new Map<string, DhclientLease>();
  let block: string[] | null = null;
  for (const line of text.split('\n').map((each) => each.trim())) {
    if (line === 'lease {') block = [];
    else if (line === '}' && block !== null) {
      const lease = dhclientBlock(block);
      if (lease) newest.set(lease.interfaceName, lease);
      block = null;
    } else block?.push(line);
  }
  return [...newest.values()];
}

function dhclientBlock(lines: readonly string[]): DhclientLease | null {
  const find = (pattern: RegExp) => {
    for (const line of lines) {
      const value = pattern.exec(line)?.[1];
      if (value !== undefined) return value;
    }
    return undefined;
  };
  const interfaceName = find(/^interface "([^"\s]{1,15})";$/);
  const address = addressOf(find(/^fixed-address ([\d.]{7,15});$/));
  if (interfaceName === undefined || address === null) return null;
  const server = addressOf(find(/^option dhcp-server-identifier ([\d.]{7,15});$/));
  return { interfaceName, address, server, expiresAtMs: dhclientTime(find(/^expire (.{1,64}?);/)) };
}

/** `2 2026/11/24 12:00:00` in UTC, `epoch 1795521600`, or `never`. */
function dhclientTime(text: string | undefined): number | null {
  const epoch = /^epoch (\d{1,12})$/.exec(text ?? '')?.[1];
  if (epoch !== undefined) return Number(epoch) * 1000;
  const found = /^\d (\d{4})\/(\d\d)\/(\d\d) (\d\d:\d\d:\d\d)$/.exec(text ?? '');
  if (!found) return null;
  const atMs = Date.parse(`${found[1]}-${found[2]}-${found[3]}T${found[4]}Z`);
  return Number.isNaN(atMs) ? null : atMs;
}
