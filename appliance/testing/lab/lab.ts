import type { ChildProcess, SpawnOptions } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../../core/errors.ts';
import { built } from './build.ts';
import { type Fault, faults, type Step } from './faults.ts';
import {
  endChild,
  type Finished,
  finish,
  hasProgram,
  ipBatch,
  isRunning,
  labFolder,
  ownerOf,
  removeAbandonedLabs,
  removeLab,
  spawnBound,
  takeLab,
} from './processes.ts';
import {
  addressing,
  baseline,
  cables,
  hosts,
  links,
  type Node,
  nodes,
  routers,
  switchCables,
  switchPorts,
} from './topology.ts';
import { readCounts, readTruth, type Truth, type TruthQuery } from './truth.ts';

export interface LabOptions {
  /**
   * Prefix of every namespace, at most 8 letters and digits, to find the lab by hand. Default: one that no other lab has,
   * for labs of different names run side by side.
   */
  name?: string;
  /** The same seed gives the same random decisions per direction. */
  seed?: number;
}

let count = 0;

/** The process id, so that nobody else can have it: at most 5 digits to the base of 36. */
function nextName(): string {
  count += 1;
  return `t${process.pid.toString(36)}${(count % 1296).toString(36).padStart(2, '0')}`;
}

/** An Internet in network namespaces, with faults on demand and a log of what was really lost and delayed. */
export class Lab implements AsyncDisposable {
  readonly name: string;
  readonly #seed: number;
  readonly #folder: string;
  readonly #children = new Set<ChildProcess>();
  #linksim = '';

  private constructor({ name = nextName(), seed = 1 }: LabOptions) {
    if (!/^[a-z0-9]{1,8}$/.test(name)) throw new Error(`lab name ${name}: 1 to 8 small letters and digits`);
    this.name = name;
    this.#seed = seed;
    this.#folder = labFolder(name);
  }

  /** Why no lab can be made here, in words; null when one can. */
  static unavailable(): string | null {
    if (process.platform !== 'linux') return 'the network lab needs Linux';
    if (process.getuid?.() !== 0) return 'the network lab needs root (it makes network namespaces)';
    if (!hasProgram('ip')) return 'the network lab needs iproute2 (apt-get install iproute2)';
    if (!hasProgram('cc')) return 'the network lab needs a C compiler (apt-get install gcc)';
    return null;
  }

  /** Makes the network, healthy and with warm neighbour tables. Whatever labs of dead processes left is removed. */
  static async up(options: LabOptions = {}): Promise<Lab> {
    const reason = Lab.unavailable();
    if (reason) throw new Error(reason);
    const lab = new Lab(options);
    await lab.#refuseIfInUse();
    await removeAbandonedLabs();
    await removeLab(lab.name);
    try {
      await lab.#build();
    } catch (error) {
      await lab.down();
      throw new Error(`lab ${lab.name} did not come up: ${messageOf(error)}`, { cause: error });
    }
    return lab;
  }

  /** Joins a lab that another process holds, to look at it or to disturb it. */
  static async attach(name: string): Promise<Lab> {
    const lab = new Lab({ name });
    if ((await ownerOf(name)) === null) throw new Error(`no lab ${name} is up`);
    lab.#linksim = await built('linksim');
    return lab;
  }

  /** A scratch folder that goes with the lab. */
  get folder(): string {
    return this.#folder;
  }

