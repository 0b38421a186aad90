import type { FeatureContext } from '../../../core/feature.ts';
import type { LatencyPort, Target, TargetExchange } from '../latency/schema.ts';
import { CaptureStore } from './captures.ts';
import { Freezer } from './freezer.ts';
import { Hurry } from './hurry.ts';
import { planQuick } from './plan.ts';
import { QuickProbes } from './quick-probes.ts';
import { Recorder } from './recorder.ts';
import type { BlackBoxPort, Capture } from './schema.ts';
import { Suspicion } from './suspicion.ts';

const handOverEveryMs = 60_000;

/** Looks closely when something seems wrong, and keeps what was seen around every event. */
export class BlackBoxService implements BlackBoxPort {
  readonly #context: FeatureContext;
  readonly #latency: LatencyPort;
  readonly #recorder = new Recorder();
  readonly #probes: QuickProbes;
  readonly #hurry: Hurry;
  readonly #suspicion: Suspicion;
  readonly #freezer: Freezer;
  readonly #captures: CaptureStore;
  readonly #listeners = new Set<(exchanges: readonly TargetExchange[]) => void>();
  #targets: readonly Target[] = [];
  #undo: (() => void)[] = [];

  constructor(context: FeatureContext) {
    const { clock, about } = context;
    this.#context = context;
    this.#latency = context.port('latency');
    this.#captures = new CaptureStore(context);
    this.#probes = new QuickProbes(context, (exchanges) => this.#recordQuick(exchanges));
    this.#freezer = new Freezer({
      clock,
      recorder: this.#recorder,
      beganMonoMs: about.startedMonoMs,
      onComplete: (capture) => this.#captures.put(capture),
    });
    this.#hurry = new Hurry({
      clock,
      isOpen: (line) => this.#freezer.isOpen(line),
      onPhase: (line, ageMs) => this.#enterPhase(line, ageMs),
    });
    this.#suspicion = new Suspicion({
      clock,
      latency: this.#latency,
      suspect: (line, why) => {
        if (!this.#hurry.isHurrying(line)) context.log.debug({ line, why }, 'looking closely');
        this.#hurry.call(line, null);
      },
    });
  }

  start(): void {
    const { clock, bus, timeline } = this.#context;
    this.#setTargets(this.#latency.targets());
    this.#undo = [
      this.#latency.onExchanges((exchanges) => {
        this.#recorder.record(exchanges);
        this.#suspicion.recordCalm(exchanges);
      }),
      bus.on('target.changed', ({ targets }) => this.#setTargets(targets)),
      timeline.onChange(() => this.#captures.restamp()),
      clock.every(handOverEveryMs, () => {
        this.#probes.handOver();
        this.#captures.retry();
      }),
    ];
  }

  async stop(): Promise<void> {
    for (const undo of this.#undo.splice(0)) undo();
    this.#suspicion.stop();
    this.#hurry.stop();
    this.#probes.stop();
    this.#freezer.stop();
    await this.#captures.settle();
  }

  onExchanges(listener: (exchanges: readonly TargetExchange[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  hurry(line: string, reason: string): void {
    this.#hurry.call(line, reason);
  }

  isHurrying(line: string): boolean {
    return this.#hurry.isHurrying(line);
  }

  freeze(key: string, line: string, fromMonoMs: number): void {
    this.#freezer.freeze(key, line, fromMonoMs);
  }

  release(key: string): void {
    this.#freezer.release(key);
  }

  captures(key: string): Promise<Capture[]> {
    return this.#captures.read(key);
  }

  /** Lines that are looked at closely now, and what the memory of the last minutes takes. */
  facts(): { hurrying: string[]; ringBytes: number } {
    return { hurrying: this.#hurry.lines(), ringBytes: this.#recorder.byteLength };
  }

  #setTargets(targets: readonly Target[]): void {
    this.#targets = targets;
    this.#recorder.setTargets(targets, this.#context.clock.monoMs());
    this.#suspicion.setTargets(targets);
    for (const line of this.#hurry.lines()) this.#enterPhase(line, this.#hurry.ageMs(line));
  }

  #enterPhase(line: string, ageMs: number | null): void {
    const wanted =
      ageMs === null
        ? new Map<string, never>()
        : planQuick(line, this.#targets, this.#context.config.current, ageMs);
    this.#probes.set(line, wanted);
    // What an open event rests on should survive a power cut; a stray loss can wait for the minute.
    if (this.#freezer.isOpen(line)) this.#probes.handOver();
  }

  #recordQuick(exchanges: readonly TargetExchange[]): void {
    this.#recorder.record(exchanges);
    this.#suspicion.recordQuick(exchanges);
    for (const listener of this.#listeners) listener(exchanges);
  }
}
