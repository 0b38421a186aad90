import type { ChildProcess } from 'node:child_process';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock, toIso } from '../../core/clock.ts';
import type { OutageList } from '../../features/judge/outage/schema.ts';
import type { LiveWindows, TargetList } from '../../features/watch/latency/schema.ts';
import { Lab, type LabOptions } from '../lab/lab.ts';
import { endChild } from '../lab/processes.ts';
import { anchorTargets, type RunningService, startService } from '../lab/service.ts';
import { hosts } from '../lab/topology.ts';
import { type Deed, type DrillCase, defaultHoldMs, type Load, type Setup } from './case.ts';
import type { Moment, Observation, Sighting } from './observation.ts';
import { setups, usual } from './setups.ts';
import { ChangeLog } from './truth.ts';

/** How long the parts of a run take; the short version for every check waits less. */
export interface Pace {
  calmMs: number;
  readyMs: number;
  closeMs: number;
}

export const fullPace: Pace = { calmMs: 12_000, readyMs: 120_000, closeMs: 20_000 };

/** After the end a record may still appear; a lab without any open one is looked at this long. */
const afterwardsMs = 5000;
const lookEveryMs = 250;
/** A service that stands still accepts connections and says nothing. */
const answerWithinMs = 2000;
const segments = ['gateway', 'isp', 'transit', 'anchor'];
/** Each way; so many fill deep queues within seconds. */
const connections = 8;

/** A lab with the real service in it, which goes through one case after the other. */
export class Stand implements AsyncDisposable {
  readonly #lab: Lab;
  readonly #log: ChangeLog;
  readonly #pace: Pace;
  /** What to run in place of the sources. */
  readonly #serve: readonly string[] | null;
  #service: RunningService | null = null;
  #setup = '';
  #loads: ChildProcess[] = [];

  private constructor(lab: Lab, pace: Pace, serve: readonly string[] | null) {
    this.#lab = lab;
    this.#log = new ChangeLog(lab.logFile);
    this.#pace = pace;
    this.#serve = serve;
  }

  static async open(
    network: LabOptions,
    pace: Pace = fullPace,
    serve: readonly string[] | null = null,
  ): Promise<Stand> {
    const stand = new Stand(await Lab.up(network), pace, serve);
    stand.#chatter();
    return stand;
  }

