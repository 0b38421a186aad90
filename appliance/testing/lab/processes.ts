import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { nodes } from './topology.ts';

export interface Finished {
  /** Exit status; NaN when a signal ended it. */
  code: number;
  stdout: string;
  stderr: string;
}

/** A process for ever: the kernel reuses ids, but not together with the tick at which a process started. */
export interface ProcessId {
  pid: number;
  startTicks: string;
}

/** Runs a program to its end; what it says is bounded to 64 MB. */
export async function finish(
  argv: readonly string[],
  options: { timeoutMs?: number; input?: string } = {},
): Promise<Finished> {
  const [file = '', ...rest] = argv;
  return await new Promise((resolve, reject) => {
    const child = execFile(
      file,
      rest,
      { maxBuffer: 64 << 20, timeout: options.timeoutMs ?? 120_000, killSignal: 'SIGKILL' },
      (error, stdout, stderr) => {
        if (error && typeof error.code === 'string')
          reject(error); // could not be started, or said too much
        else resolve({ code: error ? Number(error.code ?? Number.NaN) : 0, stdout, stderr });
      },
    );
    child.stdin?.on('error', () => undefined); // it may have ended without reading
    child.stdin?.end(options.input ?? '');
  });
}

/** Asks a child to end and makes sure that it did. */
export async function endChild(child: ChildProcess, graceMs = 5000): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  child.ref(); // a daemon does not keep us alive, but its end is worth waiting for
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
  await ended;
  clearTimeout(timer);
}

export async function identify(pid: number): Promise<ProcessId | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  // proc(5): the name in parentheses may contain anything, so count the fields behind its end; starttime is field 22.
  const startTicks = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  return startTicks === undefined ? null : { pid, startTicks };
}

export async function isRunning(process: ProcessId): Promise<boolean> {
  return (await identify(process.pid))?.startTicks === process.startTicks;
}

export function hasProgram(name: string): boolean {
  return ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'].some((folder) => {
    try {
      accessSync(path.join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Runs many `ip` commands in one process; stops at the first that fails and says which. */
export async function ipBatch(options: readonly string[], lines: readonly string[]): Promise<void> {
  const { code, stderr } = await finish(['ip', ...options, '-batch', '-'], {
    input: `${lines.join('\n')}\n`,
  });
  if (code === 0) return;
  const line = Number(/Command failed -:(\d+)/.exec(stderr)?.[1]);
  throw new Error(`ip ${options.join(' ')} ${lines[line - 1] ?? ''}: ${stderr.trim()}`);
}

const labsFolder = '/run';
const labPrefix = 'ist-lab-';

export function labFolder(name: string): string {
  return `${labsFolder}/${labPrefix}${name}`;
}

/** Writes down that a lab is this process's. */
export async function takeLab(name: string): Promise<void> {
  const file = path.join(labFolder(name), 'owner');
  await mkdir(labFolder(name), { recursive: true });
  // Written aside and renamed, so that nobody reads half of it.
  await writeFile(`${file}.new`, JSON.stringify(await identify(process.pid)));
  await rename(`${file}.new`, file);
}

/** Null when there is no such lab, or it is only just being made. */
export async function ownerOf(name: string): Promise<ProcessId | null> {
  const text = await readFile(path.join(labFolder(name), 'owner'), 'utf8').catch(() => null);
  return text === null ? null : (JSON.parse(text) as ProcessId); // written by takeLab
}

/** A process that was killed leaves its namespaces behind. */
export async function removeAbandonedLabs(): Promise<void> {
  for (const entry of await readdir(labsFolder)) {
    if (!entry.startsWith(labPrefix)) continue;
    const name = entry.slice(labPrefix.length);
    const owner = await ownerOf(name);
    if (owner && !(await isRunning(owner))) await removeLab(name);
  }
}

/** Removes the namespaces and files of a lab. Its processes have ended with whoever made it. */
export async function removeLab(name: string): Promise<void> {
  for (const node of nodes) {
    const namespace = `${name}-${node}`;
    if (existsSync(`/run/netns/${namespace}`)) await finish(['ip', 'netns', 'del', namespace]);
    await rm(`/etc/netns/${namespace}`, { recursive: true, force: true });
  }
  await rm(labFolder(name), { recursive: true, force: true });
}

/** Starts a program that is killed when this process ends, however it ends. */
export function spawnBound(argv: readonly string[], options: Parameters<typeof spawn>[2] = {}): ChildProcess {
  return spawn('setpriv', ['--pdeathsig', 'KILL', ...argv], {
    stdio: ['ignore', 'pipe', 'pipe'],
    ...options,
  });
}
