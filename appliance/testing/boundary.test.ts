import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { test } from 'node:test';

const root = resolve(import.meta.dirname, '../..');
const groups = ['watch', 'judge', 'tell', 'share', 'keep'];
const platformRooms = ['store', 'net', 'schedule', 'http', 'mqtt', 'model', 'assist', 'config', 'terminal'];
const composition = ['main.ts', 'cli.ts', 'features.ts', 'start.ts', 'bundle.ts', 'process-log.ts'];

interface Import {
  from: string;
  to: string;
  isTypeOnly: boolean;
}

function sourcesBelow(folder: string): string[] {
  return readdirSync(`${root}/${folder}`, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.d.ts'))
    .map((entry) => relative(root, `${entry.parentPath}/${entry.name}`))
    .filter((file) => !/node_modules|\/dist\/|^native\/build\//.test(file));
}

function importsOf(file: string): Import[] {
  const text = readFileSync(`${root}/${file}`, 'utf8');
  const pattern =
    /(?:^|\n)\s*(?:import|export)(\s+type)?[^'";]*?from\s*'([^']+)'|(?:^|\n)\s*import\s*'([^']+)'|\bimport\(\s*'([^']+)'/g;
  return [...text.matchAll(pattern)].map((match) => {
    const target = match[2] ?? match[3] ?? match[4] ?? '';
    const to = target.startsWith('.') ? relative(root, resolve(root, dirname(file), target)) : target;
    return { from: file, to, isTypeOnly: match[1] !== undefined };
  });
}

const isTest = (file: string) =>
  /\.(test|e2e)\.ts$/.test(file) || file.startsWith('appliance/testing/') || file.startsWith('web/e2e/');
const sources = ['appliance', 'native', 'web'].flatMap(sourcesBelow).filter((file) => !isTest(file));
const imports = sources.flatMap(importsOf);

/** The room of one of our files: 'core', 'store', 'feature', 'composition', 'native', 'web', … */
function roomOf(file: string): string {
  const [top, second] = file.split('/');
  if (top !== 'appliance') return top ?? '';
  if (second === 'features') return 'feature';
  return composition.includes(second ?? '') ? 'composition' : (second ?? '');
}

const featureOf = (file: string) => file.split('/').slice(2, 4).join('/');
const groupOf = (file: string) => file.split('/')[2] ?? '';
const isOurs = (path: string) => /^(appliance|native|web)\//.test(path) && !path.startsWith('node_modules');
const problem = ({ from, to }: Import, why: string) => `${from} imports ${to}: ${why}`;

/** Why an import is not allowed, or null. */
function judge(entry: Import): string | null {
  const { from, to, isTypeOnly } = entry;
  if (!isOurs(to)) return judgePackage(entry);
  const [here, there] = [roomOf(from), roomOf(to)];
  if (here === there && here !== 'feature') return null;
  if (here === 'composition') return null;
  if (there === 'composition') return 'nobody imports the composition root';
  if (here === 'core') return 'core imports nothing of ours';
  if (platformRooms.includes(here)) {
    if (there === 'core') return null;
    return here === 'net' && there === 'native' ? null : `${here}/ may import core/ only`;
  }
  if (here === 'feature') return judgeFeature(from, to, there);
  if (here === 'web') {
    if (there !== 'feature' && there !== 'core') return 'web/ may import types from schema.ts only';
    return isTypeOnly ? null : 'web/ may import types, never a value';
  }
  if (here === 'native') return there === 'core' ? null : 'native/ imports core/ at most';
  return `${here}/ is not a room with a rule`;
}

function judgeFeature(from: string, to: string, there: string): string | null {
  if (there === 'core') return null;
  if (there !== 'feature') return 'a feature may import core/ and other features’ schema.ts only';
  if (featureOf(from) === featureOf(to)) return null;
  if (!to.endsWith('/schema.ts')) return 'of another feature only schema.ts may be imported';
  const isEarlier = groupOf(from) === 'keep' || groups.indexOf(groupOf(to)) <= groups.indexOf(groupOf(from));
  return isEarlier ? null : 'a feature may look at the same or an earlier group only';
}

function judgePackage({ from, to }: Import): string | null {
  if (/^better-sqlite3|^@libsql|^node:sqlite/.test(to) && roomOf(from) !== 'store')
    return 'only store/ may import a database driver';
  if (/^fastify|^@fastify/.test(to) && roomOf(from) !== 'http')
    return 'only http/ may import the HTTP server';
  if (/^(mqtt|aedes)(\/|$)/.test(to) && roomOf(from) !== 'mqtt') return 'only mqtt/ may import MQTT';
  return null;
}

test('every import stays within what its room may know', () => {
  const broken = imports.flatMap((entry) => {
    const why = judge(entry);
    return why === null ? [] : [problem(entry, why)];
  });
  assert.deepEqual(broken, []);
  assert.ok(imports.length > 200, 'the walk found the imports');
});

test('the rules refuse what they are there to refuse', () => {
  const refused: Import[] = [
    { from: 'appliance/core/bus.ts', to: 'appliance/net/engine.ts', isTypeOnly: false },
    { from: 'appliance/store/index.ts', to: 'appliance/http/server.ts', isTypeOnly: true },
    { from: 'appliance/http/server.ts', to: 'appliance/main.ts', isTypeOnly: false },
    { from: 'appliance/features/watch/latency/service.ts', to: 'appliance/store/index.ts', isTypeOnly: true },
    {
      from: 'appliance/features/watch/latency/service.ts',
      to: 'appliance/features/judge/state/schema.ts',
      isTypeOnly: true,
    },
    {
      from: 'appliance/features/judge/state/service.ts',
      to: 'appliance/features/watch/latency/service.ts',
      isTypeOnly: true,
    },
    { from: 'web/src/pages/now.ts', to: 'appliance/features/watch/latency/schema.ts', isTypeOnly: false },
    { from: 'appliance/http/server.ts', to: 'native/index.js', isTypeOnly: false },
    { from: 'appliance/features/keep/backup/routes.ts', to: 'better-sqlite3', isTypeOnly: true },
    { from: 'appliance/features/share/mqtt/index.ts', to: 'mqtt', isTypeOnly: false },
  ];
  for (const entry of refused) assert.notEqual(judge(entry), null, `${entry.from} → ${entry.to}`);
});

test('only core/clock.ts reads a clock', () => {
  const readers = sources.filter((file) => {
    if (file === 'appliance/core/clock.ts' || file.startsWith('web/')) return false;
    return /\bDate\.now\(|\bnew Date\(\)|performance\.now\(|process\.hrtime/.test(
      readFileSync(`${root}/${file}`, 'utf8'),
    );
  });
  assert.deepEqual(readers, []);
});

test('only the composition root reads the environment', () => {
  const readers = sources.filter(
    (file) =>
      !['composition', 'native', 'web'].includes(roomOf(file)) &&
      /process\.env\b/.test(readFileSync(`${root}/${file}`, 'utf8')),
  );
  assert.deepEqual(readers, []);
});

test('features.ts lists every feature folder, and nothing else', () => {
  const folders = groups.flatMap((group) => {
    const path = `${root}/appliance/features/${group}`;
    try {
      return readdirSync(path, { withFileTypes: true })
        .filter((entry) => entry.isDirectory() && readdirSync(`${path}/${entry.name}`).includes('index.ts'))
        .map((entry) => `${group}/${entry.name}`);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []; // a group without a feature yet
      throw error;
    }
  });
  const listed = importsOf('appliance/features.ts')
    .map(({ to }) => to)
    .filter((to) => to.startsWith('appliance/features/'))
    .map((to) => featureOf(to));
  assert.deepEqual(listed.sort(), folders.sort());
});
