/** Builds the C addon with the locked node-gyp and the headers of the locked Node, without network and without root. */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const folder = dirname(fileURLToPath(import.meta.url));
const modules = join(folder, '..', 'node_modules');
export const addonPath = join(folder, 'build', 'Release', 'ist_native.node');
const stampPath = join(folder, 'build', 'stamp');
const lockPath = join(folder, 'build', 'lock');

const strictFlags = ['-std=c11', '-O2', '-D_GNU_SOURCE', '-DNAPI_VERSION=9'];
const warningFlags = ['-Wall', '-Wextra', '-Wconversion', '-Werror'];
/** What the build runs, and the Debian package that has it. */
const tools = [
  { command: 'cc', packageName: 'gcc' },
  { command: 'make', packageName: 'make' },
  { command: 'python3', packageName: 'python3' },
  { command: 'g++', packageName: 'g++' },
] as const;

/** Changes with every source file, with Node's ABI and with the architecture. */
function computeStamp(): string {
  const hash = createHash('sha256');
  hash.update(`${process.versions.modules} ${process.arch}`);
  for (const name of globSync(['src/*.{c,h}', 'binding.gyp'], { cwd: folder }).sort()) {
    hash.update(name).update(readFileSync(join(folder, name)));
  }
  return hash.digest('hex');
}

/** True when the built addon fits the sources and this Node. */
export function isAddonFresh(): boolean {
  if (!existsSync(addonPath) || !existsSync(stampPath)) return false;
  return readFileSync(stampPath, 'utf8') === computeStamp();
}

function includeFolder(): string {
  const locked = join(modules, `node-linux-${process.arch}`);
  if (existsSync(join(locked, 'include', 'node', 'node_api.h'))) return locked;
  const own = dirname(dirname(process.execPath));
  if (existsSync(join(own, 'include', 'node', 'node_api.h'))) return own;
  throw new Error(
    `The headers of Node.js were not found in ${locked} or ${own}: run 'npm ci' without --omit=optional.`,
  );
}

function requireTools(): void {
  const missing = tools.filter(
    ({ command }) => spawnSync(command, ['--version'], { stdio: 'ignore' }).status !== 0,
  );
  if (missing.length === 0) return;
  const commands = missing.map(({ command }) => command).join(', ');
  const packages = missing.map(({ packageName }) => packageName).join(' ');
  throw new Error(
    `The probing engine cannot be compiled: ${commands} not found. On Debian, Ubuntu and Raspberry Pi OS: sudo apt install ${packages} libc6-dev`,
  );
}

/** True when the process named in the lock is gone: it died while building. */
function isLockStale(): boolean {
  if (!existsSync(lockPath)) return false;
  const owner = Number(readFileSync(lockPath, 'utf8'));
  if (!Number.isInteger(owner) || owner <= 0) return false; // just being written
  try {
    process.kill(owner, 0);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH';
  }
}

/** Runs `work` alone among all processes of this checkout: two compilers in one folder would wreck each other. */
async function locked(work: () => Promise<void>): Promise<void> {
  mkdirSync(dirname(lockPath), { recursive: true });
  for (;;) {
    try {
      writeFileSync(lockPath, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      if (isLockStale()) rmSync(lockPath, { force: true });
      else await pause(100);
    }
  }
  try {
    await work();
  } finally {
    rmSync(lockPath, { force: true });
  }
}

/** Runs node-gyp; resolves with its exit code and its last lines. */
function runGyp(gyp: string, onLine: (text: string) => void): Promise<{ code: number | null; tail: string }> {
  const lines: string[] = [];
  // Not `rebuild`: it would take the addon away from processes that start meanwhile.
  const words = [gyp, 'configure', 'build', '-C', folder, `--nodedir=${includeFolder()}`];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'pipe'] });
    const read = (chunk: Buffer) => {
      for (const line of chunk.toString('utf8').split('\n')) {
        if (line.trim() === '') continue;
        lines.push(line);
        if (lines.length > 40) lines.shift();
        onLine(line);
      }
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, tail: lines.join('\n') }));
  });
}

/**
 * Compiles the addon unless another process has just done so; every line of the compiler goes to `onLine`. Rejects with
 * what is missing or what failed.
 */
export async function buildAddon(onLine: (text: string) => void): Promise<void> {
  requireTools();
  const gyp = join(modules, 'node-gyp', 'bin', 'node-gyp.js');
  if (!existsSync(gyp)) {
    throw new Error(`node-gyp was not found at ${gyp}: run 'npm ci' without --omit=dev.`);
  }
  await locked(async () => {
    if (isAddonFresh()) return;
    const stamp = computeStamp();
    const { code, tail } = await runGyp(gyp, onLine);
    if (code !== 0 || !existsSync(addonPath)) {
      throw new Error(`Compiling the probing engine failed (exit ${code}):\n${tail}`);
    }
    writeFileSync(stampPath, stamp);
  });
}

/** Compiles every object for arm64 with the warnings of the real build; links nothing, so no foreign libraries. */
function checkArm64(): void {
  const compiler = 'aarch64-linux-gnu-gcc';
  if (spawnSync(compiler, ['--version'], { stdio: 'ignore' }).status !== 0) {
    throw new Error(`${compiler} not found. On Debian: sudo apt install gcc-aarch64-linux-gnu`);
  }
  const output = mkdtempSync(join(tmpdir(), 'ist-arm64-'));
  try {
    const include = join(includeFolder(), 'include', 'node');
    for (const name of globSync('src/*.c', { cwd: folder }).sort()) {
      const flags = [...strictFlags, ...warningFlags, '-fPIC', '-I', include];
      const object = join(output, name.replaceAll('/', '-').replace(/c$/, 'o'));
      const result = spawnSync(compiler, [...flags, '-c', join(folder, name), '-o', object], {
        encoding: 'utf8',
      });
      if (result.status !== 0) throw new Error(`${name} does not compile for arm64:\n${result.stderr}`);
    }
  } finally {
    rmSync(output, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv.includes('--check-arm64')) checkArm64();
  else await buildAddon((line) => console.log(line));
}
