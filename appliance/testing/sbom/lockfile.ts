import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../../..');

/** One package as package-lock.json has it. */
export interface LockedPackage {
  name: string;
  version: string;
  /** SPDX expression; empty where the package does not say. */
  licence: string;
  integrity: string;
  hasInstallScript: boolean;
  /** Only tests and builds need it. */
  isDevelopment: boolean;
  dependencies: readonly string[];
}

interface LockEntry {
  version?: string;
  license?: string;
  integrity?: string;
  hasInstallScript?: boolean;
  dev?: boolean;
  link?: boolean;
  dependencies?: Record<string, string>;
}

/**
 * Every package of the lockfile, by its place in node_modules. The links are none: they lead to the empty folders of
 * appliance/absent.
 */
export function readLockfile(file = join(root, 'package-lock.json')): Map<string, LockedPackage> {
  const { packages } = JSON.parse(readFileSync(file, 'utf8')) as { packages: Record<string, LockEntry> }; // npm writes it
  return new Map(
    Object.entries(packages)
      .filter(([place, { link }]) => place.startsWith('node_modules/') && link !== true)
      .map(([place, entry]) => [
        place,
        {
          name: place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length),
          version: entry.version ?? '',
          licence: entry.license ?? '',
          integrity: entry.integrity ?? '',
          hasInstallScript: entry.hasInstallScript ?? false,
          isDevelopment: entry.dev ?? false,
          dependencies: Object.keys(entry.dependencies ?? {}),
        },
      ]),
  );
}

/**
 * What reaches a user: the packages the service is installed with, for both architectures, and those whose code is
 * built into the dashboard, which npm counts as development only.
 */
export function shippedPackages(lock: ReadonlyMap<string, LockedPackage>): LockedPackage[] {
  const shipped = new Set(
    [...lock].filter(([, { isDevelopment }]) => !isDevelopment).map(([place]) => place),
  );
  const waiting = dashboardPackages().map((name) => placeOf(lock, '', name));
  for (let place = waiting.pop(); place !== undefined; place = waiting.pop()) {
    if (shipped.has(place)) continue;
    shipped.add(place);
    for (const name of lock.get(place)?.dependencies ?? []) {
      if (!name.startsWith('@types/')) waiting.push(placeOf(lock, place, name)); // types leave nothing in the code
    }
  }
  return [...shipped].flatMap((place) => lock.get(place) ?? []);
}

/** The packages that the sources of the dashboard import, other than as types. */
export function dashboardPackages(): string[] {
  const names = globSync('web/src/**/*.ts', { cwd: root })
    .filter((file) => !file.endsWith('.test.ts'))
    .flatMap((file) => {
      const text = readFileSync(join(root, file), 'utf8');
      const imports = text.matchAll(/(?:^|\n)import(?!\s+type\b)[^'";]*'([^'.][^']*)'/g);
      return [...imports].map((found) => /^(@[^/]+\/)?[^/]+/.exec(found[1] ?? '')?.[0] ?? '');
    });
  return [...new Set(names)].sort();
}

/** Where Node finds a package from another one: in its own node_modules, or in one further up. */
function placeOf(lock: ReadonlyMap<string, LockedPackage>, from: string, name: string): string {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    const place = `${folder === '' ? '' : `${folder}/`}node_modules/${name}`;
    if (lock.has(place)) return place;
    if (folder === '')
      throw new Error(`${from || 'the dashboard'} needs ${name}, which the lockfile does not have`);
  }
}
