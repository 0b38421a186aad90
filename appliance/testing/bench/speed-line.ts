/** What the speed rows share: a shaped line with a server behind it, our test on it and those of the peers. */
import path from 'node:path';
import type { LoadChildReport, LoadChildTask } from '../lab/load-child.ts';
import type { Ndt7Said } from '../lab/ndt7-client.ts';
import { buildService } from '../lab/service.ts';
import { ShapedLine, type ShapedLineOptions, shapedHosts } from '../lab/shaped-line.ts';
import type { SpeedReport, SpeedTask } from '../lab/speed-child.ts';
import { NotMeasured } from './case.ts';

const node = ['sh', path.resolve(import.meta.dirname, '../../node.sh')];
const child = (name: string) => path.resolve(import.meta.dirname, '../lab', name);
const port = 8080;

export interface Iperf3Said {
  /** Of the receiver. */
  mbps: number;
  senderMbps: number;
}

export class SpeedLine implements AsyncDisposable {
  readonly line: ShapedLine;

  private constructor(line: ShapedLine) {
    this.line = line;
  }

  static async up(options: Omit<ShapedLineOptions, 'name'> = {}): Promise<SpeedLine> {
    const reason = ShapedLine.unavailable();
    if (reason !== null) throw new NotMeasured(reason);
    await buildService();
    const line = await ShapedLine.up({ name: `b${process.pid.toString(36)}`, ...options });
    const ready = (argv: readonly string[]) =>
      new Promise((told) => {
        line.spawn('server', argv, { stdio: ['ignore', 'pipe', 'inherit'] }).stdout?.once('data', told);
      });
    await ready([...node, child('load-child.ts'), 'serve', String(port)]);
    line.spawn('server', ['iperf3', '-s'], { stdio: 'ignore' });
    return new SpeedLine(line);
  }

  async test(
    task: Omit<Partial<SpeedTask>, 'plan'> & { plan?: Partial<SpeedTask['plan']> } = {},
  ): Promise<SpeedReport> {
    const choices = [{ engine: 'peer' as const, server: `http://${shapedHosts.server}:${port}` }];
    const whole: SpeedTask = { ...task, plan: { choices, ...task.plan } };
    return await this.#run<SpeedReport>('speed-child.ts', JSON.stringify(whole));
  }

  /** The generator alone, one way. */
  async load(direction: 'down' | 'up', streams: number, maxMs: number): Promise<LoadChildReport> {
    const way = direction === 'down' ? 'download' : 'upload';
    const request: LoadChildTask['request'] = {
      direction,
      protocol: 'ndt7',
      streams,
      maxMs,
      maxBytes: 1e12,
      congestionControl: 'reno',
      url: `ws://${shapedHosts.server}:${port}/ndt/v7/${way}?cc=reno`,
      address: shapedHosts.server,
      family: 'ipv4',
      mayBeInside: true,
    };
    return await this.#run<LoadChildReport>('load-child.ts', JSON.stringify({ request }));
  }

  async ndt7(): Promise<Ndt7Said> {
    return await this.#run<Ndt7Said>('ndt7-client.ts', `${shapedHosts.server}:${port}`);
  }

  async iperf3(direction: 'down' | 'up', seconds: number): Promise<Iperf3Said> {
    const words = ['-c', shapedHosts.server, '-t', String(seconds), '-C', 'cubic', '-J'];
    const { stdout } = await this.line.exec('client', [
      ...['iperf3', ...words, ...(direction === 'down' ? ['-R'] : [])],
    ]);
    const said = JSON.parse(stdout) as {
      end: { sum_received: { bits_per_second: number }; sum_sent: { bits_per_second: number } };
    }; // iperf3's own shape
    return {
      mbps: said.end.sum_received.bits_per_second / 1e6,
      senderMbps: said.end.sum_sent.bits_per_second / 1e6,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.line.down();
  }

  async #run<Said>(file: string, argument: string): Promise<Said> {
    const { code, stdout, stderr } = await this.line.exec('client', [...node, child(file), argument]);
    if (code !== 0) throw new Error(`${file}: ${stderr}`);
    return JSON.parse(stdout) as Said; // written by our own children
  }
}