  /** The ground truth as linksim writes it. */
  get logFile(): string {
    return path.join(this.#folder, 'log.csv');
  }

  /** Runs a program in a node to its end. A non-zero exit is an answer, not an error. */
  async exec(
    node: Node,
    argv: readonly string[],
    options: { timeoutMs?: number; input?: string } = {},
  ): Promise<Finished> {
    return await finish(this.#inside(node, argv), options);
  }

  /** Starts a program in a node. It ends with the lab at the latest, also when this process is killed. */
  spawn(node: Node, argv: readonly string[], options: SpawnOptions = {}): ChildProcess {
    const child = spawnBound(this.#inside(node, argv), options);
    this.#children.add(child);
    child.once('exit', () => this.#children.delete(child));
    return child;
  }

  /** Injects a fault; faults add up until `clear`. */
  async fault(name: Fault, argument?: string): Promise<void> {
    await this.ctl(`mark fault ${name} ${argument ?? ''}`);
    const steps: Step[] = faults[name](argument);
    for (const step of steps) await this.#take(step);
  }

  /** Back to the healthy state, with nothing learned (neighbours, path MTUs) left behind. */
  async clear(): Promise<void> {
    await this.ctl([...baseline, 'set * carrier=on'].join('; '));
    await this.#take({ mode: 'ok' });
    const healthy = [
      'net.ipv4.ip_forward=1',
      'net.ipv6.conf.all.forwarding=1',
      'net.ipv4.icmp_ratelimit=0',
      'net.ipv4.icmp_ratemask=6168',
    ];
    await Promise.all(routers.map((node) => this.#take({ node, sysctl: healthy })));
    await this.ip('client', [
      'link set eth0 up',
      // Where this is the only address, the one below becomes it; where it is absent, nothing happens.
      'addr flush dev eth0 to 192.168.77.11/32',
      'addr replace 192.168.77.10/24 dev eth0',
      'addr replace 2001:db8:77::10/64 dev eth0 nodad',
      'route replace default via 192.168.77.1',
      '-6 route replace default via 2001:db8:77::1',
      'route flush cache',
      '-6 route flush cache',
    ]);
    await Promise.all(
      nodes.map((node) =>
        node === 'wire'
          ? undefined
          : this.ip(node, [
              'route flush type blackhole',
              '-6 route flush type blackhole',
              // Without this an ARP retry could delay the recovery by a second.
              'neigh flush nud all',
            ]),
      ),
    );
  }

  /** Gives linksim commands, several with `;`, and returns its answer. Throws when it refuses. */
  async ctl(command: string): Promise<string> {
    const { code, stdout, stderr } = await finish([this.#linksim, '-C', this.#controlSocket, command]);
    if (code !== 0) throw new Error(`linksim refused "${command}": ${(stdout + stderr).trim()}`);
    return stdout;
  }

  /** What really happened to the client's packets, up to this moment. */
  async truth(query: TruthQuery): Promise<Truth> {
    await this.ctl('time'); // every command flushes the log
    return await readTruth(this.logFile, query);
  }

  /** The same for every address at once, counts only: for logs of many targets. */
  async truths(query: Omit<TruthQuery, 'target' | 'id'>): Promise<Map<string, Pick<Truth, 'sent' | 'lost'>>> {
    await this.ctl('time');
    return await readCounts(this.logFile, query);
  }

  /** The share of releases that were more than 50 µs late: above 0.01 this machine was too busy for tight numbers. */
  async lateShare(): Promise<number> {
    let sent = 0;
    let late = 0;
    for (const line of (await this.ctl('show')).split('\n')) {
      sent += Number(/ out=(\d+)/.exec(line)?.[1] ?? 0);
      late += Number(/ late50us=(\d+)/.exec(line)?.[1] ?? 0);
    }
    return sent === 0 ? 0 : late / sent;
  }

  /** Ends what was started here and removes every namespace. Safe to call twice. */
  async down(): Promise<void> {
    await Promise.all([...this.#children].map(endChild));
    await removeLab(this.name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.down();
  }

  get #controlSocket(): string {
    return path.join(this.#folder, 'ctl');
  }

  #inside(node: Node, argv: readonly string[]): string[] {
    return ['ip', 'netns', 'exec', `${this.name}-${node}`, ...argv];
  }

  async #refuseIfInUse(): Promise<void> {
    const owner = await ownerOf(this.name);
    if (owner && (await isRunning(owner)))
      throw new Error(`lab ${this.name} is in use by process ${owner.pid}`);
  }

  async #build(): Promise<void> {
    this.#linksim = await built('linksim');
    const anchord = await built('anchord');
    await takeLab(this.name);
    await this.#makeNamespaces();
    await this.#plugCables();
    await this.#address();
    await this.#startLinksim();
    await this.#take({ mode: 'ok' });
    const serve = (node: Node, ...argv: string[]) => this.#daemon(node, [anchord, ...argv]);
    serve('dns', 'dns', hosts.dns.ipv4, hosts.a1.ipv4, hosts.a1.ipv6, path.join(this.#folder, 'dns.mode'));
    serve('home', 'forward', hosts.home.ipv4, hosts.dns.ipv4);
    for (const node of ['a1', 'a2', 'a3'] as const) {
      serve(node, 'http', hosts[node].ipv4, '80');
      serve(node, 'http', hosts[node].ipv6, '80');
    }
    await Promise.all([this.#warm(hosts.a1.ipv4), this.#warm(hosts.a1.ipv6), this.#warm(hosts.dns.ipv4)]);
  }

  async #makeNamespaces(): Promise<void> {
    const names = nodes.map((node) => `${this.name}-${node}`);
    await ipBatch(
      [],
      names.map((name) => `netns add ${name}`),
    );
    await Promise.all(nodes.map((node) => this.ip(node, ['link set lo up'])));
    // linksim's ends must not speak for themselves (neighbour discovery, multicast reports).
    await this.#take({
      node: 'wire',
      sysctl: ['net.ipv6.conf.all.disable_ipv6=1', 'net.ipv6.conf.default.disable_ipv6=1'],
    });
    for (const node of routers) {
      await this.#take({
        node,
        sysctl: [
          'net.ipv4.ip_forward=1',
          'net.ipv6.conf.all.forwarding=1',
          'net.ipv4.icmp_ratelimit=0',
          'net.ipv6.icmp.ratelimit=0',
          'net.ipv4.icmp_msgs_per_sec=100000',
          'net.ipv4.icmp_msgs_burst=10000',
        ],
      });
    }
    await this.#take({ node: 'client', sysctl: ['net.ipv4.ping_group_range=0 2147483647'] });
    for (const node of ['client', 'nas']) {
      const folder = `/etc/netns/${this.name}-${node}`;
      await mkdir(folder, { recursive: true });
      await writeFile(`${folder}/resolv.conf`, `nameserver ${hosts.home.ipv4}\n`);
    }
  }

  async #plugCables(): Promise<void> {
    const wire = `${this.name}-wire`;
    await this.ip('wire', [
      'link add br-lan type bridge',
      'link set br-lan up',
      ...switchCables.map(([a, b]) => `link add ${a} type veth peer name ${b}`),
    ]);
    await ipBatch(
      [],
      cables.map(
        ({ node, interfaceName, wire: end }) =>
          `link add ${end} netns ${wire} type veth peer name ${interfaceName} netns ${this.name}-${node}`,
      ),
    );
    await this.ip('wire', [
      ...switchPorts.map((port) => `link set ${port} master br-lan`),
      ...[...switchCables.flat(), ...cables.map((cable) => cable.wire)].map((port) => `link set ${port} up`),
    ]);
    // One MTU-sized packet at a time, as on a wire: a TCP burst would pass as one big packet.
    for (const { node, interfaceName } of cables)
      await this.ip(node, [`link set ${interfaceName} gso_max_segs 1 gso_max_size 1500 up`]);
  }

  async #address(): Promise<void> {
    const commands = nodes.map((node) => {
      const plan = addressing[node] ?? { addresses: [], routes: [] };
      return this.ip(node, [
        ...plan.addresses.map(
          ([name, address]) => `addr add ${address} dev ${name}${address.includes(':') ? ' nodad' : ''}`,
        ),
        ...plan.routes.map((route) => `${route.includes(':') ? '-6 ' : ''}route add ${route}`),
      ]);
    });
    await Promise.all(commands);
  }

  async #startLinksim(): Promise<void> {
    const script = path.join(this.#folder, 'base.ls');
    await writeFile(
      script,
      `${[`seed ${this.#seed}`, ...links.map((link) => `link ${link} ${link}-a ${link}-b`), ...baseline].join('\n')}\n`,
    );
    // Real-time class, spinning for the last 60 µs before a release; every packet is seen on the client's cable anyway.
    const options = ['-r', '-S', '60us', '-o', 'lan'];
    this.#daemon('wire', [this.#linksim, ...options, '-c', this.#controlSocket, '-l', this.logFile, script]);
    for (let attempt = 0; ; attempt += 1) {
      try {
        await this.ctl('time');
        return;
      } catch (error) {
        if (attempt === 100) throw error;
        await delay(20);
      }
    }
  }

  #daemon(node: Node, argv: readonly string[]): void {
    const child = this.spawn(node, argv, { stdio: ['ignore', 'ignore', 'inherit'] });
    child.unref();
  }

  async #warm(address: string): Promise<void> {
    const { code, stdout, stderr } = await this.exec('client', ['ping', '-nqc1', '-W3', address]);
    if (code !== 0) throw new Error(`${address} does not answer: ${(stdout + stderr).trim()}`);
  }

  async #take(step: Step): Promise<void> {
    if ('ctl' in step) await this.ctl(step.ctl);
    else if ('ip' in step) await this.ip(step.node, [step.ip]);
    else if ('mode' in step) await writeFile(path.join(this.#folder, 'dns.mode'), `${step.mode}\n`);
    else {
      const { code, stderr } = await this.exec(step.node, ['sysctl', '-qw', ...step.sysctl]);
      if (code !== 0) throw new Error(`sysctl in ${step.node}: ${stderr.trim()}`);
    }
  }

  /** Runs `ip` commands in a node, all or an error. */
  async ip(node: Node, lines: readonly string[]): Promise<void> {
    for (const family of ['', '-6']) {
      const own = lines.filter((line) => line.startsWith('-6 ') === (family === '-6'));
      if (own.length === 0) continue;
      await ipBatch(
        ['-n', `${this.name}-${node}`, ...(family ? [family] : [])],
        own.map((line) => line.replace(/^-6 /, '')),
      );
    }
  }
}
