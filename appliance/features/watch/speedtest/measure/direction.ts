/** Loads one direction until its numbers stand, or its bounds are reached. */
import type { LoadReport, LoadRun, LoadSample, RemoteCount } from '../../../../core/load.ts';
import type { FoundServer, LoadTarget, SpeedPlan, SpeedPorts } from '../engine.ts';
import type { StopReason } from '../schema.ts';
import type { DelayProbe } from './delay-probe.ts';
import { estimateBytes, estimateMs } from './estimate.ts';
import { EngineFailure, failureOfLoad } from './failure.ts';
import { isLossy } from './loss.ts';
import { findSteady, hasGrown, isQueueKnown, type SteadyState } from './steady.ts';
import { rateMbps } from './trace.ts';

/** Bounds of a quick test, and the length of a full one. */
const longestMs = 10_000;
/** After the rate is known, the queue gets this long to show its depth. */
const deepestMs = 5000;
/** A bucket that was full when the load began lets more than the rate through. */
const bucketMs = 150;
const addStreamsMs = 500;
const addedStreams = 3;
const mostStreams = 16;
/** The other side may end the test after this and it still counts. */
const enoughMs = 5000;

export interface DirectionInput {
  ports: Pick<SpeedPorts, 'load' | 'clock'>;
  server: FoundServer;
  target: LoadTarget;
  direction: 'down' | 'up';
  plan: Pick<SpeedPlan, 'kind'>;
  interfaceName: string | null;
  baseMs: number;
  probe: DelayProbe;
  maxBytes: number;
  signal: AbortSignal;
  onSample(trace: DirectionTrace): void;
}

/** Everything that was seen; results are made of it afterwards. */
export interface DirectionTrace {
  samples: LoadSample[];
  remotes: RemoteCount[];
  steady: SteadyState | null;
  isLossy: boolean;
  singleStreamMbps: number | null;
  streams: number;
  /** Set when it is over. */
  stop: StopReason;
  report: LoadReport | null;
}

/** Throws `EngineFailure`, or the signal's reason. */
export async function loadDirection(input: DirectionInput): Promise<DirectionTrace> {
  const { ports, server, target, direction, interfaceName, maxBytes, signal } = input;
  signal.throwIfAborted();
  const isEstimate = input.plan.kind === 'estimate';
  // Reno fills any queue within a second, where others leave it half empty for five.
  const sender = direction === 'up' ? { congestionControl: 'reno' as const } : {};
  const trace: DirectionTrace = {
    samples: [],
    remotes: [],
    steady: null,
    isLossy: false,
    singleStreamMbps: null,
    streams: direction === 'up' || isEstimate ? 4 : 1,
    stop: 'time',
    report: null,
  };
  const run: LoadRun = ports.load.start(
    {
      direction,
      protocol: target.protocol,
      url: target.url,
      address: server.address,
      family: server.family,
      mayBeInside: server.mayBeInside,
      streams: trace.streams,
      ...sender,
      maxMs: isEstimate ? estimateMs : Math.min(longestMs, server.maxMs ?? longestMs),
      maxBytes: isEstimate ? Math.min(maxBytes, estimateBytes) : maxBytes,
      ...(interfaceName === null ? {} : { interfaceName }),
      ...(server.ca === undefined ? {} : { ca: server.ca }),
      ...(target.headers === undefined ? {} : { headers: target.headers }),
    },
    {
      onSample: (sample) => {
        trace.samples.push(sample);
        input.onSample(trace);
        conduct.sample();
      },
      onRemote: (count) => trace.remotes.push(count),
    },
  );
  const conduct = new Conductor(input, trace, run);
  const abort = () => run.stop();
  signal.addEventListener('abort', abort, { once: true });
  trace.report = await run.done;
  signal.removeEventListener('abort', abort);
  signal.throwIfAborted();
  const ended = finished(trace, trace.report, direction);
  // What the whole of a long run shows counts for more than what its first seconds did.
  if (input.plan.kind === 'full') ended.isLossy = isLossy(trace, input.probe.best(), input.baseMs);
  return isEstimate ? { ...ended, stop: 'estimate' } : ended;
}

