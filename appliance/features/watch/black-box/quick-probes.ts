import { messageOf } from '../../../core/errors.ts';
import type { FeatureContext } from '../../../core/feature.ts';
import type { Exchange, ProbeTarget } from '../../../core/probing.ts';
import { codeOf, timeOf } from '../../../core/quantise.ts';
import type { TargetExchange } from '../latency/schema.ts';
import { quickTimeoutMs } from './plan.ts';
import { QuickRun } from './quick-run.ts';

type Parts = Pick<FeatureContext, 'engine' | 'clock' | 'store' | 'log'>;
type Listener = (exchanges: readonly TargetExchange[]) => void;

/** One phase of one target: a new one for each interval, so that each is a run of its own in the store. */
interface Phase {
  line: string;
  target: string;
  probe: ProbeTarget;
  key: string;
  handle: number;
  run: QuickRun;
  /** When it was taken off the engine; what is under way then still ends. NaN while it runs. */
  endedMonoMs: number;
}

/** The extra targets in the engine, what they see, and its way into the store. */
export class QuickProbes {
  readonly #parts: Parts;
  readonly #onExchanges: Listener;
  /** "line target" of what is probed now. */
  readonly #running = new Map<string, Phase>();
  /** With those that have just been taken off: at most one more phase for each. */
  readonly #byHandle = new Map<number, Phase>();
  /** As many as there are targets that were ever suspected. */
  readonly #series = new Map<string, number>();
  #cancelListening: (() => void) | null = null;

  constructor(parts: Parts, onExchanges: Listener) {
    this.#parts = parts;
    this.#onExchanges = onExchanges;
  }

  /** Probes exactly these for a line from now on; none: stops. */
  set(line: string, wanted: ReadonlyMap<string, ProbeTarget>): void {
    const nowMonoMs = this.#parts.clock.monoMs();
    const ended = new Map<string, number>();
    for (const [id, phase] of this.#running) {
      const probe = phase.line === line ? wanted.get(phase.target) : phase.probe;
      if (probe && keyOf(probe) === phase.key) continue;
      this.#end(id, phase, nowMonoMs);
      ended.set(phase.target, nowMonoMs);
    }
    for (const [target, probe] of wanted) {
      const id = `${line} ${target}`;
      if (!this.#running.has(id)) this.#begin(id, line, target, probe, ended.get(target));
    }
  }

  /** Hands what is settled to the store; `isLast` everything. */
  handOver(isLast = false): void {
    const { clock, store } = this.#parts;
    const nowMonoMs = clock.monoMs();
    const runs = [];
    for (const phase of this.#byHandle.values()) {
      const isOver = isLast || nowMonoMs - phase.endedMonoMs > lingerMs;
      const series = this.#series.get(`${phase.line} ${phase.target}`);
      if (series !== undefined) runs.push(...phase.run.take(series, nowMonoMs, isOver));
      if (isOver) this.#byHandle.delete(phase.handle);
    }
    if (runs.length > 0)
      store.measurements.append({ startMonoMs: Math.min(...runs.map((run) => run.startMonoMs)), runs });
    if (this.#byHandle.size > 0) return;
    this.#cancelListening?.();
    this.#cancelListening = null;
  }

  stop(): void {
    const nowMonoMs = this.#parts.clock.monoMs();
    for (const [id, phase] of this.#running) this.#end(id, phase, nowMonoMs);
    this.handOver(true);
  }

  #begin(
    id: string,
    line: string,
    target: string,
    probe: ProbeTarget,
    afterMonoMs: number | undefined,
  ): void {
    const { engine, log } = this.#parts;
    this.#cancelListening ??= engine.onExchanges((exchanges) => this.#record(exchanges));
    try {
      const handle = engine.add(probe);
      const run = new QuickRun(probe.intervalMs, afterMonoMs ?? Number.NEGATIVE_INFINITY);
      const phase = { line, target, probe, key: keyOf(probe), handle, run, endedMonoMs: Number.NaN };
      this.#running.set(id, phase);
      this.#byHandle.set(handle, phase);
    } catch (error) {
      log.warn({ target, address: probe.address }, `it cannot be probed quickly: ${messageOf(error)}`);
      return;
    }
    if (!this.#series.has(id)) this.#openSeries(id, line, target, probe);
  }

  #openSeries(id: string, line: string, target: string, { family }: ProbeTarget): void {
    const { store, log } = this.#parts;
    store.measurements
      .openSeries({ kind: 'icmp-quick', line, target, family })
      .then((series) => this.#series.set(id, series))
      .catch((error: unknown) =>
        log.warn({ target, reason: messageOf(error) }, 'its quick exchanges cannot be stored'),
      );
  }

  #end(id: string, phase: Phase, nowMonoMs: number): void {
    this.#running.delete(id);
    phase.endedMonoMs = nowMonoMs;
    this.#parts.engine.remove(phase.handle);
  }

  #record(exchanges: Iterable<Readonly<Exchange>>): void {
    const told: TargetExchange[] = [];
    for (const exchange of exchanges) {
      const phase = this.#byHandle.get(exchange.handle);
      if (!phase) continue;
      phase.run.add(exchange);
      const ended = endedOf(phase.target, exchange);
      if (ended) told.push(ended);
    }
    if (told.length > 0) this.#onExchanges(told);
  }
}

/** After this nothing that was under way can still end. */
const lingerMs = quickTimeoutMs + 1000;

const keyOf = (probe: ProbeTarget) => JSON.stringify(probe);

/** The same from what is stored: losses end with their timeout, whatever told of them earlier. */
function endedOf(target: string, exchange: Readonly<Exchange>): TargetExchange | null {
  const { sentMonoMs, outcome, rttUs, from } = exchange;
  switch (outcome) {
    case 'ok':
    case 'refused': {
      const storedUs = timeOf(codeOf(rttUs));
      const endedMonoMs = sentMonoMs + storedUs / 1000;
      return { target, sentMonoMs, endedMonoMs, outcome: 'ok', rttUs: storedUs, from: '' };
    }
    case 'timeout':
    case 'unreachable':
    case 'local': {
      const endedMonoMs = outcome === 'local' ? sentMonoMs : sentMonoMs + quickTimeoutMs;
      return { target, sentMonoMs, endedMonoMs, outcome, rttUs: Number.NaN, from };
    }
    default:
      return null; // skipped: not measured; late and duplicate: already told
  }
}
