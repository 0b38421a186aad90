import { hostname, networkInterfaces } from 'node:os';
import type { Clock } from '../core/clock.ts';

/** Addresses change with DHCP and IPv6 privacy; an unknown name makes us look again, but not more often than this. */
const refreshMs = 2_000;

/** A `Host` or `Origin` authority, taken apart. */
export interface Authority {
  /** Lower case, without brackets, zone and trailing dot. */
  name: string;
  /** As written; empty when absent. */
  port: string;
}

// RFC 3986 §3.2.2: an IPv6 literal stands in brackets, anything else has no colon.
const authorityPattern = /^(?:\[([0-9a-f:.]+)(?:%(?:25)?[\w.-]+)?\]|([^\s:@/?#[\]]+))(?::(\d{1,5}))?$/i;

/** Null when the text is not a host with an optional port. */
export function parseAuthority(text: string): Authority | null {
  const match = authorityPattern.exec(text);
  if (match === null) return null;
  const name = (match[1] ?? match[2] ?? '').toLowerCase();
  return { name: canonicalName(name), port: match[3] ?? '' };
}

/** One spelling per address: `0:0:0:0:0:0:0:1` and `::1` are the same name. */
function canonicalName(name: string): string {
  if (!name.includes(':')) return name.endsWith('.') ? name.slice(0, -1) : name;
  const url = URL.parse(`http://[${name}]/`);
  return url === null ? name : url.hostname.slice(1, -1);
}

/** The names this appliance answers to; what stops DNS rebinding (a rebound page sends its own name as `Host`). */
export class OwnNames {
  readonly #clock: Clock;
  readonly #read: () => string[];
  #names = new Set<string>();
  #added = new Set<string>();
  #readAtMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, added: readonly string[], read: () => string[] = readMachineNames) {
    this.#clock = clock;
    this.#read = read;
    this.setAdded(added);
  }

  /** Replaces the names the owner added. */
  setAdded(added: readonly string[]): void {
    this.#added = new Set(added.map(nameOf));
  }

  /** Whether the owner added this name himself. */
  isAdded(name: string): boolean {
    return this.#added.has(name);
  }

  has(name: string): boolean {
    if (this.#added.has(name) || this.#names.has(name)) return true;
    const now = this.#clock.monoMs();
    if (now - this.#readAtMs < refreshMs) return false;
    this.#readAtMs = now;
    this.#names = new Set(this.#read().map(canonicalName));
    return this.#names.has(name);
  }
}

/** All names of this box as it is now, one spelling each, and then those that the owner added. */
export function listOwnNames(added: readonly string[]): string[] {
  return [...new Set([...readMachineNames().map(canonicalName), ...added.map(nameOf)])];
}

/** What the owner wrote, with or without a port. */
function nameOf(text: string): string {
  return parseAuthority(text)?.name ?? text.toLowerCase();
}

function readMachineNames(): string[] {
  const host = hostname().toLowerCase();
  const label = host.split('.')[0] ?? host;
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return [
    'localhost',
    '127.0.0.1',
    '::1',
    host,
    label,
    `${label}.local`,
    ...addresses.map((entry) => (entry.address.split('%')[0] ?? '').toLowerCase()),
  ];
}
