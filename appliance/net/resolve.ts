import { Resolver } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { AppError } from '../core/errors.ts';
import type { Family } from '../core/shapes.ts';
import { familyOf } from './address.ts';

export interface Addresses {
  ipv4: string[];
  ipv6: string[];
}

export interface ResolveOptions {
  /** Of the whole attempt, all servers together. */
  timeoutMs: number;
  signal?: AbortSignal;
  /** Ask for this family alone; a server that is slow with the other one does not hold it up. */
  family?: Family;
  /** Where local names stand; /etc/hosts. */
  hostsPath?: string;
}

async function readHosts(path: string, name: string): Promise<Addresses> {
  const found: Addresses = { ipv4: [], ipv6: [] };
  const text = await readFile(path, 'utf8').catch(() => '');
  for (const line of text.split('\n')) {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    const family = familyOf(address);
    if (family && names.some((other) => other.toLowerCase() === name.toLowerCase()))
      found[family].push(address);
  }
  return found;
}

/**
 * The addresses of a name. Throws AppError `NAME_UNRESOLVED` when there are none. Asks the servers of resolv.conf itself
 * (c-ares): getaddrinfo would block one of the four threads that file access shares, for up to 30 s when the line is down.
 */
export async function resolveName(name: string, options: ResolveOptions): Promise<Addresses> {
  const family = familyOf(name);
  if (family) return { ipv4: [], ipv6: [], [family]: [name] };
  const local = await readHosts(options.hostsPath ?? '/etc/hosts', name);
  if (local.ipv4.length > 0 || local.ipv6.length > 0) return local;
  // A new one each time: it reads resolv.conf when made, and the line may have changed.
  const resolver = new Resolver({ timeout: Math.max(1, Math.floor(options.timeoutMs / 2)), tries: 2 });
  const cancel = () => resolver.cancel();
  const timeout = AbortSignal.timeout(options.timeoutMs);
  const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout;
  signal.addEventListener('abort', cancel, { once: true });
  try {
    const [ipv4, ipv6] = await Promise.allSettled([
      options.family === 'ipv6' ? [] : resolver.resolve4(name),
      options.family === 'ipv4' ? [] : resolver.resolve6(name),
    ]);
    options.signal?.throwIfAborted();
    const addresses = {
      ipv4: ipv4.status === 'fulfilled' ? ipv4.value : [],
      ipv6: ipv6.status === 'fulfilled' ? ipv6.value : [],
    };
    if (addresses.ipv4.length > 0 || addresses.ipv6.length > 0) return addresses;
    const refused = [ipv4, ipv6].find((each) => each.status === 'rejected');
    const reason: unknown = refused?.reason;
    const code = reason instanceof Error && 'code' in reason ? String(reason.code) : 'no addresses';
    throw new AppError('NAME_UNRESOLVED', `The name ${name} could not be resolved (${code}).`, {
      status: 502,
      cause: reason,
    });
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}
