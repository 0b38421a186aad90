/** What a browser has to load, from the build's own manifest. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const dist = join(import.meta.dirname, '..', 'dist');
const firstPageBytes = 60 * 1024;
const wholeAppBytes = 250 * 1024;

interface Chunk {
  file: string;
  imports?: string[];
}

test('the first page needs at most 60 KB of compressed JavaScript', (t) => {
  // Written by vite in this shape.
  const manifest = JSON.parse(readFileSync(join(dist, '.vite/manifest.json'), 'utf8')) as Record<
    string,
    Chunk
  >;
  const files = new Set<string>(['theme.js']);
  const follow = (name: string) => {
    const chunk = manifest[name];
    assert.ok(chunk, `${name} is not in the manifest`);
    if (files.has(chunk.file)) return;
    files.add(chunk.file);
    for (const next of chunk.imports ?? []) follow(next);
  };
  follow('index.html');
  follow('src/app/app.ts'); // the entry fetches the shell and the page side by side
  follow('src/pages/now.ts');
  const bytes = [...files].reduce((sum, file) => sum + compressedBytes(file), 0);
  t.diagnostic(`first page: ${(bytes / 1024).toFixed(1)} KB in ${files.size} files`);
  assert.ok(bytes <= firstPageBytes, `${bytes} bytes`);
});

test('the whole app is at most 250 KB of compressed JavaScript', (t) => {
  const scripts = readdirSync(join(dist, 'assets')).filter((name) => name.endsWith('.js'));
  assert.ok(scripts.length > 0, 'nothing was built');
  const bytes = scripts.reduce((sum, name) => sum + compressedBytes(join('assets', name)), 0);
  t.diagnostic(`whole app: ${(bytes / 1024).toFixed(1)} KB in ${scripts.length} files`);
  assert.ok(bytes <= wholeAppBytes, `${bytes} bytes`);
});

test('no file of the app names an address outside the appliance', () => {
  // Names of XML vocabularies and the pages that Lit's warnings point to are text; nothing requests them.
  const harmless = /^https?:\/\/(www\.w3\.org|lit\.dev)\//;
  for (const name of readdirSync(join(dist, 'assets')).filter((file) => /\.(js|css)$/.test(file))) {
    const found = readFileSync(join(dist, 'assets', name), 'utf8').match(/https?:\/\/[^\s"'`)]+/g) ?? [];
    assert.deepEqual(
      found.filter((address) => !harmless.test(address)),
      [],
      name,
    );
  }
});

/** As gzip: browsers take Brotli over HTTPS only, and a box at home is reached without. */
function compressedBytes(file: string): number {
  const path = join(dist, file);
  return statSync(existsSync(`${path}.gz`) ? `${path}.gz` : path).size;
}
