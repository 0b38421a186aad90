import { AppError } from '../../../core/errors.ts';
import type { FeatureContext } from '../../../core/feature.ts';
import type { Family } from '../../../core/shapes.ts';
import type { Random } from './agenda.ts';
import { Automatic, cronOf } from './automatic.ts';
import { type ChoiceWithFile, choicesFor, type Means, readinessOf } from './choices.ts';
import type { RunSpeedTest, SpeedEngine } from './engine.ts';
import type { SpeedtestFacts } from './entities.ts';
import { Ledger } from './ledger.ts';
import { LineDesk } from './line-desk.ts';
import { runsPerDay } from './occurrence.ts';
import { OwnSchedules } from './own-schedules.ts';
import { lineReport } from './report.ts';
import { Runner } from './runner.ts';
import type {
  EngineName,
  SpeedKind,
  SpeedPlanReport,
  SpeedTest,
  SpeedTestResult,
  SpeedtestPort,
} from './schema.ts';
import { TestStore } from './store.ts';

/** The random schedule, on average. */
const adaptivePerDay = 4;
/** Those that tell what is chance on a line. */
const spreadTests = 20;
/** Rows of one transaction. */
const pastAtOnce = 250;
/** An outage shorter than this leaves no doubt about the rate afterwards. */
const notableOutageSeconds = 30;

export interface TestRequest {
  line?: string | undefined;
  engine?: EngineName | undefined;
  /** In place of those that are configured; by callers who may configure. */
  server?: string | undefined;
  kind?: SpeedKind | undefined;
  family?: Family | undefined;
  /** Also when the data of the month are used up. */
  isBeyondBudget?: boolean | undefined;
}

export interface SpeedtestServiceParts {
  context: FeatureContext;
  run: RunSpeedTest;
  engines: Readonly<Record<EngineName, Pick<SpeedEngine, 'service'>>>;
  random?: Random;
}

/** Speed tests of every line: planned, made one at a time, paid for, kept and told. */
export class SpeedtestService implements SpeedtestPort, SpeedtestFacts {
  readonly #context: FeatureContext;
  readonly #engines: SpeedtestServiceParts['engines'];
  readonly #random: Random;
  readonly #ledger: Ledger;
  readonly #desks = new Map<string, LineDesk>();
  readonly #runner: Runner;
  readonly tests: TestStore;
  readonly schedules: OwnSchedules;
  /** Requests may come before the past of the lines has been read. */
  readonly #ready = Promise.withResolvers<void>();
  #automatic: Automatic | null = null;
  #undo: (() => void)[] = [];

  constructor({ context, run, engines, random = Math.random }: SpeedtestServiceParts) {
    const { store, timeline, config } = context;
    this.#context = context;
    this.#engines = engines;
    this.#random = random;
    this.tests = new TestStore(store.state);
    this.schedules = new OwnSchedules(store.state);
    const timezone = () => config.current.site.timezone;
    this.#ledger = new Ledger({ state: store.state, timeline, timezone });
    const shared = { context, run, ports: context, ledger: this.#ledger };
    this.#runner = new Runner({ ...shared, tests: this.tests, desks: this.#desks });
  }

  async start(): Promise<void> {
    const context = this.#context;
    const { bus, config, log } = context;
    const charged = await this.#ledger.load();
    if (charged > 0)
      log.warn({ charged }, 'a speed test was cut by the end of the process; its price is charged');
    await this.schedules.load();
    await this.#follow();
    this.#ready.resolve();
    const runner = this.#runner;
    this.#automatic = new Automatic({
      context,
      desks: this.#desks,
      schedules: this.schedules,
      runner,
      random: this.#random,
    });
    this.#undo = [
      config.onChange(() => void this.#reconfigure()),
      bus.on('outage.opened', (outage) => {
        const desk = this.#desks.get(outage.line);
        if (desk === undefined || outage.target !== null) return;
        // Without IPv6 alone the line is measured over IPv4.
        if (outage.kind === 'outage' && outage.family !== 'ipv6') desk.outages.add(outage.id);
        else if (outage.symptom === 'loss' || outage.symptom === 'latency') this.want(outage.line, 'anomaly');
      }),
      bus.on('outage.closed', ({ id, line, durationSeconds, endedBy }) => {
        // Only those that were seen to begin, and that left nothing to measure.
        if (!this.#desks.get(line)?.outages.delete(id)) return;
        if (endedBy === 'recovery' && durationSeconds >= notableOutageSeconds) this.want(line, 'outage');
      }),
    ];
    this.#automatic.look();
  }

