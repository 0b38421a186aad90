/** The home network's IPv4 addresses as numbers. Pure. */

/** Addresses that are looked at around the own one in a larger network. */
const lookedAtPrefix = 24;

/** RFC 1918. Elsewhere the neighbours are strangers, whom nobody asked to be pinged. */
const privateRanges = [
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
] as const;

export interface HomeNetwork {
  own: number;
  first: number;
  last: number;
}

export function toNumber(address: string): number | null {
  const found = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(address);
  if (!found) return null;
  const bytes = found.slice(1).map(Number);
  if (bytes.some((byte) => byte > 255)) return null;
  return bytes.reduce((sum, byte) => sum * 256 + byte, 0);
}

export function toAddress(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');
}

function rangeOf(number: number, prefix: number): { first: number; last: number } {
  const size = 2 ** (32 - prefix);
  const first = Math.floor(number / size) * size;
  return { first, last: first + size - 1 };
}

function isPrivate(number: number): boolean {
  return privateRanges.some(([base, prefix]) => {
    const { first, last } = rangeOf(toNumber(base) ?? 0, prefix);
    return number >= first && number <= last;
  });
}

/** The first private network among an interface's ('192.168.1.2/24'); null where there is none with room for others. */
export function homeNetwork(networks: readonly string[]): HomeNetwork | null {
  for (const network of networks) {
    const [address = '', length] = network.split('/');
    const own = toNumber(address);
    const prefix = Number(length);
    if (own === null || !isPrivate(own) || !(prefix >= 8 && prefix <= 30)) continue;
    return { own, ...rangeOf(own, prefix) };
  }
  return null;
}

/** Whether this is the address of another host of the network. */
export function isOfNetwork({ own, first, last }: HomeNetwork, address: string): boolean {
  const number = toNumber(address);
  return number !== null && number > first && number < last && number !== own;
}

/** The addresses to look at: the whole network up to 256, in a larger one those around the own address. */
export function addressesToAsk(network: HomeNetwork): string[] {
  const near = rangeOf(network.own, lookedAtPrefix);
  const first = Math.max(network.first, near.first);
  const last = Math.min(network.last, near.last);
  return Array.from({ length: last - first + 1 }, (_, i) => toAddress(first + i)).filter((address) =>
    isOfNetwork(network, address),
  );
}
