/** Which name servers there are: the network's, and those the owner listed to compare with. Pure. */
import { isIP } from 'node:net';
import type { NameQuestion } from '../../../core/network.ts';
import type { Family } from '../../../core/shapes.ts';
import type { LinkChanged, Target } from '../latency/schema.ts';
import type { NameServer } from './schema.ts';

/** A server and how it is reached. */
export interface AskedServer {
  server: NameServer;
  question: Pick<NameQuestion, 'address' | 'transport' | 'port' | 'serverName' | 'path' | 'interfaceName'>;
}

export interface LineOfServers {
  link: LinkChanged['lines'][number];
  /** Null: whatever the routing table says. */
  interfaceName: string | null;
}

/** Servers of one line at most, so that a broken resolv.conf does not become a flood. */
const maxServers = 16;

/** The network's servers first, in the order this machine would ask them. */
export function serversOf(
  { link, interfaceName }: LineOfServers,
  targets: readonly Pick<Target, 'line' | 'family'>[],
  compare: readonly string[],
): AskedServer[] {
  const families = new Set<Family>(['ipv4']);
  for (const { line, family } of targets) if (line === link.name) families.add(family);
  const bound = interfaceName === null ? {} : { interfaceName };
  const own = link.resolvers.flatMap((address): AskedServer[] => {
    const family = familyOf(address);
    if (family === null) return [];
    const role = link.gateways.includes(address) ? 'router' : 'system';
    const server = { id: address, line: link.name, address, family, transport: 'udp', role } as const;
    return [{ server, question: { address, transport: 'udp', ...bound } }];
  });
  const listed = compare.flatMap((text): AskedServer[] => {
    const parsed = parseServer(text);
    const family = parsed === null ? null : familyOf(parsed.question.address);
    if (parsed === null || family === null) return [];
    const { address, transport } = parsed.question;
    const server = {
      id: parsed.id,
      line: link.name,
      address,
      family,
      transport,
      role: 'configured',
    } as const;
    return [{ server, question: { ...parsed.question, ...bound } }];
  });
  const seen = new Set<string>();
  return [...own, ...listed]
    .filter(({ server }) => {
      const isNew = !seen.has(server.id) && families.has(server.family);
      seen.add(server.id);
      return isNew;
    })
    .slice(0, maxServers);
}

const transports = { 'udp:': 'udp', 'tcp:': 'tcp', 'tls:': 'tls', 'https:': 'https' } as const;

/** Reads an entry of `dns.compare`; null when it is none. The name of the certificate is no part of the id. */
export function parseServer(text: string): { id: string; question: AskedServer['question'] } | null {
  if (isIP(text) !== 0) return { id: text, question: { address: text, transport: 'udp' } };
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  const transport = Object.entries(transports).find(([protocol]) => protocol === url.protocol)?.[1];
  const address = url.hostname.replace(/^\[|\]$/g, '');
  if (transport === undefined || isIP(address) === 0) return null;
  return {
    id: text.replace(/#.*$/, ''),
    question: {
      address,
      transport,
      ...(url.port === '' ? {} : { port: Number(url.port) }),
      ...(url.hash === '' ? {} : { serverName: url.hash.slice(1) }),
      ...(transport === 'https' ? { path: `${url.pathname}${url.search}` } : {}),
    },
  };
}

/** Anchors that may be name servers as well, for the moment the line's own ones fail. */
export function controlsOf(
  { link, interfaceName }: LineOfServers,
  targets: readonly Pick<Target, 'line' | 'family' | 'segment' | 'address'>[],
  servers: readonly AskedServer[],
): AskedServer[] {
  const taken = new Set(servers.map(({ server }) => server.address));
  return targets
    .flatMap(({ line, family, segment, address }): AskedServer[] => {
      if (line !== link.name || segment !== 'anchor' || address === null || taken.has(address)) return [];
      taken.add(address);
      const server = { id: address, line, address, family, transport: 'udp', role: 'control' } as const;
      const bound = interfaceName === null ? {} : { interfaceName };
      return [{ server, question: { address, transport: 'udp', ...bound } }];
    })
    .slice(0, maxControls);
}

/** Of one line; those where nobody listens are found out at the first try. */
const maxControls = 12;

/** An IPv6 address may carry its zone. */
function familyOf(address: string): Family | null {
  const kind = isIP(address);
  return kind === 0 ? null : kind === 4 ? 'ipv4' : 'ipv6';
}
