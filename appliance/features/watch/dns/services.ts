import { monthly, type OutsideService } from '../../../core/calling.ts';
import type {} from '../latency/schema.ts'; // the sections "dns" and "lines"
import { parseServer } from './name-servers.ts';

/** A question with its answer; over TLS with a new connection for each, and so much more seldom. */
const bytes = { plain: 200, encrypted: 6000 } as const;
const encryptedFactor = 6;
/** What a network usually gives: the router, and a second one of the provider. */
const usualServers = 2;
/** A name server is a target as well: one ping a second, and the pulse. */
const pingBytes = 2 * 84;
const leastPaceMs = 1000;

/** From one question to a server to the next. */
const paceOf = ({ intervalMs, names }: { intervalMs: number; names: readonly string[] }) =>
  Math.max(leastPaceMs, intervalMs / names.length);

export const dnsServices: readonly OutsideService[] = [
  {
    kind: 'probing',
    id: 'nameServers',
    name: 'Your name servers',
    purpose: 'Whether names are resolved, how fast, and whether the answers can be true',
    learns:
      'The names of dns.names and of the hosts you configure, and the addresses of routers on the path whose names are looked up',
    protocol: 'DNS, ICMP echo',
    setting: 'dns.resolvers',
    hosts: ({ dns: { resolvers } }) =>
      resolvers === 'auto' ? ['those that your network gives this box'] : resolvers,
    bytesPerMonth: ({ lines, dns }) => {
      const servers = dns.resolvers === 'auto' ? usualServers : dns.resolvers.length;
      const questions = monthly(bytes.plain, paceOf(dns)) + monthly(bytes.plain, dns.pulseMs);
      return lines.length * servers * (questions + monthly(pingBytes, 1000));
    },
  },
  {
    kind: 'probing',
    id: 'comparedNameServers',
    name: 'Name servers to compare with',
    purpose: 'Tell trouble of your name servers from trouble of all of them',
    learns: 'The public address of this house and the names of dns.names',
    protocol: 'DNS over UDP, TCP, TLS or HTTPS',
    setting: 'dns.compare',
    hosts: ({ dns }) => dns.compare.flatMap((text) => parseServer(text)?.question.address ?? []),
    bytesPerMonth: ({ lines, dns }) => {
      const ofServer = (text: string) => {
        const isPlain = ['udp', 'tcp'].includes(parseServer(text)?.question.transport ?? 'udp');
        return isPlain
          ? monthly(bytes.plain, paceOf(dns))
          : monthly(bytes.encrypted, paceOf(dns) * encryptedFactor);
      };
      return lines.length * dns.compare.reduce((sum, text) => sum + ofServer(text), 0);
    },
  },
];
