import { isIP } from 'node:net';
import type { NameReply } from '../../../core/network.ts';
import type { Family } from '../../../core/shapes.ts';
import { household } from './household.ts';
import { mix, seedOf } from './noise.ts';

/** Hosts that have addresses of their own; all others get one of those kept for documentation. */
const hosts: Readonly<Record<string, Record<Family, readonly string[]>>> = {
  'one.one.one.one': { ipv4: ['1.1.1.1'], ipv6: ['2606:4700:4700::1111'] },
  'dns.google': { ipv4: ['8.8.8.8'], ipv6: ['2001:4860:4860::8888'] },
  'dns9.quad9.net': { ipv4: ['9.9.9.9'], ipv6: ['2620:fe::fe'] },
};

const [gateway, ...inside] = [household.gateway.ipv4, ...household.hops.ipv4];
/** What routers and known hosts are called. */
const reverseNames: Readonly<Record<string, string>> = {
  [gateway]: 'router.home.arpa',
  [household.device]: 'nas.home.arpa',
  ...namesOf(inside, ['bng1.access.provider.example', 'core3.provider.example', 'ix1.exchange.example']),
  ...Object.fromEntries(
    Object.entries(hosts).flatMap(([name, { ipv4 }]) => ipv4.map((address) => [address, name])),
  ),
};

function namesOf(addresses: readonly string[], names: readonly string[]): Record<string, string> {
  return Object.fromEntries(addresses.map((address, index) => [address, names[index] ?? '']));
}

/** Twenty letters below a common ending: a name that nobody has registered. */
const madeUp = /^[a-z]{20}\.(com|net|org)$/;
/** Routers of the simulated path have lower numbers. */
const firstNumber = 50;
const perFamily = 200;

/** Addresses of a host, always the same; an address is itself; none where the name does not exist. */
export function addressesOf(host: string, family: Family): readonly string[] {
  const kind = isIP(host);
  if (kind !== 0) return (kind === 6) === (family === 'ipv6') ? [host] : [];
  const name = host.toLowerCase().replace(/\.$/, '');
  const known = hosts[name];
  if (known) return known[family];
  if (madeUp.test(name)) return [];
  const number = firstNumber + (mix(seedOf(name, 1), 0) % perFamily);
  return [family === 'ipv4' ? `198.51.100.${number}` : `2001:db8:90::${number.toString(16)}`];
}

/** What a name server that works knows of a name. */
export function answerTo(
  name: string,
  type: 'A' | 'AAAA' | 'TXT' | 'PTR',
): Pick<NameReply, 'outcome' | 'answers' | 'rcode'> {
  const nothing = { outcome: 'nxdomain' as const, answers: [], rcode: 3 }; // RFC 1035 §4.1.1
  if (type === 'TXT') return nothing;
  const answers = type === 'PTR' ? reverseOf(name) : addressesOf(name, type === 'A' ? 'ipv4' : 'ipv6');
  return answers.length === 0 ? nothing : { outcome: 'answer', answers: [...answers], rcode: 0 };
}

/** RFC 1035 §3.5: four numbers, the last one first. */
function reverseOf(name: string): readonly string[] {
  const labels = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\.in-addr\.arpa\.?$/.exec(name)?.slice(1) ?? [];
  const found = reverseNames[labels.reverse().join('.')];
  return found === undefined ? [] : [found];
}

export interface SimulatedPage {
  status: number;
  body: Uint8Array;
  /** What the server takes to find it, µs. */
  serverUs: number;
}

/** What a server has at an address. */
export function pageAt(url: URL): SimulatedPage {
  if (url.pathname.endsWith('/generate_204')) return { status: 204, body: new Uint8Array(), serverUs: 900 };
  const text = `<!doctype html><title>${url.hostname}</title><p>A page of the simulated Internet.\n`;
  return { status: 200, body: new TextEncoder().encode(text), serverUs: 4200 };
}

const nameServers: ReadonlySet<string> = new Set([
  ...household.resolvers,
  household.gateway.ipv4,
  ...Object.values(hosts).flatMap(({ ipv4, ipv6 }) => [...ipv4, ...ipv6]),
]);

/** The provider's servers, the router that asks them, and the well-known ones. */
export const isNameServer = (address: string) => nameServers.has(address);
