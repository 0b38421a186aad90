/** The phases of a test with one server, in order. What they find is put together in result.ts. */
import { pause } from '../../../../core/clock.ts';
import type { FoundServer, SpeedPlan, SpeedPorts } from '../engine.ts';
import type { BusyFigures, DelayFigures, DirectionResult } from '../schema.ts';
import { DelayProbe, probesMbps } from './delay-probe.ts';
import { type DirectionTrace, loadDirection } from './direction.ts';
import { directionResult } from './direction-result.ts';
import { EngineFailure } from './failure.ts';
import { ForeignWatch } from './foreign-watch.ts';
import { wireShare } from './line-counter.ts';
import { isBusy, lookAtLine } from './preflight.ts';
import type { ProgressTeller } from './progress.ts';
import { waitUntilIdle } from './recovery.ts';
import { RequestProbe } from './request-probe.ts';
import { type LoadedTrips, responsivenessOf } from './responsiveness.ts';
import { deepestSpan } from './steady.ts';
import { rateMbps } from './trace.ts';

/** Idle round-trip times are looked at for so long; what starts with the probes themselves is left out. */
const idleMs = 2000;
const expectedMs = { preflight: 3000, quick: 2500, full: 10_000, drain: 1000 } as const;
const rateNowMs = 300;
/** One way may use so much of what is left, so that the other one can be measured. */
const downShare = 0.6;

export interface ServerTest {
  server: FoundServer;
  interfaceName: string | null;
  busy: BusyFigures | null;
  /** Nothing was loaded because the line is in use. */
  isBusy: boolean;
  baseMs: number | null;
  idle: { icmp: DelayFigures | null; tcp: DelayFigures | null };
  down: DirectionResult | null;
  up: DirectionResult | null;
  traces: { down: DirectionTrace | null; up: DirectionTrace | null };
  trips: LoadedTrips[];
  foreignMbps: number;
  wireBytes: number;
}

export interface TestRun {
  ports: SpeedPorts;
  plan: SpeedPlan;
  server: FoundServer;
  interfaceName: string | null;
  progress: ProgressTeller;
  signal: AbortSignal;
  /** Somebody needs the line: ends everything. */
  giveWay(mbps: number): void;
}

/** Throws `EngineFailure`, or the signal's reason. */
export async function testServer(run: TestRun): Promise<ServerTest> {
  const phases = new Phases(run);
  try {
    return await phases.run();
  } finally {
    phases.close();
  }
}

class Phases {
  readonly #run: TestRun;
  readonly #probe: DelayProbe;
  readonly #watch: ForeignWatch;
  readonly #test: ServerTest;
  readonly #own: Record<'down' | 'up', { monoMs: number; bytes: number }[]> = { down: [], up: [] };
  /** Payload of directions that are over. */
  #payload = 0;

