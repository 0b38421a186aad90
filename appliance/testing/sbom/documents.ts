import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import type { LockedPackage } from './lockfile.ts';

const root = resolve(import.meta.dirname, '../../..');

/** The parts of CycloneDX 1.5 that are changed here; the rest stays as npm wrote it. */
export interface CycloneDx {
  specVersion: string;
  serialNumber: string;
  metadata: { timestamp: string; component: { 'bom-ref': string; name: string; version: string } };
  components: CycloneComponent[];
  dependencies: { ref: string; dependsOn?: string[] }[];
}

interface CycloneComponent {
  'bom-ref': string;
  name: string;
  version: string;
  scope: string;
  properties: { name: string; value: string }[];
}

/** The same of SPDX 2.3. */
export interface Spdx {
  spdxVersion: string;
  documentNamespace: string;
  creationInfo: { created: string };
  documentDescribes: string[];
  packages: { SPDXID: string; name: string; versionInfo: string }[];
  relationships: { spdxElementId: string; relatedSpdxElement: string; relationshipType: string }[];
}

/** npm's own list of everything in the lockfile. Throws with what npm said when it cannot. */
export function askNpm(npm: readonly string[], format: 'cyclonedx' | 'spdx'): string {
  const [program = 'npm', ...first] = npm;
  const words = ['sbom', '--package-lock-only', '--sbom-type=application', `--sbom-format=${format}`];
  const done = spawnSync(program, [...first, ...words], { cwd: root, encoding: 'utf8', maxBuffer: 64 << 20 });
  if (done.status !== 0)
    throw new Error(`npm sbom ended with ${done.status}: ${done.error?.message ?? done.stderr.trim()}`);
  return done.stdout;
}

/**
 * Keeps what is shipped. `npm sbom --omit=dev` cannot say it: it leaves out what is a development dependency as well
 * (ws, yaml), and the code that is built into the dashboard.
 */
export function cycloneOf(full: CycloneDx, shipped: readonly LockedPackage[], atMs: number): CycloneDx {
  const isShipped = memberOf(shipped);
  const components = full.components.filter(isShipped).map((component) => ({
    ...component,
    scope: 'required',
    properties: component.properties.filter(({ name }) => name !== 'cdx:npm:package:development'),
  }));
  const kept = new Set([full.metadata.component['bom-ref'], ...components.map((each) => each['bom-ref'])]);
  return {
    ...full,
    serialNumber: `urn:uuid:${uuidOf(shipped)}`,
    metadata: {
      ...full.metadata,
      timestamp: stampOf(atMs),
      component: { ...full.metadata.component, name: 'internet-stability-tracker' }, // npm takes the folder's name
    },
    components,
    dependencies: full.dependencies
      .filter(({ ref }) => kept.has(ref))
      .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((other) => kept.has(other)) })),
  };
}

export function spdxOf(full: Spdx, shipped: readonly LockedPackage[], atMs: number): Spdx {
  const isShipped = memberOf(shipped);
  const packages = full.packages.filter(
    (each) =>
      full.documentDescribes.includes(each.SPDXID) ||
      isShipped({ name: each.name, version: each.versionInfo }),
  );
  const kept = new Set(['SPDXRef-DOCUMENT', ...packages.map(({ SPDXID }) => SPDXID)]);
  return {
    ...full,
    documentNamespace: full.documentNamespace.replace(/[0-9a-f-]{36}$/, uuidOf(shipped)),
    creationInfo: { ...full.creationInfo, created: stampOf(atMs) },
    packages,
    relationships: full.relationships.filter(
      ({ spdxElementId, relatedSpdxElement }) => kept.has(spdxElementId) && kept.has(relatedSpdxElement),
    ),
  };
}

function memberOf(shipped: readonly LockedPackage[]) {
  const known = new Set(shipped.map(({ name, version }) => `${name}@${version}`));
  return ({ name, version }: { name: string; version: string }) => known.has(`${name}@${version}`);
}

/** The same packages always give the same id, so that a build can be repeated bit by bit (RFC 9562 §5.8). */
function uuidOf(shipped: readonly LockedPackage[]): string {
  const lines = shipped.map(({ name, version, integrity }) => `${name}@${version} ${integrity}`).sort();
  const bytes = createHash('sha256').update(lines.join('\n')).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** Both formats want whole seconds. */
const stampOf = (atMs: number) => new Date(atMs).toISOString().replace(/\.\d{3}Z$/, 'Z');
