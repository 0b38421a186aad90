import type { ChildProcess } from 'node:child_process';
import { chown, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { stringify } from 'yaml';
import { buildAddon, isAddonFresh } from '../../../native/build.ts';
import { buildBundle, isBundleFresh } from '../../bundle.ts';
import { systemClock } from '../../core/clock.ts';
import type { ServiceClient } from '../../core/feature.ts';
import { createServiceClient } from '../../terminal/service-client.ts';
import type { Lab } from './lab.ts';
import { endChild, spawnBound } from './processes.ts';
import { hosts, type Node } from './topology.ts';

const root = path.resolve(import.meta.dirname, '../../..');
/** What a service may say before its output is cut off at the front. */
const maxOutput = 1 << 20;
const nobody = 65_534;

/** Runs a program as nobody, without any capability and without a way to get one. */
export const withoutCapabilities = [
  'setpriv',
  `--reuid=${nobody}`,
  `--regid=${nobody}`,
  '--clear-groups',
  '--bounding-set=-all',
  '--inh-caps=-all',
  '--no-new-privs',
] as const;

export interface ServiceOptions {
  /** Put in front of the command: another user, fewer rights, one core. */
  prefix?: readonly string[];
  /** Kept between runs; default: a fresh one below the lab's folder. */
  dataFolder?: string;
  config?: Record<string, unknown>;
  /** What to run in place of `ist serve`. */
  argv?: readonly string[];
  /** Default: a minute, for where many start at once; how soon it must be is for tests of `readyMs`. */
  readyWithinMs?: number;
}

/** Three anchors of the lab, which the service does not know by itself. */
export const anchorTargets = (['a1', 'a2', 'a3'] as const).map((name) => ({
  name,
  host: hosts[name].ipv4,
  host6: hosts[name].ipv6,
}));

/** A running `ist serve`, spoken to over its local socket, which namespaces do not separate. */
export class RunningService implements AsyncDisposable {
  readonly dataFolder: string;
  readonly client: ServiceClient;
  /** From the start of the process until /health answered. */
  readyMs = Number.NaN;
  /** For how much of that its threads could have run and others had the processor. */
  waitedMs = Number.NaN;
  readonly #child: ChildProcess;
  #output = '';

  constructor(child: ChildProcess, dataFolder: string) {
    this.#child = child;
    this.dataFolder = dataFolder;
    this.client = createServiceClient({ dataFolder });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8');
      stream?.on('data', (text: string) => {
        this.#output = (this.#output + text).slice(-maxOutput);
      });
    }
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  get output(): string {
    return this.#output;
  }

  async get<Result>(route: string): Promise<Result> {
    return await this.client.get<Result>(route);
  }

  /** Resident memory of the process, bytes. */
  async residentBytes(): Promise<number> {
    const status = await readFile(`/proc/${this.pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) * 1024;
  }

  /** CPU time used by all threads since the start, ms. */
  async cpuMs(): Promise<number> {
    const stat = await readFile(`/proc/${this.pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * 10; // proc(5): utime and stime in ticks of 10 ms
  }

  /** How long its threads, added up, were ready to run and others had the processor, since the start, ms. */
  async runQueueMs(): Promise<number> {
    const folder = `/proc/${this.pid}/task`;
    let waitedNs = 0;
    for (const thread of await readdir(folder)) {
      // A thread may end meanwhile, and a kernel may be built without these figures.
      const text = await readFile(`${folder}/${thread}/schedstat`, 'utf8').catch(() => '0 0 0');
      waitedNs += Number(text.split(' ')[1]);
    }
    return waitedNs / 1e6;
  }

  /** Waits until `read` gives something; fails with what the service said. */
  async until<Result>(what: string, withinMs: number, read: () => Promise<Result | null>): Promise<Result> {
    const deadline = systemClock.monoMs() + withinMs;
    let problem: unknown = null;
    while (systemClock.monoMs() < deadline && this.isRunning) {
      try {
        const result = await read();
        if (result !== null) return result;
        problem = null;
      } catch (error) {
        problem = error;
      }
      await delay(50);
    }
    const end = this.isRunning ? `not within ${withinMs} ms` : 'the service ended';
    throw new Error(`${what}: ${end}. ${problem ?? ''}\n${this.#output}`);
  }

  async stop(): Promise<void> {
    await endChild(this.#child, 10_000);
  }

  /** kill -9, and wait until it is gone. */
  async kill(): Promise<void> {
    if (!this.isRunning) return;
    const ended = new Promise<void>((resolve) => this.#child.once('exit', () => resolve()));
    this.#child.kill('SIGKILL');
    await ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/** Builds the addon when it is missing or old, so that no start is slowed down by it. */
export async function buildService(): Promise<void> {
  if (!isAddonFresh()) await buildAddon(() => undefined);
}

/** How what is installed starts: the bundle, built when a source is newer. Tests run the sources, benchmarks this. */
export async function bundledServe(): Promise<string[]> {
  if (!isBundleFresh()) await buildBundle(() => undefined);
  return ['sh', path.join(root, 'appliance/ist.sh'), 'serve'];
}

/** Starts `ist serve` in a node of the lab and waits until it answers. */
export async function startService(
  lab: Lab,
  options: ServiceOptions = {},
  node: Node = 'client',
): Promise<RunningService> {
  const dataFolder = options.dataFolder ?? freshFolder(lab);
  const start = (argv: readonly string[]) => lab.spawn(node, argv);
  return await launch(start, dataFolder, options);
}

/** The same outside any lab, on this machine's own network. */
export async function startServiceHere(
  dataFolder: string,
  options: Omit<ServiceOptions, 'dataFolder'> = {},
): Promise<RunningService> {
  return await launch((argv) => spawnBound(argv), dataFolder, options);
}

let folders = 0;

function freshFolder(lab: Lab): string {
  folders += 1;
  return path.join(lab.folder, `data-${folders}`);
}

/** The same wherever `start` runs a program. */
export async function launch(
  start: (argv: readonly string[]) => ChildProcess,
  dataFolder: string,
  options: ServiceOptions,
): Promise<RunningService> {
  await buildService();
  await mkdir(dataFolder, { recursive: true });
  const config = path.join(dataFolder, 'ist.yaml');
  if (options.config) await writeFile(config, stringify(options.config));
  const isNobody = options.prefix?.some((word) => word.startsWith('--reuid')) ?? false;
  if (isNobody)
    for (const file of [dataFolder, ...(options.config ? [config] : [])]) await chown(file, nobody, nobody);
  const serve = options.argv ?? [
    'sh',
    path.join(root, 'appliance/node.sh'),
    path.join(root, 'appliance/cli.ts'),
    'serve',
  ];
  const startedMs = systemClock.monoMs();
  const child = start(['env', `IST_DATA=${dataFolder}`, ...(options.prefix ?? []), ...serve]);
  const service = new RunningService(child, dataFolder);
  try {
    await service.until(
      'the service answers',
      options.readyWithinMs ?? 60_000,
      async () => await service.get<object>('/health'),
    );
  } catch (error) {
    await service.stop();
    throw error;
  }
  service.readyMs = systemClock.monoMs() - startedMs;
  service.waitedMs = await service.runQueueMs();
  return service;
}
