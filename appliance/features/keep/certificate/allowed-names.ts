/** Which names the local authority may vouch for: those of a house, so that nobody who steals its key can be a bank. */
import { BlockList, isIP } from 'node:net';

/** Top-level domains that never exist on the Internet, each with everything below. */
const privateDomains = ['localhost', 'local', 'home.arpa', 'internal', 'lan', 'home', 'localdomain'];

const privateNetworks = [
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '169.254.0.0/16',
  '127.0.0.0/8',
  '100.64.0.0/10',
  '::1/128',
  'fc00::/7',
  'fe80::/10',
  // Not private, but providers change the prefix of a house, and people do not open web sites by such an address.
  '2000::/3',
];

/** RFC 1123 §2.1 and what an underscore is used for in practice; a certificate can carry nothing else. */
const domainPattern = /^(?=.{1,253}$)[a-z0-9_]([\w-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([\w-]{0,61}[a-z0-9_])?)*$/i;
/** A certificate with more becomes slow to hand over; the names of people come first. */
const maxNames = 48;

/** What of the box's own names belongs into a certificate. Nobody can open a page by a link-local IPv6 address. */
export function namesToVouchFor(ownNames: readonly string[]): string[] {
  const isUsable = (name: string) =>
    isIP(name) === 0 ? domainPattern.test(name) : isIP(name) === 4 || !/^fe[89ab]/i.test(name);
  const usable = ownNames.filter(isUsable);
  const names = usable.filter((name) => isIP(name) === 0);
  const addresses = usable.filter((name) => isIP(name) !== 0);
  return [...names, ...addresses].slice(0, maxNames);
}

/** What the box is called when there is room for one name: the one that works in every house. */
export function mainName(names: readonly string[]): string {
  const isDomain = (name: string) => isIP(name) === 0 && name !== 'localhost';
  return names.find((name) => name.endsWith('.local')) ?? names.find(isDomain) ?? names[0] ?? 'localhost';
}

/** Domains and networks for a new authority: the private ones, and what the box is called besides. */
export function allowedFor(names: readonly string[]): string[] {
  const common = [...privateDomains, ...privateNetworks];
  const others = names.filter((name) => !isAllowed(name, common));
  return [
    ...common,
    ...others.map((name) => (isIP(name) === 0 ? name : `${name}/${isIP(name) === 4 ? 32 : 128}`)),
  ];
}

/** RFC 5280 §4.2.1.10: a domain allows itself and all below it, a network its addresses. */
export function isAllowed(name: string, allowed: readonly string[]): boolean {
  const family = isIP(name);
  if (family === 0) return allowed.some((domain) => name === domain || name.endsWith(`.${domain}`));
  const kind = family === 4 ? 'ipv4' : 'ipv6';
  const networks = new BlockList();
  for (const network of allowed) {
    const [address = '', bits = ''] = network.split('/');
    if (isIP(address) === family) networks.addSubnet(address, Number(bits), kind);
  }
  return networks.check(name, kind);
}
