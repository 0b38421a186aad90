import type { Clock } from '../../../core/clock.ts';
import { AppError } from '../../../core/errors.ts';
import type {
  LoadGenerator,
  LoadListeners,
  LoadReport,
  LoadRequest,
  LoadRun,
  ServeRun,
} from '../../../core/load.ts';
import { isCutAt } from './household-traffic.ts';
import type { LineModel } from './line-model.ts';
import { speedAt } from './line-speed.ts';

const sampleMs = 50;
const remoteMs = 250;
const maxStreams = 16;
const usualStallMs = 5000;
/** TCP's start; the queue fills behind it, and runs empty after the end. */
const riseMs = 300;
const fillMs = 700;
const drainMs = 150;
const wireShare = 1514 / 1448;
const ackShare = 0.03;

type Way = LoadRequest['direction'];

/** Load over the simulated line: as fast as that is, with the queue that it makes there. No byte leaves this process. */
export class SimulatedLoad implements LoadGenerator {
  readonly #clock: Clock;
  readonly #model: LineModel;
  /** Wall minus monotonic time. */
  readonly #offsetMs: number;
  readonly #runs = new Set<SimulatedRun>();
  readonly #queue: Record<Way, { beganMs: number; endedMs: number }> = {
    down: { beganMs: Number.NaN, endedMs: Number.NaN },
    up: { beganMs: Number.NaN, endedMs: Number.NaN },
  };
  /** On the wire, since the start. */
  readonly wire = { rxBytes: 0, txBytes: 0 };

  constructor(clock: Clock, model: LineModel, offsetMs: number) {
    this.#clock = clock;
    this.#model = model;
    this.#offsetMs = offsetMs;
    model.ownQueueUs = (atMs) => this.#queueUs(atMs);
  }

  start(request: LoadRequest, listeners: LoadListeners): LoadRun {
    const { direction } = request;
    this.#queue[direction] = { beganMs: this.#nowMs(), endedMs: Number.NaN };
    const run = new SimulatedRun({
      clock: this.#clock,
      request,
      listeners,
      mbps: () => {
        const speed = speedAt(this.#model, this.#nowMs());
        if (isCutAt(this.#model, this.#nowMs())) return 0;
        return direction === 'down' ? speed.downMbps : speed.upMbps;
      },
      onBytes: (bytes) => {
        const [along, against] =
          direction === 'down' ? (['rxBytes', 'txBytes'] as const) : (['txBytes', 'rxBytes'] as const);
        this.wire[along] += bytes * wireShare;
        this.wire[against] += bytes * ackShare;
      },
      onEnd: () => {
        this.#queue[direction].endedMs = this.#nowMs();
        this.#runs.delete(run);
      },
    });
    this.#runs.add(run);
    return run;
  }

  serve(): ServeRun {
    throw new AppError('DEMO_ONLY', 'The demo has no Wi-Fi to measure.', { status: 503 });
  }

  async stop(): Promise<void> {
    for (const run of this.#runs) run.stop();
  }

  #queueUs(atMs: number): number {
    const { queue } = speedAt(this.#model, atMs);
    return 1000 * (this.#fill('down', atMs) * queue.downMs + this.#fill('up', atMs) * queue.upMs);
  }

  /** 0..1 of the queue of a direction. */
  #fill(way: Way, atMs: number): number {
    const { beganMs, endedMs } = this.#queue[way];
    const filled = Math.min(1, Math.max(0, (Math.min(atMs, endedMs || atMs) - beganMs - riseMs) / fillMs));
    const drained = Number.isNaN(endedMs) ? 0 : Math.min(1, Math.max(0, (atMs - endedMs) / drainMs));
    return Number.isNaN(filled) ? 0 : filled * (1 - drained);
  }

  #nowMs(): number {
    return this.#clock.monoMs() + this.#offsetMs;
  }
}

interface RunParts {
  clock: Clock;
  request: LoadRequest;
  listeners: LoadListeners;
  mbps(): number;
  onBytes(bytes: number): void;
  onEnd(): void;
}

class SimulatedRun implements LoadRun {
  readonly #parts: RunParts;
  readonly #startedMs: number;
  readonly #ended = Promise.withResolvers<LoadReport>();
  readonly #cancel: () => void;
  readonly done: Promise<LoadReport> = this.#ended.promise;
  #streams: number;
  #bytes = 0;
  #sampledMs: number;
  #remoteMs: number;
  #silentMs = 0;

  constructor(parts: RunParts) {
    this.#parts = parts;
    this.#streams = parts.request.streams;
    this.#startedMs = parts.clock.monoMs();
    this.#sampledMs = this.#startedMs;
    this.#remoteMs = this.#startedMs;
    this.#cancel = parts.clock.every(sampleMs, () => this.#sample());
  }

  addStreams(count: number): void {
    this.#streams = Math.min(maxStreams, this.#streams + count);
  }

  stop(): void {
    this.#end('ok', 'stopped');
  }

  #sample(): void {
    const { clock, request, listeners, mbps, onBytes } = this.#parts;
    const monoMs = clock.monoMs();
    const spanMs = monoMs - this.#sampledMs;
    this.#sampledMs = monoMs;
    const rise = Math.min(1, (monoMs - this.#startedMs) / riseMs);
    const bytes = Math.round(mbps() * 125 * spanMs * rise);
    this.#bytes += bytes;
    onBytes(bytes);
    this.#silentMs = bytes > 0 ? 0 : this.#silentMs + spanMs;
    if (this.#silentMs >= (request.stallMs ?? usualStallMs)) {
      this.#end('stalled', 'failed');
      return;
    }
    listeners.onSample?.({
      monoMs,
      bytes: this.#bytes,
      ownBytes: this.#bytes,
      streams: this.#streams,
      rttUs: Number.NaN,
      retransmits: 0,
      heldBackRatio: 0,
      generatorBusyRatio: 0,
    });
    if (monoMs - this.#remoteMs >= remoteMs) {
      this.#remoteMs = monoMs;
      listeners.onRemote?.({
        stream: 0,
        elapsedUs: (monoMs - this.#startedMs) * 1000,
        bytes: this.#bytes,
        retransmits: 0,
        congestionControl: 'reno',
        rttUs: null,
      });
    }
    if (monoMs - this.#startedMs >= request.maxMs) this.#end('ok', 'time');
    else if (this.#bytes >= request.maxBytes) this.#end('ok', 'bytes');
  }

  #end(outcome: LoadReport['outcome'], end: LoadReport['end']): void {
    this.#cancel();
    this.#parts.onEnd();
    this.#ended.resolve({
      outcome,
      end,
      bytes: this.#bytes,
      status: null,
      tls: null,
      message: outcome === 'ok' ? null : 'nothing arrived on the simulated line',
      connectMs: 20,
      tlsMs: Number.NaN,
      firstByteMs: 40,
      congestionControl: 'reno',
    });
  }
}
