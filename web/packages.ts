import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';

export interface ShippedPackage {
  name: string;
  version: string;
  /** SPDX expression. */
  licence: string;
}

export interface ShippedPackages {
  service: readonly ShippedPackage[];
  dashboard: readonly ShippedPackage[];
}

interface LockEntry {
  version?: string;
  license?: string;
  dev?: boolean;
  /** Leads to an empty folder of ours in place of a package that is never loaded. */
  link?: boolean;
}

/** Writes packages.json: what of others the service is installed with, and whose code the bundler really took. */
export function packageList(): Plugin {
  return {
    name: 'package-list',
    generateBundle(_, bundle) {
      const modules = Object.values(bundle).flatMap((one) => (one.type === 'chunk' ? one.moduleIds : []));
      this.emitFile({
        type: 'asset',
        fileName: 'packages.json',
        source: JSON.stringify(shippedPackages(new Set(modules.flatMap((id) => packageOf(id) ?? [])))),
      });
    },
  };
}

function packageOf(moduleId: string): string | null {
  return /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(moduleId)?.[1] ?? null;
}

function shippedPackages(bundled: ReadonlySet<string>): ShippedPackages {
  const file = join(import.meta.dirname, '..', 'package-lock.json');
  const { packages } = JSON.parse(readFileSync(file, 'utf8')) as { packages: Record<string, LockEntry> }; // npm writes it
  const entries = Object.entries(packages).filter(
    ([place, { link }]) => place.startsWith('node_modules/') && link !== true,
  );
  const list = (isTaken: (place: string, entry: LockEntry) => boolean) => {
    const taken = entries
      .filter(([place, entry]) => isTaken(place, entry))
      .map(([place, { version = '', license = '' }]) => ({
        name: place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length),
        version,
        licence: license,
      }));
    const byName = new Map(taken.map((one) => [`${one.name} ${one.version}`, one]));
    return [...byName.values()].sort((a, b) => a.name.localeCompare(b.name));
  };
  return {
    service: list((_, { dev }) => dev !== true),
    dashboard: list((place) => bundled.has(place.slice('node_modules/'.length))),
  };
}
