import type { FeatureContext } from '../../../core/feature.ts';
import { withAuthorities } from './authorities.ts';
import { Bench, type BenchEnd, type BenchParts } from './bench.ts';
import type { ChoiceWithFile } from './choices.ts';
import type { LineDesk, Order } from './line-desk.ts';
import type { SpeedProgress, SpeedTest, SpeedTestResult } from './schema.ts';
import type { TestStore } from './store.ts';

export interface RunnerParts extends Omit<BenchParts, 'onProgress'> {
  context: Pick<FeatureContext, 'bus'>;
  tests: TestStore;
  desks: ReadonlyMap<string, LineDesk>;
}

/** Makes a test of an order, and tells everybody of it. */
export class Runner {
  readonly #parts: RunnerParts;
  readonly #bench: Bench;
  readonly #stopping = new AbortController();

  constructor(parts: RunnerParts) {
    this.#parts = parts;
    const { bus } = parts.context;
    this.#bench = new Bench({ ...parts, onProgress: (progress) => bus.emit('speedtest.progress', progress) });
  }

  get isBusy(): boolean {
    return this.#bench.isBusy;
  }

  get progress(): SpeedProgress | null {
    return this.#bench.progress;
  }

  /** Aborts when the service stops. */
  get stopping(): AbortSignal {
    return this.#stopping.signal;
  }

  isRunning(line: string): boolean {
    return this.#bench.isRunning(line);
  }

  async run(
    desk: LineDesk,
    order: Order,
    choices: readonly ChoiceWithFile[],
    signal: AbortSignal,
    isKept?: (result: SpeedTestResult) => boolean,
  ): Promise<BenchEnd> {
    const plan = desk.planOf(order, await withAuthorities(choices));
    const end = await this.#bench.take(plan, signal, isKept);
    if (end.test !== null) await this.#tell(end.test);
    return end;
  }

  /** Puts a result into the history that no run made. */
  async keep(result: SpeedTestResult): Promise<void> {
    await this.#tell(await this.#parts.tests.add(result));
  }

  /** Alike and older, newest first. */
  async earlierThan(test: SpeedTest, limit: number): Promise<SpeedTest[]> {
    const alike = await this.#parts.tests.alike(test, limit + 1, Date.parse(test.at));
    return alike.filter(({ id }) => id !== test.id).slice(0, limit);
  }

  cancel(): boolean {
    return this.#bench.cancel();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#bench.stop();
  }

  async #tell({ details: _, ...test }: SpeedTest): Promise<void> {
    await this.#parts.desks.get(test.line)?.refresh();
    this.#parts.context.bus.emit('speedtest.finished', test);
  }
}