  async stop(): Promise<void> {
    for (const undo of this.#undo.splice(0)) undo();
    const automatic = this.#automatic?.stop();
    await this.#runner.stop();
    await automatic;
  }

  /** Runs a test now and waits for it; whatever runs by itself gives way. The result is kept, also when it failed. */
  async run(request: TestRequest, signal: AbortSignal): Promise<SpeedTest> {
    await this.#ready.promise;
    const desk = this.#deskOf(request.line);
    const choices = this.#choicesOf(request);
    const [first] = choices;
    const kind = request.kind ?? (desk.limits.isMetered ? 'estimate' : 'quick');
    const price = desk.price(first?.engine ?? 'peer', kind);
    const { budgetBytes } = desk.limits;
    const leftBytes = budgetBytes - this.#ledger.spent(desk.line).bytes;
    const isUnbounded = budgetBytes === 0 || request.isBeyondBudget === true;
    if (!isUnbounded && price.bytes > leftBytes)
      throw new AppError(
        'SPEEDTEST_BUDGET',
        `${lineReport(this.#reportInput(desk)).budget.text} Raise speedtest.monthlyBudgetGb, or ask for a test beyond it.`,
        { status: 409, details: { budgetBytes, leftBytes: Math.max(0, leftBytes), priceBytes: price.bytes } },
      );
    const order = {
      line: desk.line,
      family: request.family ?? null,
      kind,
      reason: 'asked' as const,
      isForced: true,
      maxBytes: isUnbounded ? price.reserveBytes : Math.min(price.reserveBytes, leftBytes),
    };
    const either = AbortSignal.any([signal, this.#runner.stopping]);
    const { test, result } = await this.#runner.run(desk, order, choices, either);
    desk.keepGap();
    this.#automatic?.look();
    return test ?? { id: '', ...result };
  }

  /** Tests like this one from before it: what they spread is chance. */
  around(test: SpeedTest): Promise<SpeedTest[]> {
    return this.#runner.earlierThan(test, spreadTests);
  }

  /** The line of that name, or the first one. Throws `LINE_UNKNOWN`. */
  lineNamed(name: string | undefined): string {
    return this.#deskOf(name).line;
  }

  /** Ends the test that runs, whoever started it; false when none does. */
  cancel(): boolean {
    return this.#runner.cancel();
  }

  plan(): SpeedPlanReport {
    const { schedule, quietHours } = this.#context.config.current.speedtest;
    return {
      lines: [...this.#desks.values()].map((desk) => lineReport(this.#reportInput(desk))),
      running: this.#runner.progress,
      schedule,
      quietHours,
    };
  }

  latest(line: string): SpeedTest | null {
    return this.#desks.get(line)?.facts.latest ?? null;
  }

  async between(fromMs: number, toMs: number, limit = 1000): Promise<SpeedTest[]> {
    return (await this.tests.list({ fromMs, toMs, limit })).tests;
  }

  want(line: string, reason: 'outage' | 'anomaly'): void {
    this.#desks.get(line)?.want(reason);
    this.#automatic?.look();
  }

  isRunning(line: string): boolean {
    return this.#runner.isRunning(line);
  }

  async keepPast(results: readonly SpeedTestResult[]): Promise<void> {
    await this.#ready.promise;
    for (let from = 0; from < results.length; from += pastAtOnce)
      await this.tests.addAll(results.slice(from, from + pastAtOnce));
    await this.#ledger.charge(results);
    for (const desk of this.#desks.values()) await desk.refresh();
    this.#automatic?.look();
  }

  /** Whether any test runs, on whatever line. */
  get isBusy(): boolean {
    return this.#runner.isBusy;
  }

  async newest(): Promise<{ measured: SpeedTest | null; last: SpeedTest | null }> {
    const all = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER, limit: 1 };
    const [last, measured] = await Promise.all([
      this.tests.list(all),
      this.tests.list({ ...all, outcome: 'ok' }),
    ]);
    return { measured: measured.tests[0] ?? null, last: last.tests[0] ?? null };
  }

  async bytesThisMonth(): Promise<number> {
    return [...this.#desks.keys()].reduce((sum, line) => sum + this.#ledger.spent(line).bytes, 0);
  }

  get lines(): readonly string[] {
    return [...this.#desks.keys()];
  }

  spent(line: string) {
    return this.#ledger.spent(line);
  }

  /** The desks of the lines that are configured now. */
  async #follow(): Promise<void> {
    const context = this.#context;
    const names = context.config.current.lines.map(({ name }) => name);
    for (const line of this.#desks.keys()) if (!names.includes(line)) this.#desks.delete(line);
    for (const line of names) {
      if (this.#desks.has(line)) continue;
      const desk = new LineDesk(line, {
        context,
        link: context.port('link'),
        ledger: this.#ledger,
        tests: this.tests,
        means: () => this.#means,
        random: this.#random,
        startedMonoMs: context.clock.monoMs(),
      });
      await desk.open();
      this.#desks.set(line, desk);
    }
  }

  async #reconfigure(): Promise<void> {
    try {
      await this.#follow();
      for (const desk of this.#desks.values()) desk.configure();
    } catch (error) {
      this.#context.log.error({ err: error }, 'the past of a new line could not be read');
    }
    this.#automatic?.look();
  }

  get #means(): Means {
    const { speedtest, consent } = this.#context.config.current;
    return {
      config: speedtest,
      serviceOf: (engine) => this.#engines[engine].service,
      isOn: (service) => consent[service] === true,
    };
  }

  #deskOf(line: string | undefined): LineDesk {
    const [first] = this.#desks.values();
    const desk = line === undefined ? first : this.#desks.get(line);
    if (desk !== undefined) return desk;
    throw new AppError('LINE_UNKNOWN', `There is no line ${line}; there are: ${this.lines.join(', ')}.`, {
      status: 404,
    });
  }

  #choicesOf({ engine, server }: TestRequest): ChoiceWithFile[] {
    if (server !== undefined) return [{ engine: engine ?? 'peer', server, isInside: true }];
    const means = this.#means;
    const wanted = engine ?? means.config.engine;
    const choices = choicesFor(wanted, means);
    if (choices.length > 0) return choices;
    const why = wanted === 'auto' ? null : readinessOf(wanted, means).why;
    throw new AppError(
      'SPEEDTEST_NOBODY',
      why ??
        'There is nobody to measure with: name a server in speedtest.servers, or switch on an outside service.',
      { status: 409 },
    );
  }

  #reportInput(desk: LineDesk) {
    const { timeline, config } = this.#context;
    const { speedtest, site } = config.current;
    const price = desk.price('peer', 'quick');
    return {
      desk,
      planned: desk.next(),
      purse: desk.around(price).purse,
      means: this.#means,
      tests: this.#ledger.spent(desk.line).tests,
      testsPerDay: this.#testsPerDay(desk.line),
      fullEveryDays: speedtest.fullEveryDays,
      wallMs: (monoMs: number) => timeline.wallMs(monoMs),
      timezone: site.timezone,
      isTimeKnown: timeline.anchor.isKnown,
    };
  }

  #testsPerDay(line: string): number {
    const { timeline, config } = this.#context;
    const { schedule } = config.current.speedtest;
    const { timezone } = config.current.site;
    const own = this.schedules.testsPerDay(line, timeline.nowMs(), timezone);
    if (schedule === 'adaptive') return own + adaptivePerDay;
    const cron = cronOf(schedule);
    return cron === null ? own : own + runsPerDay({ times: [], days: [], cron }, timeline.nowMs(), timezone);
  }
}