function finished(trace: DirectionTrace, report: LoadReport, direction: 'down' | 'up'): DirectionTrace {
  const phase = direction === 'down' ? 'download' : 'upload';
  if (report.outcome !== 'ok') throw failureOfLoad(report, phase);
  const [first, last] = [trace.samples[0], trace.samples.at(-1)];
  const elapsedMs = (last?.monoMs ?? 0) - (first?.monoMs ?? 0);
  if (!last || last.bytes === 0) throw new EngineFailure('short', 'no byte arrived', phase);
  if (report.end === 'server' && trace.steady === null && elapsedMs < enoughMs)
    throw new EngineFailure('short', 'the server ended the test before it could be measured', phase);
  if (report.end === 'stopped') trace.stop = 'steady';
  else trace.stop = report.end === 'failed' ? 'time' : report.end;
  return trace;
}

/** Decides at each sample: more streams, go on, or enough. */
class Conductor {
  readonly #input: DirectionInput;
  readonly #trace: DirectionTrace;
  readonly #run: LoadRun;
  #addedMs: number | null = null;
  #rateBeforeAdding = 0;
  #isGrowing = true;

  constructor(input: DirectionInput, trace: DirectionTrace, run: LoadRun) {
    this.#input = input;
    this.#trace = trace;
    this.#run = run;
  }

  sample(): void {
    const { samples } = this.#trace;
    const [first, last] = [samples[0], samples.at(-1)];
    if (!first || !last) return;
    if (this.#input.plan.kind === 'estimate') return;
    if (this.#input.direction === 'down') this.#grow(first.monoMs, last.monoMs);
    this.#settle(first.monoMs);
    if (this.#isEnough(first.monoMs, last.monoMs)) this.#run.stop();
  }

  /** Streams are added while that makes the sum grow. */
  #grow(firstMs: number, nowMs: number): void {
    const sinceMs = nowMs - (this.#addedMs ?? firstMs);
    if (!this.#isGrowing || sinceMs < addStreamsMs || this.#trace.streams >= mostStreams) return;
    const mbps = rateMbps(this.#trace.samples, nowMs - addStreamsMs / 2, nowMs);
    // From the start: over a shorter time one gap that closes would look like more than the line.
    if (this.#addedMs === null)
      this.#trace.singleStreamMbps = rateMbps(this.#trace.samples, firstMs + bucketMs, nowMs);
    else if (!hasGrown(this.#rateBeforeAdding, mbps)) {
      this.#isGrowing = false;
      return;
    }
    const count = Math.min(addedStreams, mostStreams - this.#trace.streams);
    this.#run.addStreams(count);
    this.#trace.streams += count;
    this.#addedMs = nowMs;
    this.#rateBeforeAdding = mbps;
  }

  #settle(firstMs: number): void {
    const { probe, baseMs } = this.#input;
    const trace = this.#trace;
    if (trace.steady !== null) return;
    const notBeforeMs = (this.#addedMs ?? firstMs) + bucketMs;
    if (this.#input.direction === 'down' && this.#addedMs === null) return;
    trace.isLossy = isLossy(trace, probe.best(), baseMs);
    if (trace.isLossy) return; // what stands still for a second is not what lasts
    trace.steady = findSteady({ samples: trace.samples, delays: probe.best(), baseMs, notBeforeMs });
  }

  #isEnough(firstMs: number, nowMs: number): boolean {
    const { plan, direction, server, probe } = this.#input;
    const { steady } = this.#trace;
    if (plan.kind === 'full' || steady === null) return false;
    // Who does not send with reno would need five seconds more to show the queue, and often does not.
    const showsQueue = direction === 'up' || server.isOurs;
    return !showsQueue || isQueueKnown(probe.best(), firstMs, nowMs) || nowMs - steady.toMs > deepestMs;
  }
}
