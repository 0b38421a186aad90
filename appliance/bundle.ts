/**
 * Bundles the service and the command line into .cache/bundle: a thousand small modules run from their source hold
 * some 20 MB more memory than the same code in a few files, and every start reads them again.
 */
import { createHash } from 'node:crypto';
import {
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import type { Plugin } from 'rolldown';

const root = resolve(import.meta.dirname, '..');
const bundles = join(root, '.cache', 'bundle');
/** A link to the folder of the newest build: a service that still runs the build before keeps its lazy chunks. */
const current = join(bundles, 'current');
const stampName = 'stamp';

/** The command line in the bundle: its real path, so that a process goes on in the build it was started from. */
export const bundledProgram = () => realpathSync(join(current, 'cli.js'));

/** What runs as a program or a thread of its own, and what the sources call it. */
const entries = {
  cli: 'appliance/cli.ts',
  'store-worker': 'appliance/store/worker.ts',
  'store-job': 'appliance/store/job.ts',
  'model-process': 'appliance/model/compute-process.ts',
  'load-thread': 'appliance/net/load/thread.ts',
  'issue-process': 'appliance/features/keep/certificate/issue-process.ts',
} as const;

/** What must stay a package: natively compiled, or absent where only production packages are installed. */
const external = [/^node:/, 'better-sqlite3', 'onnxruntime-node', 'pino-pretty'];

/**
 * What fastify brings and we never call: our own validator and serialiser take the place of the first two, `inject` is
 * for tests, and files are not listed. A third of the code; a call that comes all the same fails by name.
 */
const unused = ['@fastify/ajv-compiler', '@fastify/fast-json-stringify-compiler', 'light-my-request', 'glob'];

/** True when the bundle was made from exactly the sources that are there now. */
export function isBundleFresh(): boolean {
  const stamp = join(current, stampName);
  return (
    existsSync(join(current, 'cli.js')) && existsSync(stamp) && readFileSync(stamp, 'utf8') === sourceHash()
  );
}

/** Bundles the sources; rejects when they do not fit together. A running service is not disturbed. */
export async function buildBundle(onLine: (text: string) => void): Promise<void> {
  const hash = sourceHash();
  const newestMs = Math.max(...sourceFiles().map((file) => statSync(join(root, file)).mtimeMs));
  const made = await bundleInto(join(bundles, `${hash.slice(0, 12)}-${process.pid}`), onLine);
  // `ist.sh` compares times, not hashes: the stamp is as old as the newest source it speaks for.
  const stamp = join(made, stampName);
  writeFileSync(stamp, hash);
  const stampSeconds = Math.ceil(newestMs + 1) / 1000; // whole milliseconds; files have nanoseconds
  utimesSync(stamp, stampSeconds, stampSeconds);
  const previous = existsSync(current) ? readlinkSync(current) : null;
  const link = `${made}.link`;
  symlinkSync(basename(made), link);
  renameSync(link, current);
  const kept = ['current', basename(made), previous];
  for (const name of readdirSync(bundles)) {
    if (!kept.includes(name)) rmSync(join(bundles, name), { recursive: true, force: true });
  }
}

async function bundleInto(folder: string, onLine: (text: string) => void): Promise<string> {
  const { rolldown } = await import('rolldown');
  mkdirSync(folder, { recursive: true });
  const bundle = await rolldown({
    cwd: root,
    input: Object.fromEntries(Object.entries(entries).map(([name, file]) => [name, join(root, file)])),
    platform: 'node',
    external,
    plugins: [placesOfSources(folder), withoutUnused, asciiOnly],
    onLog: (_level, { message }) => onLine(message),
  });
  try {
    const { output } = await bundle.write({
      dir: folder,
      format: 'esm',
      entryFileNames: '[name].js',
      chunkFileNames: '[name]-[hash].js',
      // Names stay: they are what a stack trace in a bug report is read by.
      minify: { compress: true, mangle: false, codegen: { removeWhitespace: true } },
      comments: false,
    });
    const bytes = output.reduce((sum, file) => sum + (file.type === 'chunk' ? file.code.length : 0), 0);
    onLine(`${output.length} files, ${Math.round(bytes / 1000)} kB`);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  } finally {
    await bundle.close();
  }
  // Node decides by the nearest package.json, and this folder may be copied to a place without one.
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}\n');
  return folder;
}

/** Keeps what the sources say about their own place true when they run from the bundle. */
export function placesOfSources(folder: string): Plugin {
  return {
    name: 'places-of-sources',
    transform(code, id) {
      const file = relative(root, id);
      if (!file.startsWith('appliance/') || !code.includes('import.meta')) return null;
      return movePlaces(code, file, relative(folder, root));
    },
  };
}

/** Rewrites `import.meta` of one source file; `toRoot` leads from the bundle to the root of the checkout. */
export function movePlaces(code: string, file: string, toRoot: string): string {
  const place = dirname(file);
  const threads = code.replaceAll(/new URL\('(\.[^']*)', import\.meta\.url\)/g, (_, path: string) => {
    const entry = Object.entries(entries).find(([, source]) => source === join(place, path))?.[0];
    if (entry === undefined) throw new Error(`${file}: ${path} is no entry of the bundle`);
    return `new URL('./${entry}.js', import.meta.url)`;
  });
  return threads
    .replaceAll('import.meta.dirname', `(import.meta.dirname + '/${toRoot}/${place}')`)
    .replaceAll('new URL(place, import.meta.url)', `new URL('${toRoot}/${place}/' + place, import.meta.url)`);
}

const withoutUnused: Plugin = {
  name: 'without-unused',
  resolveId: (name) => (unused.includes(name) ? `\0unused:${name}` : null),
  load(id) {
    if (!id.startsWith('\0unused:')) return null;
    const message = JSON.stringify(`${id.slice(8)} is not in the bundle: see appliance/bundle.ts`);
    return `const absent = () => { throw new Error(${message}); };\nmodule.exports = absent;\nabsent.glob = absent;\n`;
  },
};

/** V8 keeps the source of what it runs, with two bytes for each letter as soon as one of a file is not Latin-1. */
const asciiOnly: Plugin = {
  name: 'ascii-only',
  generateBundle(_options, bundle) {
    for (const file of Object.values(bundle)) {
      if (file.type === 'chunk') file.code = toAscii(file.code);
    }
  },
};

/** The same program in ASCII; it must not look at the raw text of its templates. */
export function toAscii(code: string): string {
  if (/\bString\.raw\b/.test(code)) throw new Error('String.raw does not survive in the bundle');
  if (/\\[^\0-\x7f]/.test(code))
    throw new Error('An escaped letter beyond ASCII does not survive in the bundle');
  return code.replaceAll(
    /[^\0-\x7f]/g, // by UTF-16 unit, so a pair stays a pair
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function sourceFiles(): string[] {
  const own = globSync('appliance/**/*.ts', {
    cwd: root,
    exclude: (path) => path.endsWith('.test.ts') || path.startsWith('appliance/testing'),
  });
  return [...own, 'package.json', 'package-lock.json'].sort();
}

function sourceHash(): string {
  const hash = createHash('sha256').update(process.versions.node);
  for (const file of sourceFiles()) {
    hash
      .update(file)
      .update('\0')
      .update(readFileSync(join(root, file)))
      .update('\0');
  }
  return hash.digest('hex');
}