  constructor(run: TestRun) {
    const { ports, server, interfaceName, giveWay } = run;
    this.#run = run;
    this.#probe = new DelayProbe(ports.engine, server, run.plan.interfaceName);
    this.#watch = new ForeignWatch({
      clock: ports.clock,
      net: ports.net,
      interfaceName,
      own: () => this.#own,
      onForeign: (mbps) => {
        if (!run.plan.isForced) giveWay(mbps);
      },
    });
    this.#test = {
      server,
      interfaceName,
      busy: null,
      isBusy: false,
      baseMs: null,
      idle: { icmp: null, tcp: null },
      down: null,
      up: null,
      traces: { down: null, up: null },
      trips: [],
      foreignMbps: 0,
      wireBytes: 0,
    };
  }

  async run(): Promise<ServerTest> {
    const { server } = this.#run;
    const test = this.#test;
    if (!(await this.#preflight())) return test;
    this.#watch.start();
    if (server.down !== null) await this.#direction('down', server.down, downShare);
    if (server.up !== null) await this.#direction('up', server.up, 1);
    test.foreignMbps = this.#watch.highestMbps;
    return test;
  }

  close(): void {
    this.#probe.stop();
    this.#watch.stop();
    this.#test.wireBytes = this.#wireBytes();
  }

  #now(): number {
    return this.#run.ports.clock.monoMs();
  }

  /** What this test has cost until now; where nobody counts it follows from the payload. */
  #wireBytes(): number {
    const running = [...this.#own.down.slice(-1), ...this.#own.up.slice(-1)];
    const payload = this.#payload + running.reduce((sum, { bytes }) => sum + bytes, 0);
    return Math.round(this.#watch.wireBytes() ?? payload * wireShare);
  }

  /** False: the line is in use. Idle round-trip times are measured meanwhile. */
  async #preflight(): Promise<boolean> {
    const { ports, plan, interfaceName, progress, signal, server } = this.#run;
    progress.enter('preflight', expectedMs.preflight);
    const startMs = this.#now();
    const tell = setInterval(() => progress.now({ rttMs: this.#probe.nowMs() }), 200);
    try {
      this.#test.busy = await lookAtLine(ports, plan, interfaceName, signal);
      await pause(ports.clock, Math.max(0, startMs + expectedMs.preflight - this.#now()), signal);
    } finally {
      clearInterval(tell);
    }
    signal.throwIfAborted();
    this.#test.isBusy = this.#test.busy !== null && isBusy(this.#test.busy);
    const toMs = this.#now() - 100; // answers to the last ones are still under way
    const fromMs = toMs - idleMs;
    const figures = (kind: 'icmp' | 'tcp') => this.#probe.figures(kind, fromMs, toMs);
    this.#test.idle = { icmp: figures('icmp'), tcp: figures('tcp') };
    this.#test.baseMs = this.#test.idle.icmp?.p50Ms ?? this.#test.idle.tcp?.p50Ms ?? null;
    if (this.#test.isBusy && !plan.isForced) return false;
    if (this.#test.baseMs === null && interfaceName === null)
      throw new EngineFailure('line-down', `there is no way to ${server.host}`, 'preflight');
    return true;
  }

  async #direction(
    direction: 'down' | 'up',
    target: NonNullable<FoundServer['down']>,
    share: number,
  ): Promise<void> {
    const { ports, plan, server, interfaceName, progress, signal } = this.#run;
    const baseMs = this.#test.baseMs ?? Number.NaN;
    const isFull = plan.kind === 'full';
    progress.enter(direction === 'down' ? 'download' : 'upload', isFull ? expectedMs.full : expectedMs.quick);
    const left = Math.min(plan.maxBytes - this.#wireBytes(), server.maxBytes ?? Number.POSITIVE_INFINITY);
    if (!(left > 0))
      throw new EngineFailure('budget', 'the test has used the bytes it may use', progress.phase);
    const requests = new RequestProbe(ports.net, server, plan.interfaceName, () => this.#now());
    const own = this.#own[direction];
    const trace = await loadDirection({
      ports,
      server,
      target,
      direction,
      plan,
      baseMs,
      probe: this.#probe,
      signal,
      interfaceName: plan.interfaceName,
      maxBytes: (left * share) / wireShare,
      onSample: ({ samples }) => {
        const last = samples.at(-1);
        if (!last) return;
        if (samples.length === 2) this.#watch.setLoading(true);
        own.push({ monoMs: last.monoMs, bytes: last.ownBytes });
        progress.bytes = this.#wireBytes();
        const mbps = rateMbps(samples, last.monoMs - rateNowMs, last.monoMs);
        progress.now({
          ...(direction === 'down' ? { downMbps: mbps } : { upMbps: mbps }),
          rttMs: this.#probe.nowMs(),
        });
      },
    }).finally(() => {
      this.#watch.setLoading(false);
      requests.stop();
    });
    this.#payload += own.at(-1)?.bytes ?? 0;
    own.length = 0;
    const endMs = trace.samples.at(-1)?.monoMs ?? this.#now();
    progress.enter(direction === 'down' ? 'drain' : 'recovery', expectedMs.drain);
    const recoveryMs = await waitUntilIdle(ports.clock, this.#probe, baseMs, endMs, signal);
    const result = directionResult({
      direction,
      server,
      trace,
      probe: this.#probe,
      baseMs,
      recoveryMs,
      line: interfaceName === null ? [] : this.#watch.trace(direction),
      probesMbps: probesMbps(direction, server.tcpProbeMs),
    });
    this.#test.trips.push(this.#tripsOf(direction, trace, requests));
    this.#test[direction] = result;
    this.#test.traces[direction] = trace;
  }

  /** Of the time in which the queue was deep. */
  #tripsOf(direction: 'down' | 'up', trace: DirectionTrace, requests: RequestProbe): LoadedTrips {
    const [startMs, endMs] = [trace.samples[0]?.monoMs ?? 0, trace.samples.at(-1)?.monoMs ?? 0];
    const deep = deepestSpan(this.#probe.best(), startMs, endMs);
    const { fromMs, toMs } = deep ?? { fromMs: startMs, toMs: endMs };
    const within = ({ sentMonoMs }: { sentMonoMs: number }) => sentMonoMs >= fromMs && sentMonoMs <= toMs;
    const rtts = (kind: 'icmp' | 'tcp') =>
      this.#probe
        .of(kind)
        .filter(within)
        .map(({ rttMs }) => rttMs)
        .filter((rttMs) => !Number.isNaN(rttMs));
    // The kernel of whoever sends knows the round-trip time of the load itself.
    const ownRtts = trace.samples
      .filter(({ monoMs }) => monoMs >= fromMs && monoMs <= toMs)
      .map(({ rttUs }) => rttUs);
    const theirs = trace.remotes.slice(-trace.streams).flatMap(({ rttUs }) => rttUs ?? []);
    const loadUs = (direction === 'up' ? ownRtts : theirs).filter((rttUs) => rttUs > 0);
    return {
      connectMs: rtts('tcp'),
      pingMs: rtts('icmp'),
      loadMs: loadUs.map((rttUs) => rttUs / 1000),
      requestMs: requests.answers.filter(within).map(({ ms }) => ms),
      isSettled: trace.steady !== null,
    };
  }
}

/** Of the direction that is worse. */
export function worstResponsiveness(trips: readonly LoadedTrips[]) {
  const all = trips.map(responsivenessOf).filter((each) => each !== null);
  return all.sort((a, b) => a.rpm - b.rpm)[0] ?? null;
}
