import { type Answer, advice, type Check, ok, wrong } from './finding.ts';

export interface RouteFacts {
  interfaceName: string;
  gateway: string | null;
}

export type AskResult = { tookMs: number } | { error: string };

export interface NetworkPorts {
  defaultRoutes(): Promise<RouteFacts[]>;
  resolvers(): Promise<string[]>;
  askResolver(address: string): Promise<AskResult>;
}

/** More name servers than a box uses; glibc reads three. */
const maximumResolvers = 4;

/** What a box needs of its network before a line can be judged. */
export function networkChecks(ports: NetworkPorts): readonly Check[] {
  return [
    { id: 'default-route', title: 'Way out', run: () => checkRoute(ports) },
    { id: 'resolvers', title: 'Name servers', run: () => checkResolvers(ports) },
  ];
}

async function checkRoute(ports: NetworkPorts): Promise<Answer> {
  const [best] = await ports.defaultRoutes();
  if (best === undefined) {
    return wrong(
      'there is no default route',
      'Plug the cable in, or join the Wi-Fi; `ip route` should show "default".',
    );
  }
  return ok(`${best.interfaceName}${best.gateway === null ? '' : `, by ${best.gateway}`}`);
}

async function checkResolvers(ports: NetworkPorts): Promise<Answer> {
  const addresses = (await ports.resolvers()).slice(0, maximumResolvers);
  if (addresses.length === 0) {
    return wrong(
      'no name server is configured',
      'Add a "nameserver" line to /etc/resolv.conf, or renew the DHCP lease.',
    );
  }
  const answers = await Promise.all(
    addresses.map(async (address) => ({ address, result: await ports.askResolver(address) })),
  );
  const silent = answers.filter(({ result }) => 'error' in result).map(({ address }) => address);
  if (silent.length === 0) {
    const words = answers.map(({ address, result }) =>
      'tookMs' in result ? `${address} in ${Math.max(1, Math.round(result.tookMs))} ms` : address,
    );
    return ok(`answer: ${words.join(', ')}`);
  }
  const found = `no answer from ${silent.join(', ')}`;
  const fix = 'Use another one: in the router, or as dns.resolvers in ist.yaml.';
  return silent.length === addresses.length ? wrong(found, fix) : advice(found, fix);
}

/** Default routes of /proc/net/route (addresses are little-endian hex), best metric first. */
export function parseRoutes(text: string): RouteFacts[] {
  return text
    .split('\n')
    .slice(1)
    .map((line) => line.split('\t'))
    .filter(([, destination, , , , , , mask]) => destination === '00000000' && mask === '00000000')
    .sort((a, b) => Number(a[6]) - Number(b[6]))
    .map(([interfaceName = '', , gateway = '0']) => ({ interfaceName, gateway: toAddress(gateway) }));
}

function toAddress(hex: string): string | null {
  const value = Number.parseInt(hex, 16);
  if (value === 0 || Number.isNaN(value)) return null;
  return [0, 8, 16, 24].map((shift) => (value >>> shift) & 0xff).join('.');
}

/** The `nameserver` lines of resolv.conf(5). */
export function parseResolvers(text: string): string[] {
  return [...text.matchAll(/^\s*nameserver\s+(\S+)/gm)].map(([, address = '']) => address);
}
