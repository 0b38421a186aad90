/**
 * A line of known rate and queue: client, router and server in namespaces of their own, with a token bucket and a FIFO
 * on both ways out of the router. What a test must measure follows from the settings alone.
 */
import type { ChildProcess, SpawnOptions } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { built } from './build.ts';
import { endChild, type Finished, finish, hasProgram, ipBatch, spawnBound } from './processes.ts';

export interface ShapedLineOptions {
  /** Prefix of the namespaces, at most 8 letters and digits. */
  name: string;
  /** Puts the link emulator between router and server, for distance and loss; up to 100 Mbit/s. */
  isFar?: boolean;
}

export interface Shape {
  downMbps: number;
  upMbps: number;
  /** Of the queue before each direction. */
  bufferMs: number;
}

export type ShapedNode = 'client' | 'router' | 'server' | 'wire';

const allNodes = ['client', 'router', 'server', 'wire'] as const;

export const shapedHosts = {
  client: '10.77.1.2',
  router: '10.77.1.1',
  server: '10.77.2.2',
} as const;

/** Ethernet header and all; the token bucket counts them. */
const frameBytes = 1514;
/** With time stamps, on IPv4. */
const segmentBytes = 1448;

/** What TCP can carry at this rate of the token bucket. */
export const goodputMbps = (rateMbps: number) => (rateMbps * segmentBytes) / frameBytes;

/** tbf loses accuracy below a tick of the kernel's timer. */
const burstMs = 2;

export class ShapedLine implements AsyncDisposable {
  readonly #name: string;
  readonly #isFar: boolean;
  readonly #children = new Set<ChildProcess>();
  #linksim = '';

  private constructor({ name, isFar = false }: ShapedLineOptions) {
    if (!/^[a-z0-9]{1,8}$/.test(name)) throw new Error(`${name}: 1 to 8 small letters and digits`);
    this.#name = name;
    this.#isFar = isFar;
  }

  /** Why no line can be made here, in words; null when one can. */
  static unavailable(): string | null {
    if (process.platform !== 'linux') return 'a shaped line needs Linux';
    if (process.getuid?.() !== 0) return 'a shaped line needs root (it makes network namespaces)';
    for (const program of ['ip', 'tc', 'ethtool'])
      if (!hasProgram(program)) return `a shaped line needs ${program} (apt-get install iproute2 ethtool)`;
    return null;
  }

  static async up(options: ShapedLineOptions): Promise<ShapedLine> {
    const line = new ShapedLine(options);
    await line.down();
    try {
      await line.#build();
    } catch (error) {
      await line.down();
      throw error;
    }
    return line;
  }

  namespace(node: ShapedNode): string {
    return `${this.#name}-${node}`;
  }

  /** Rate and queue from now on; rates above 0. */
  async shape({ downMbps, upMbps, bufferMs }: Shape): Promise<void> {
    await this.#tbf('rc', downMbps, bufferMs);
    await this.#tbf('rs', upMbps, bufferMs);
  }

  /** Changes one way alone, for bursts. */
  async shapeDown(mbps: number, bufferMs: number): Promise<void> {
    await this.#tbf('rc', mbps, bufferMs);
  }

