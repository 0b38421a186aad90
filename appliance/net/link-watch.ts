import { readdir, readFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import type { LinkFacts, LinkWatch } from '../core/probing.ts';
import { loadAddon } from './addon.ts';
import { parseIpv4Routes, parseIpv6Routes, parseResolvers } from './link-facts.ts';

export interface LinkWatchOptions {
  clock: Clock;
  log: Log;
  /** Put before every path; for tests. */
  root?: string;
}

/** A DHCP renewal is a burst of a dozen news; listeners want one. */
const debounceMs = 300;
/** resolv.conf makes no kernel news: look now and then. Reading it all takes 5 ms of CPU. */
const lookEveryMs = 60_000;
/** Where a sandbox forbids netlink there is no other way to learn of a change. */
const lookWithoutNewsMs = 10_000;
/** IFF_UP of net/if.h. */
const flagUp = 0x1;

class KernelLinkWatch implements LinkWatch {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #root: string;
  readonly #listeners = new Set<() => void>();
  #stops: (() => void)[] = [];
  #cancelTell: (() => void) | null = null;
  #lastSeen: string | null = null;

  constructor(options: LinkWatchOptions) {
    this.#clock = options.clock;
    this.#log = options.log;
    this.#root = options.root ?? '/';
  }

  async read(): Promise<LinkFacts> {
    const [ipv4, ipv6, resolvers, interfaces] = await Promise.all([
      this.#text('proc/net/route'),
      this.#text('proc/net/ipv6_route'),
      this.#readResolvers(),
      this.#readInterfaces(),
    ]);
    return { defaultRoutes: [...parseIpv4Routes(ipv4), ...parseIpv6Routes(ipv6)], resolvers, interfaces };
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  start(): void {
    if (this.#stops.length > 0) return;
    let everyMs = lookEveryMs;
    try {
      this.#stops.push(loadAddon().watchLinks(() => this.#tellSoon()));
    } catch (error) {
      everyMs = lookWithoutNewsMs;
      this.#log.warn(
        { reason: messageOf(error) },
        'no link news from the kernel; looking every 10 s instead',
      );
    }
    this.#stops.push(this.#clock.every(everyMs, () => void this.#look()));
  }

  stop(): void {
    for (const stop of this.#stops) stop();
    this.#stops = [];
    this.#cancelTell?.();
    this.#cancelTell = null;
  }

  async #look(): Promise<void> {
    try {
      const seen = JSON.stringify(await this.read());
      if (this.#lastSeen !== null && seen !== this.#lastSeen) this.#tellSoon();
      this.#lastSeen = seen;
    } catch (error) {
      this.#log.warn({ reason: messageOf(error) }, 'the state of the links could not be read');
    }
  }

  #tellSoon(): void {
    if (this.#cancelTell || this.#stops.length === 0) return;
    this.#cancelTell = this.#clock.after(debounceMs, () => {
      this.#cancelTell = null;
      for (const listener of this.#listeners) listener();
    });
  }

  /** Absent is empty: a kernel without IPv6 has no such table. */
  async #text(path: string): Promise<string> {
    return readFile(join(this.#root, path), 'latin1').catch(() => '');
  }

  async #readResolvers(): Promise<string[]> {
    const named = parseResolvers(await this.#text('etc/resolv.conf'));
    if (!named.some((address) => address.startsWith('127.0.0.5'))) return named;
    // systemd-resolved's stub answers from its cache; the servers behind it are what the line depends on.
    const behind = parseResolvers(await this.#text('run/systemd/resolve/resolv.conf'));
    return behind.length > 0 ? behind : named;
  }

  async #readInterfaces(): Promise<LinkFacts['interfaces']> {
    const folder = join(this.#root, 'sys/class/net');
    const names = await readdir(folder).catch(() => []);
    const addresses = networkInterfaces();
    const links = names.filter((name) => name !== 'lo').sort();
    return Promise.all(
      links.map(async (name) => ({
        name,
        isUp: (Number(await this.#text(`sys/class/net/${name}/flags`)) & flagUp) !== 0,
        // Reading it fails while the interface is down: no carrier then.
        hasCarrier: (await this.#text(`sys/class/net/${name}/carrier`)).trim() === '1',
        addresses: (addresses[name] ?? []).map(({ address }) => address),
        networks: (addresses[name] ?? []).flatMap(({ cidr }) => cidr ?? []),
      })),
    );
  }
}

/** Reads the kernel's tables on demand and tells of changes. Works without the addon, then with a delay of 10 s. */
export function createLinkWatch(options: LinkWatchOptions): LinkWatch {
  return new KernelLinkWatch(options);
}