  /** Makes everything well, waits until the service finds so too, does what the case says and looks on. */
  async run(drill: DrillCase): Promise<Observation> {
    await this.#use(drill.setup ?? usual);
    await this.#heal();
    const calmFromMs = await this.#whenReady();
    await delay(this.#pace.calmMs);
    const watching = new AbortController();
    const sightings = this.#watch(calmFromMs, watching.signal);
    try {
      const deeds = await this.#act(drill);
      const cleared = await momentOf(() => this.#heal());
      const answer = await this.#whenClosed(calmFromMs);
      await this.#lab.ctl('time'); // every command flushes the log
      const changes = await this.#log.read();
      watching.abort();
      return { calmFromMs, deeds, cleared, changes, answer, sightings: await sightings };
    } finally {
      watching.abort();
      await sightings;
    }
  }

  /** What the service said lately, for the explanation of a failure. */
  get output(): string {
    return this.#service?.output.slice(-4000) ?? '';
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#service?.stop();
    await this.#lab.down();
  }

  get #running(): RunningService {
    if (!this.#service) throw new Error('the service was not started');
    return this.#service;
  }

  async #use(name: string): Promise<void> {
    if (this.#setup === name && this.#service?.isRunning) return;
    await this.#service?.stop();
    for (const { node, argv } of this.#rules.after ?? []) await this.#lab.exec(node, argv);
    if (!setups[name]) throw new Error(`no setup ${name}; there are ${Object.keys(setups).join(', ')}`);
    this.#setup = name;
    await this.#heal();
    for (const { node, argv } of this.#rules.before ?? []) await this.#lab.exec(node, argv);
    await this.#start({});
  }

  get #rules(): Setup {
    return setups[this.#setup] ?? {};
  }

  /** A house in which another device speaks to the box now and then. */
  #chatter(): void {
    for (const address of [hosts.client.ipv4, hosts.client.ipv6]) {
      const child = this.#lab.spawn('nas', ['ping', '-n', '-q', '-i', '10', address], { stdio: 'ignore' });
      child.unref();
    }
  }

  async #heal(): Promise<void> {
    await Promise.all(this.#loads.splice(0).map((load) => endChild(load)));
    await this.#lab.clear();
    if (this.#rules.line !== undefined) await this.#lab.ctl(this.#rules.line);
    if (this.#service?.isRunning) process.kill(this.#service.pid, 'SIGCONT');
  }

  /** Every station answers in both families, and no record is open. */
  async #whenReady(): Promise<number> {
    const service = this.#running;
    await service.until('every station answers and no record is open', this.#pace.readyMs, async () => {
      const { outages } = await this.#outages(systemClock.wallMs() - 1000);
      if (outages.some(({ endedAt }) => endedAt === null)) return null;
      const { targets } = await service.get<TargetList>('/api/targets');
      const { windows } = await service.get<LiveWindows>('/api/latency/live?seconds=10');
      const answering = new Set(windows.filter(isAnswering).map(({ target }) => target));
      const wanted = this.#rules.segments ?? segments;
      const isComplete = wanted.every((segment) =>
        (['ipv4', 'ipv6'] as const).every((family) => {
          const own = targets.filter((each) => each.segment === segment && each.family === family);
          return own.length > 0 && own.every(({ id }) => answering.has(id));
        }),
      );
      return isComplete ? true : null;
    });
    return systemClock.wallMs();
  }

  async #act({ deeds, holdMs = defaultHoldMs }: DrillCase): Promise<Moment[]> {
    const moments: Moment[] = [];
    const beganMs = systemClock.monoMs();
    const until = (ms: number) => delay(Math.max(0, beganMs + ms - systemClock.monoMs()));
    for (const deed of deeds) {
      await until(deed.atMs ?? 0);
      moments.push(await momentOf(() => this.#do(deed)));
    }
    await until(holdMs);
    return moments;
  }

  async #do(deed: Deed): Promise<void> {
    if ('fault' in deed) await this.#lab.fault(deed.fault, deed.argument);
    else if ('ctl' in deed) await this.#lab.ctl(deed.ctl);
    else if ('load' in deed) this.#load(deed.load);
    else if (deed.service === 'kill') await this.#running.kill();
    else if (deed.service === 'start') await this.#startAgain();
    else process.kill(this.#running.pid, deed.service === 'suspend' ? 'SIGSTOP' : 'SIGCONT');
  }

  #load({ from, down, up }: Load): void {
    const counts = [down, up].map((is) => String(is ? connections : 0));
    const node = path.join(import.meta.dirname, '../../node.sh');
    const program = path.join(import.meta.dirname, 'traffic.ts');
    const argv = ['sh', node, program, hosts.a1.ipv4, ...counts];
    this.#loads.push(this.#lab.spawn(from, argv, { stdio: 'ignore' }));
  }

  async #startAgain(): Promise<void> {
    const { dataFolder } = this.#running;
    await this.#start({ dataFolder });
  }

  async #start(where: { dataFolder?: string }): Promise<void> {
    const argv = this.#serve ? { argv: this.#serve } : {};
    this.#service = await startService(this.#lab, { ...where, ...argv, config: configOf(this.#rules) });
  }

  /** Every new look of a record, as somebody with the API open would have seen it. */
  async #watch(fromMs: number, signal: AbortSignal): Promise<Sighting[]> {
    const sightings: Sighting[] = [];
    const last = new Map<number, string>();
    while (!signal.aborted) {
      const answer = await this.#outages(fromMs).catch(() => null); // killed or standing still: that is a deed
      const atMs = systemClock.wallMs();
      for (const { id, kind, verdict, confidence } of answer?.outages ?? []) {
        const look = `${kind} ${verdict} ${confidence}`;
        if (last.get(id) === look) continue;
        last.set(id, look);
        sightings.push({ atMs, id, kind, verdict, confidence });
      }
      await delay(lookEveryMs);
    }
    return sightings;
  }

  async #whenClosed(fromMs: number): Promise<OutageList> {
    const endedMs = systemClock.monoMs();
    for (;;) {
      await delay(lookEveryMs);
      const elapsedMs = systemClock.monoMs() - endedMs;
      const answer = await this.#outages(fromMs);
      const isOpen = answer.outages.some(({ endedAt }) => endedAt === null);
      if (elapsedMs >= (isOpen ? this.#pace.closeMs : afterwardsMs)) return answer;
    }
  }

  async #outages(fromMs: number): Promise<OutageList> {
    const range = `from=${toIso(fromMs)}&to=${toIso(systemClock.wallMs() + 60_000)}`;
    const silence = delay(answerWithinMs, null, { ref: false }).then(() => {
      throw new Error('GET /api/outages: no answer');
    });
    return await Promise.race([this.#running.get<OutageList>(`/api/outages?${range}`), silence]);
  }
}

/** Two answers and the last one among them: a line may lose one by nature. */
function isAnswering({ rttMs }: LiveWindows['windows'][number]): boolean {
  return rttMs.filter((rtt) => rtt !== null).length >= 2 && rttMs.at(-1) !== null;
}

function configOf({ config = {}, anchors = anchorTargets.length }: Setup): Record<string, unknown> {
  const urls = ['http://cp.cloudflare.com/generate_204', 'http://connectivitycheck.gstatic.com/generate_204'];
  return { targets: anchorTargets.slice(0, anchors), httpCheck: { urls }, ...config };
}

async function momentOf(act: () => Promise<void>): Promise<Moment> {
  const fromMs = systemClock.wallMs();
  await act();
  return { fromMs, toMs: systemClock.wallMs() };
}
