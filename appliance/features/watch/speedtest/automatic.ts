import { toIso } from '../../../core/clock.ts';
import type { FeatureContext } from '../../../core/feature.ts';
import { mayWait, type Random, type RunEnd } from './agenda.ts';
import { comparedTests } from './change.ts';
import { serverOf } from './choices.ts';
import { endOf, leftOut } from './ending.ts';
import type { LineDesk, Planned } from './line-desk.ts';
import { nextOccurrence } from './occurrence.ts';
import type { OwnSchedules } from './own-schedules.ts';
import type { Runner } from './runner.ts';
import type { SpeedTest, SpeedTestResult } from './schema.ts';

const minuteMs = 60_000;
/** A time of the owner's own is met within a moment after the minute. */
const afterMinuteMs = 200;
const leastWaitMs = 1000;
/** While something else is in the way: another test, an outage. */
const againMs = 5 * minuteMs;
/** Times that passed while the service was off are looked for so far back. */
const lookBackMs = 30 * minuteMs;
const clockSlackMs = 24 * 60 * minuteMs;

export interface AutomaticParts {
  context: Pick<FeatureContext, 'clock' | 'timeline' | 'config' | 'log'>;
  desks: ReadonlyMap<string, LineDesk>;
  schedules: OwnSchedules;
  runner: Runner;
  random: Random;
}

/** Starts the tests that are due, one at a time. */
export class Automatic {
  readonly #parts: AutomaticParts;
  #lookedMs: number;
  /** The configured cron line is done up to here; it has no memory over restarts, so nothing before the start. */
  #cronDoneMs: number;
  #cancel: () => void = () => undefined;
  #working: Promise<void> = Promise.resolve();
  #isStopped = false;
  #isLookDue = false;

  constructor(parts: AutomaticParts) {
    this.#parts = parts;
    this.#cronDoneMs = parts.context.timeline.nowMs();
    this.#lookedMs = this.#cronDoneMs - lookBackMs;
  }

  /** Looks now, and from then on when the next test is due, at least once a minute. */
  look(): void {
    if (this.#isLookDue) return;
    this.#isLookDue = true;
    this.#working = this.#working
      .then(() => this.#look())
      .catch((error: unknown) => {
        this.#parts.context.log.error({ err: error }, 'the schedule of speed tests failed');
      })
      .then(() => this.#arm());
  }

  /** Waits for what runs; it has been told to end. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancel();
    await this.#working;
  }

  #arm(): void {
    this.#cancel();
    if (this.#isStopped) return;
    const { clock, timeline } = this.#parts.context;
    const nowMs = clock.monoMs();
    const dues = [...this.#parts.desks.values()].map(
      (desk) => desk.next()?.atMonoMs ?? Number.POSITIVE_INFINITY,
    );
    const toMinuteMs = minuteMs - (timeline.nowMs() % minuteMs) + afterMinuteMs;
    const waitMs = Math.min(toMinuteMs, Math.min(...dues) - nowMs);
    this.#cancel = clock.after(Math.max(leastWaitMs, waitMs), () => this.look());
  }

  async #look(): Promise<void> {
    this.#isLookDue = false;
    if (this.#isStopped || !this.#parts.context.timeline.anchor.isKnown) return;
    await this.#takeOwnTimes();
    for (const desk of this.#parts.desks.values()) {
      const planned = desk.next();
      if (planned === null || planned.atMonoMs > this.#parts.context.clock.monoMs()) continue;
      await this.#begin(desk, planned);
    }
  }

  async #takeOwnTimes(): Promise<void> {
    const { context, desks, schedules } = this.#parts;
    const { timeline, config } = context;
    const { timezone } = config.current.site;
    const nowMs = timeline.nowMs();
    const fromMs = Math.max(nowMs - lookBackMs, Math.min(this.#lookedMs, nowMs));
    this.#lookedMs = nowMs;
    for (const due of await schedules.takeDue(fromMs, nowMs, timezone))
      for (const desk of desks.values())
        if (due.line === null || due.line === desk.line) desk.takeOwnTime(due);
    if (this.#isCronDue(nowMs))
      for (const desk of desks.values())
        desk.takeOwnTime({ id: 'configuration', family: null, burstCount: 1 });
  }

  #isCronDue(nowMs: number): boolean {
    const { speedtest, site } = this.#parts.context.config.current;
    const cron = cronOf(speedtest.schedule);
    // A clock that is set back meets no time twice, unless it was wrong by more than a day.
    if (this.#cronDoneMs > nowMs + clockSlackMs) this.#cronDoneMs = nowMs;
    const fromMs = Math.max(this.#cronDoneMs, nowMs - lookBackMs);
    this.#cronDoneMs = Math.max(this.#cronDoneMs, nowMs);
    if (cron === null) return false;
    const next = nextOccurrence({ times: [], days: [], cron }, fromMs, site.timezone);
    return next !== null && next <= nowMs;
  }

  async #begin(desk: LineDesk, planned: Planned): Promise<void> {
    const { runner, random } = this.#parts;
    const { intent, skip, choices } = planned;
    if (skip === 'budget') return this.#leaveOut(desk, planned);
    if (skip === 'quiet-hours') return desk.settle(intent, 'over', null);
    if (choices.length === 0) return desk.settle(intent, 'over', null);
    if (desk.isDown || runner.isBusy) return desk.delay(intent, againMs * (1 + random()));
    await this.#run(desk, planned);
  }

  /** Says in the history why there is no test: once for a moment that a person has named, once a month for the others. */
  async #leaveOut(desk: LineDesk, planned: Planned): Promise<void> {
    const { context, runner } = this.#parts;
    const { intent, choices, price } = planned;
    const { isMetered } = desk.limits;
    const plan = desk.planOf(desk.orderOf(planned), []);
    const failure = {
      reason: isMetered ? ('metered' as const) : ('budget' as const),
      message: `The data set aside for speed tests on the line ${desk.line} this month are used up.`,
    };
    const [first] = choices;
    if (first !== undefined && price.bytes > 0)
      await runner.keep(leftOut(plan, first.engine, failure, toIso(context.timeline.nowMs())));
    if (intent.origin === 'custom' || intent.origin === 'burst') desk.settle(intent, 'over', null);
    else desk.delayToNextMonth(planned);
  }

  async #run(desk: LineDesk, planned: Planned): Promise<void> {
    const { runner, context } = this.#parts;
    const { intent, choices } = planned;
    let end: RunEnd = 'over';
    let server: string | null = null;
    try {
      const isKept = (result: SpeedTestResult) =>
        !this.#isStopped && !(endOf(result, false, []) === 'busy' && mayWait(intent));
      const ran = await runner.run(desk, desk.orderOf(planned), choices, runner.stopping, isKept);
      const earlier = ran.test === null ? [] : await runner.earlierThan(ran.test, comparedTests);
      end = endOf(ran.result, ran.isDisplaced, earlier);
      server = serverOf({ id: '', ...ran.result } satisfies SpeedTest);
    } catch (error) {
      context.log.error({ err: error, line: desk.line }, 'a speed test could not be made');
    } finally {
      desk.settle(intent, end, server);
    }
  }
}

/** The configured schedule where it is a cron line. */
export const cronOf = (schedule: string) => (schedule === 'adaptive' || schedule === 'off' ? null : schedule);
