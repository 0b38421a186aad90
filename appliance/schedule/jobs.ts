import { type ScheduledTask, schedule as scheduleCron } from 'node-cron';
import type { Clock } from '../core/clock.ts';
import type { CalendarJob } from '../core/feature.ts';
import type { Log } from '../core/log.ts';
import type { Timeline } from '../core/timeline.ts';
import { nextLocalTime } from '../core/zone-time.ts';

/** Work that became due while the box was off waits this long after the start, so that measuring comes first. */
const catchUpDelayMs = 2 * 60_000;
/** A last run further in the future than this means that the clock was wrong then. */
const clockSlackMs = 60_000;

/** Where the last runs are remembered across restarts. */
export interface JobMemory {
  lastRunMs(name: string): Promise<number | null>;
  remember(name: string, atMs: number): Promise<void>;
}

export interface CalendarOptions {
  jobs: readonly CalendarJob[];
  /** IANA zone of the site, asked anew each time. */
  timezone(): string;
  memory: JobMemory;
  timeline: Pick<Timeline, 'nowMs' | 'anchor'>;
  clock: Clock;
  log: Log;
  /** How often due jobs are looked for; only tests need another one. */
  cron?: string;
}

export interface JobState {
  name: string;
  nextAtMs: number | null;
  lastRunMs: number | null;
  isRunning: boolean;
  runs: number;
  failures: number;
  lastError: string | null;
}

interface Entry extends JobState {
  job: CalendarJob;
}

/**
 * Runs daily jobs at local times, one at a time and never twice at once. A job that was missed while the box was off or
 * its clock not known is caught up once. A job that fails is logged, counted and tried again the next day.
 */
export class Calendar {
  readonly #options: CalendarOptions;
  readonly #entries: Entry[];
  readonly #stopping = new AbortController();
  #task: ScheduledTask | null = null;
  #busy: Promise<void> | null = null;
  #startedMonoMs = 0;

  constructor(options: CalendarOptions) {
    this.#options = options;
    this.#entries = options.jobs.map((job) => ({
      job,
      name: job.name,
      nextAtMs: null,
      lastRunMs: null,
      isRunning: false,
      runs: 0,
      failures: 0,
      lastError: null,
    }));
  }

  start(): void {
    this.#startedMonoMs = this.#options.clock.monoMs();
    // UTC and every minute: cron in a zone with summer time skips and repeats jobs, so local time is our own arithmetic.
    this.#task = scheduleCron(this.#options.cron ?? '* * * * *', () => this.check(), {
      timezone: 'Etc/UTC',
      suppressMissedWarning: true,
    });
  }

  /** Waits for a running job, which is asked to end early. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#task?.destroy();
    this.#task = null;
    await this.#busy;
  }

  state(): JobState[] {
    return this.#entries.map(({ job: _, ...state }) => ({ ...state }));
  }

  /** Runs what is due now; a call while jobs run changes nothing. */
  check(): Promise<void> {
    this.#busy ??= this.#runDue().finally(() => {
      this.#busy = null;
    });
    return this.#busy;
  }

  async #runDue(): Promise<void> {
    if (!this.#options.timeline.anchor.isKnown) return; // nobody can say what time it is
    for (const entry of this.#entries) {
      if (this.#stopping.signal.aborted) return;
      try {
        if (await this.#isDue(entry)) await this.#run(entry);
      } catch (error) {
        this.#fail(entry, error);
      }
    }
  }

  async #isDue(entry: Entry): Promise<boolean> {
    const { memory, timeline, clock } = this.#options;
    const timeOfDay = entry.job.dailyAt();
    entry.nextAtMs = null;
    if (timeOfDay === null) return false;
    const nowMs = timeline.nowMs();
    entry.lastRunMs ??= await memory.lastRunMs(entry.name);
    if (entry.lastRunMs === null || entry.lastRunMs > nowMs + clockSlackMs) {
      // Counting starts now; remembered, so that a box that is off every night catches up too.
      entry.lastRunMs = nowMs;
      await memory.remember(entry.name, nowMs);
    }
    entry.nextAtMs = nextLocalTime(entry.lastRunMs, timeOfDay, this.#options.timezone());
    if (entry.nextAtMs > nowMs) return false;
    const startedMs = nowMs - (clock.monoMs() - this.#startedMonoMs);
    const isMissed = entry.nextAtMs < startedMs;
    return !isMissed || nowMs - startedMs >= catchUpDelayMs;
  }

  async #run(entry: Entry): Promise<void> {
    const { memory, timeline, clock, log } = this.#options;
    const startedMonoMs = clock.monoMs();
    const atMs = timeline.nowMs();
    entry.isRunning = true;
    try {
      // Before the work: a job that kills the process must not do so at every start.
      await memory.remember(entry.name, atMs);
      entry.lastRunMs = atMs;
      await entry.job.run(this.#stopping.signal);
      entry.runs += 1;
      entry.lastError = null;
      log.info(
        { job: entry.name, tookMs: Math.round(clock.monoMs() - startedMonoMs) },
        'a daily job is done',
      );
    } finally {
      entry.isRunning = false;
      const timeOfDay = entry.job.dailyAt();
      entry.nextAtMs = timeOfDay === null ? null : nextLocalTime(atMs, timeOfDay, this.#options.timezone());
    }
  }

  #fail(entry: Entry, error: unknown): void {
    if (this.#stopping.signal.aborted) return;
    entry.failures += 1;
    entry.lastError = error instanceof Error ? error.message : String(error);
    this.#options.log.error({ job: entry.name, err: error }, 'a daily job failed');
  }
}
