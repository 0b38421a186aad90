/** Builds the web app into web/dist: bundled, compressed beside each file, stamped with the hash of its sources. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const webFolder = import.meta.dirname;
const distFolder = join(webFolder, 'dist');
const stampFile = join(distFolder, '.stamp');
const sources = ['index.html', 'vite.config.ts', 'packages.ts', 'tsconfig.json', 'build.ts', 'public', 'src'];
const compressible = /\.(js|css|html|svg|json|webmanifest)$/;
/** Below this a compressed copy saves no packet. */
const smallestCompressedBytes = 600;

/** True when web/dist was built from exactly the sources that are there now. */
export function isWebFresh(): boolean {
  return existsSync(stampFile) && readFileSync(stampFile, 'utf8') === sourceHash();
}

/** Builds web/dist; every line a builder would like to see goes to `onLine`. Throws when the build fails. */
export async function buildWeb(onLine: (line: string) => void): Promise<void> {
  const hash = sourceHash();
  const { build } = await import('vite');
  await build({ configFile: join(webFolder, 'vite.config.ts'), logLevel: 'warn' });
  let scriptBytes = 0;
  const files = filesIn(distFolder).filter((file) => compressible.test(file));
  for (const file of files) scriptBytes += compress(file);
  writeFileSync(stampFile, hash);
  onLine(`web: ${files.length} files, scripts ${(scriptBytes / 1024).toFixed(1)} KB compressed`);
}

/** Writes .br and .gz beside the file; returns the size that a script has on the wire. */
function compress(file: string): number {
  const content = readFileSync(file);
  if (content.length < smallestCompressedBytes) return file.endsWith('.js') ? content.length : 0;
  const brotli = brotliCompressSync(content, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: content.length },
  });
  writeFileSync(`${file}.br`, brotli);
  writeFileSync(`${file}.gz`, gzipSync(content, { level: 9 }));
  return file.endsWith('.js') ? brotli.length : 0;
}

function sourceHash(): string {
  const hash = createHash('sha256');
  const lock = join(webFolder, '..', 'package-lock.json');
  for (const file of [...sources.flatMap((name) => filesIn(join(webFolder, name))), lock]) {
    if (file.endsWith('.test.ts') || !existsSync(file)) continue;
    hash.update(relative(webFolder, file)).update('\0').update(readFileSync(file)).update('\0');
  }
  return hash.digest('hex');
}

function filesIn(path: string): string[] {
  if (!existsSync(path)) return [];
  if (statSync(path).isFile()) return [path];
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesIn(join(path, name)));
}