  /** Distance, and loss that has nothing to do with the queue; of lines that are far. */
  async setFar({ rttMs, lossPercent = 0 }: { rttMs: number; lossPercent?: number }): Promise<void> {
    const command = `set far clear; set far delay=${rttMs / 2}ms loss=${lossPercent}%`;
    const { code, stderr, stdout } = await finish([this.#linksim, '-C', this.#controlSocket, command]);
    if (code !== 0) throw new Error(`linksim refused "${command}": ${stderr + stdout}`);
  }

  async exec(
    node: ShapedNode,
    argv: readonly string[],
    options: { timeoutMs?: number; input?: string } = {},
  ): Promise<Finished> {
    return await finish(this.#inside(node, argv), options);
  }

  spawn(node: ShapedNode, argv: readonly string[], options: SpawnOptions = {}): ChildProcess {
    const child = spawnBound(this.#inside(node, argv), options);
    this.#children.add(child);
    child.once('exit', () => this.#children.delete(child));
    return child;
  }

  async down(): Promise<void> {
    await Promise.all([...this.#children].map((child) => endChild(child)));
    for (const node of allNodes)
      if (existsSync(`/run/netns/${this.namespace(node)}`))
        await finish(['ip', 'netns', 'del', this.namespace(node)]);
    for (const end of ['ctl', 'ls']) await rm(`/run/ist-line-${this.#name}.${end}`, { force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.down();
  }

  get #controlSocket(): string {
    return `/run/ist-line-${this.#name}.ctl`;
  }

  /** From router to server through the emulator. */
  async #lay(): Promise<void> {
    const [router, server, wire] = (['router', 'server', 'wire'] as const).map((node) =>
      this.namespace(node),
    );
    await ipBatch(
      [],
      [
        `link add rs netns ${router} type veth peer name wr netns ${wire}`,
        `link add eth0 netns ${server} type veth peer name ws netns ${wire}`,
      ],
    );
    await this.#must('wire', ['sysctl', '-qw', 'net.ipv6.conf.all.disable_ipv6=1']);
    await ipBatch(['-n', wire ?? ''], ['link set wr up', 'link set ws up']);
    for (const end of ['wr', 'ws'])
      await this.#must('wire', ['ethtool', '-K', end, 'tso', 'off', 'gso', 'off', 'gro', 'off']);
    this.#linksim = await built('linksim');
    const script = `/run/ist-line-${this.#name}.ls`;
    await writeFile(script, 'seed 1\nlink far wr ws\n');
    const argv = [this.#linksim, '-r', '-S', '60us', '-q', '-c', this.#controlSocket, script];
    this.spawn('wire', argv, { stdio: ['ignore', 'ignore', 'inherit'] });
    for (let attempt = 0; !existsSync(this.#controlSocket) && attempt < 100; attempt += 1) await delay(20);
  }

  #inside(node: ShapedNode, argv: readonly string[]): string[] {
    return ['ip', 'netns', 'exec', this.namespace(node), ...argv];
  }

  async #build(): Promise<void> {
    const [client, router, server] = (['client', 'router', 'server'] as const).map((node) =>
      this.namespace(node),
    );
    await ipBatch(
      [],
      [
        ...[client, router, server].map((name) => `netns add ${name}`),
        `link add eth0 netns ${client} type veth peer name rc netns ${router}`,
        ...(this.#isFar
          ? [`netns add ${this.namespace('wire')}`]
          : [`link add eth0 netns ${server} type veth peer name rs netns ${router}`]),
      ],
    );
    if (this.#isFar) await this.#lay();
    await ipBatch(
      ['-n', client ?? ''],
      [
        'link set lo up',
        'addr add 10.77.1.2/24 dev eth0',
        'link set eth0 up',
        'route add default via 10.77.1.1',
      ],
    );
    await ipBatch(
      ['-n', router ?? ''],
      [
        'link set lo up',
        'addr add 10.77.1.1/24 dev rc',
        'addr add 10.77.2.1/24 dev rs',
        'link set rc up',
        'link set rs up',
      ],
    );
    await ipBatch(
      ['-n', server ?? ''],
      [
        'link set lo up',
        'addr add 10.77.2.2/24 dev eth0',
        'link set eth0 up',
        'route add default via 10.77.2.1',
      ],
    );
    await this.#must('router', ['sysctl', '-qw', 'net.ipv4.ip_forward=1']);
    await this.#must('client', ['sysctl', '-qw', 'net.ipv4.ping_group_range=0 2147483647']);
    // One packet of 64 KiB would not fit the bucket.
    for (const [node, name] of [
      ['client', 'eth0'],
      ['server', 'eth0'],
      ['router', 'rc'],
      ['router', 'rs'],
    ] as const)
      await this.#must(node, ['ethtool', '-K', name, 'tso', 'off', 'gso', 'off', 'gro', 'off']);
    await this.#must('client', ['ping', '-nqc1', '-W3', shapedHosts.server]);
  }

  async #tbf(device: string, mbps: number, bufferMs: number): Promise<void> {
    const bytesPerMs = (mbps * 1e6) / 8 / 1000;
    const burst = Math.max(2 * frameBytes, Math.round(bytesPerMs * burstMs));
    const limit = Math.round(bytesPerMs * bufferMs);
    await this.#must('router', [
      ...['tc', 'qdisc', 'replace', 'dev', device, 'root', 'tbf'],
      ...['rate', `${Math.round(mbps * 1000)}kbit`, 'burst', String(burst), 'limit', String(limit)],
    ]);
  }

  async #must(node: ShapedNode, argv: readonly string[]): Promise<void> {
    const { code, stderr, stdout } = await this.exec(node, argv);
    if (code !== 0) throw new Error(`${argv.join(' ')} in ${node}: ${(stderr + stdout).trim()}`);
  }
}
