import { AppError } from '../../../core/errors.ts';
import type { RunSpeedTest, SpeedPlan, SpeedPorts } from './engine.ts';
import type { Ledger } from './ledger.ts';
import type { SpeedProgress, SpeedTest, SpeedTestResult } from './schema.ts';
import type { TestStore } from './store.ts';

export interface BenchParts {
  ports: SpeedPorts;
  run: RunSpeedTest;
  ledger: Ledger;
  tests: TestStore;
  onProgress(progress: SpeedProgress): void;
}

/** How a run ended; `test` is null when the result is not kept. */
export interface BenchEnd {
  result: SpeedTestResult;
  test: SpeedTest | null;
  /** It gave way to a test that a person started. */
  isDisplaced: boolean;
}

interface Turn {
  plan: SpeedPlan;
  stopping: AbortController;
  isDisplaced: boolean;
  progress: SpeedProgress | null;
  done: Promise<unknown>;
}

/** Runs one test at a time: reserves its bytes, runs it, settles what it took and keeps it. A person's test comes first. */
export class Bench {
  readonly #parts: BenchParts;
  #turn: Turn | null = null;

  constructor(parts: BenchParts) {
    this.#parts = parts;
  }

  get isBusy(): boolean {
    return this.#turn !== null;
  }

  /** Of the test that runs; null when none does. */
  get progress(): SpeedProgress | null {
    return this.#turn?.progress ?? null;
  }

  isRunning(line: string): boolean {
    return this.#turn?.plan.line === line;
  }

  /**
   * Runs a test to its end. Throws `SPEEDTEST_BUSY` when another one runs, unless that started by itself and this one did
   * not. `isKept` says whether the result goes into the history.
   */
  async take(
    plan: SpeedPlan,
    signal: AbortSignal,
    isKept: (result: SpeedTestResult) => boolean = () => true,
  ): Promise<BenchEnd> {
    const before = this.#turn;
    if (before !== null) this.#displace(before, plan);
    const stopping = new AbortController();
    const turn: Turn = { plan, stopping, isDisplaced: false, progress: null, done: Promise.resolve() };
    this.#turn = turn;
    const work = this.#work(turn, before, AbortSignal.any([signal, stopping.signal]), isKept);
    turn.done = work.then(
      () => undefined,
      () => undefined, // told to the caller below
    );
    return work;
  }

  #displace(running: Turn, plan: SpeedPlan): void {
    if (!plan.isForced || running.plan.isForced) {
      const { line } = running.plan;
      throw new AppError('SPEEDTEST_BUSY', `Another speed test is running, on the line ${line}.`, {
        status: 409,
        details: { running: running.progress },
      });
    }
    running.isDisplaced = true;
    running.stopping.abort();
  }

  async #work(
    turn: Turn,
    before: Turn | null,
    signal: AbortSignal,
    isKept: (result: SpeedTestResult) => boolean,
  ): Promise<BenchEnd> {
    try {
      await before?.done;
      const result = await this.#charged(turn, signal);
      const { isDisplaced } = turn;
      const test = !isDisplaced && isKept(result) ? await this.#parts.tests.add(result) : null;
      return { result, test, isDisplaced };
    } finally {
      if (this.#turn === turn) this.#turn = null;
    }
  }

  async #charged(turn: Turn, signal: AbortSignal): Promise<SpeedTestResult> {
    const { ports, run, ledger, onProgress } = this.#parts;
    const { plan } = turn;
    const reservation = await ledger.reserve(plan.line, plan.maxBytes);
    try {
      const result = await run(ports, plan, signal, (progress) => {
        turn.progress = progress;
        onProgress(progress);
      });
      await ledger.settle(reservation, result.bytes);
      return result;
    } catch (error) {
      // What it took is not known; the whole price is the safe side.
      await ledger.settle(reservation, reservation.bytes);
      throw error;
    }
  }

  /** Ends the test that runs; false when none does. */
  cancel(): boolean {
    if (this.#turn === null) return false;
    this.#turn.stopping.abort();
    return true;
  }

  /** The same, and waits until it is settled and kept. */
  async stop(): Promise<void> {
    while (this.#turn !== null) {
      const { stopping, done } = this.#turn;
      stopping.abort();
      await done;
    }
  }
}
