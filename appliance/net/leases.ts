import { constants } from 'node:fs';
import { open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Lease } from '../core/network.ts';
import { type LeaseText, parseDhclient, parseDhcpMessage, parseKeyedLease } from './lease-formats.ts';

/** Leases a machine has had pile up in these folders; the current ones are small and few. */
const maxFiles = 64;
/** dhclient only ever appends to its file, and the end is what counts. */
const maxBytes = 65_536;

interface LeaseFile {
  bytes: Uint8Array;
  changedAtMs: number;
}

/** Interfaces of this machine, by name and by index. */
interface Links {
  names: readonly string[];
  byIndex: ReadonlyMap<string, string>;
}

/** Where a DHCP client keeps its leases, under which names, and how they read. */
interface Place {
  folders: readonly string[];
  /** The interface that a file of this name is about; empty where the file says it; null: no lease. */
  interfaceOf(fileName: string, links: Links): string | null;
  parse(file: LeaseFile, interfaceName: string): Lease[];
}

const textOf = ({ bytes }: LeaseFile) => Buffer.from(bytes).toString('latin1');
const parseKeyed = (file: LeaseFile, name: string) => dated(file, name, parseKeyedLease(textOf(file)));
const parseAppended = (file: LeaseFile): Lease[] => parseDhclient(textOf(file));
const ofManager = /^(internal|dhclient)-[0-9a-f-]{36}-(\S{1,15})\.lease$/;

const places: readonly Place[] = [
  {
    // systemd-networkd: one file an interface, named by its index
    folders: ['run/systemd/netif/leases'],
    interfaceOf: (fileName, { byIndex }) => byIndex.get(fileName) ?? null,
    parse: parseKeyed,
  },
  {
    folders: ['var/lib/NetworkManager', 'run/NetworkManager'],
    interfaceOf(fileName, { names }) {
      const [, client, interfaceName = ''] = ofManager.exec(fileName) ?? [];
      return client === 'internal' && names.includes(interfaceName) ? interfaceName : null;
    },
    parse: parseKeyed,
  },
  {
    folders: ['var/lib/NetworkManager'],
    interfaceOf: (fileName) => (ofManager.exec(fileName)?.[1] === 'dhclient' ? '' : null),
    parse: parseAppended,
  },
  {
    folders: ['var/lib/dhcp', 'var/lib/dhclient'],
    interfaceOf: (fileName) => (/^dhclient\b.*\.leases?$/.test(fileName) ? '' : null),
    parse: parseAppended,
  },
  {
    // dhcpcd: the message as it came; on wireless the network's name stands behind that of the interface
    folders: ['var/lib/dhcpcd', 'var/lib/dhcpcd5'],
    interfaceOf(fileName, { names }) {
      const stem = /^(?:dhcpcd-)?(.+)\.lease$/.exec(fileName)?.[1];
      const fitting = names.filter((name) => stem === name || stem?.startsWith(`${name}-`));
      return fitting.sort((a, b) => b.length - a.length)[0] ?? null;
    },
    parse: (file, name) => dated(file, name, parseDhcpMessage(file.bytes)),
  },
];

/** Clients rewrite the file at each renewal, so that the lease runs from then. */
function dated({ changedAtMs }: LeaseFile, interfaceName: string, lease: LeaseText | null): Lease[] {
  if (lease === null) return [];
  const { address, server, lifetimeSeconds } = lease;
  const expiresAtMs = lifetimeSeconds === null ? null : Math.round(changedAtMs) + lifetimeSeconds * 1000;
  return [{ interfaceName, address, server, expiresAtMs }];
}

/**
 * What the DHCP clients of this machine have written down, newest first; old leases may be among them. Folders that are
 * absent, or that this user may not read, are empty.
 */
export async function readLeases(root = '/'): Promise<Lease[]> {
  const links = await readLinks(root);
  const found = await Promise.all(
    places.flatMap((place) => place.folders.map((folder) => readPlace(join(root, folder), place, links))),
  );
  return found
    .flat()
    .sort((a, b) => b.changedAtMs - a.changedAtMs)
    .slice(0, maxFiles)
    .map(({ lease }) => lease);
}

async function readPlace(
  folder: string,
  { interfaceOf, parse }: Place,
  links: Links,
): Promise<{ lease: Lease; changedAtMs: number }[]> {
  const names = await readdir(folder).catch(() => []);
  const wanted = names.flatMap((name) => {
    const interfaceName = interfaceOf(name, links);
    return interfaceName === null ? [] : [{ name, interfaceName }];
  });
  const found = await Promise.all(
    wanted.slice(0, maxFiles).map(async ({ name, interfaceName }) => {
      const file = await readEnd(join(folder, name)).catch(() => null);
      const leases = file === null ? [] : parse(file, interfaceName);
      return leases.map((lease) => ({ lease, changedAtMs: file?.changedAtMs ?? 0 }));
    }),
  );
  return found.flat();
}

async function readLinks(root: string): Promise<Links> {
  const folder = join(root, 'sys/class/net');
  const names = (await readdir(folder).catch(() => [])).slice(0, maxFiles);
  const indices = await Promise.all(
    names.map(async (name) =>
      (await readFile(join(folder, name, 'ifindex'), 'latin1').catch(() => '')).trim(),
    ),
  );
  return { names, byIndex: new Map(names.map((name, i) => [indices[i] ?? '', name])) };
}

/** The last bytes of a regular file; whatever else stands there (a pipe, a link) is not a lease. */
async function readEnd(path: string): Promise<LeaseFile | null> {
  await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  const facts = await file.stat();
  if (!facts.isFile()) return null;
  const length = Math.min(facts.size, maxBytes);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, facts.size - length);
  return { bytes: buffer.subarray(0, bytesRead), changedAtMs: facts.mtimeMs };
}
