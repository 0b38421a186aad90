/** `npm run sbom [FOLDER]`: the list of everything that is shipped, as CycloneDX and as SPDX, into dist/sbom. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import about from '../../../package.json' with { type: 'json' };
import { systemClock } from '../../core/clock.ts';
import { askNpm, type CycloneDx, cycloneOf, type Spdx, spdxOf } from './documents.ts';
import { readLockfile, shippedPackages } from './lockfile.ts';

const folder = resolve(process.argv[2] ?? resolve(import.meta.dirname, '../../../dist/sbom'));
const { npm_execpath, SOURCE_DATE_EPOCH } = process.env;
const npm = npm_execpath === undefined ? ['npm'] : [process.execPath, npm_execpath];
// https://reproducible-builds.org/specs/source-date-epoch: the time of the source, where a build is to be repeatable
const atMs = SOURCE_DATE_EPOCH === undefined ? systemClock.wallMs() : Number(SOURCE_DATE_EPOCH) * 1000;

const shipped = shippedPackages(readLockfile());
const documents = {
  cdx: cycloneOf(JSON.parse(askNpm(npm, 'cyclonedx')) as CycloneDx, shipped, atMs), // npm's schema vouches for it
  spdx: spdxOf(JSON.parse(askNpm(npm, 'spdx')) as Spdx, shipped, atMs), // same
};
mkdirSync(folder, { recursive: true });
for (const [kind, document] of Object.entries(documents)) {
  const file = join(folder, `${about.name}-${about.version}.${kind}.json`);
  writeFileSync(file, `${JSON.stringify(document, null, 2)}\n`);
  console.log(`${file}: ${shipped.length} packages`);
}
