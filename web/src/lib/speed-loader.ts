import type { ReactiveController, ReactiveControllerHost } from 'lit';
import type {
  ShaperAdvice,
  SpeedPlanReport,
  SpeedTest,
  SpeedTestList,
} from '../../../appliance/features/watch/speedtest/schema.ts';
import { getJson, withQuery } from './api.ts';
import { appliance } from './appliance.ts';
import type { Range } from './range.ts';

/** Marks of a year at eight tests a day; the page says when there are more. */
export const mostTests = 3000;
const newest = 20;
/** What one request may ask for. */
const pageSize = 1000;
/** Failed tests of a range whose reasons are read. */
const mostReasons = 100;
/** The plan and the ages of results move by themselves. */
const refreshMs = 60_000;

/** Everything the page Speed shows, again after every test. */
export class SpeedLoader implements ReactiveController {
  /** Of the range, newest first; null before the first answer. */
  tests: readonly SpeedTest[] | null = null;
  isPartial = false;
  failure: string | null = null;
  /** The last ones of all times, newest first. */
  latest: readonly SpeedTest[] | null = null;
  plan: SpeedPlanReport | null = null;
  planFailure: string | null = null;
  /** By line. */
  advice: ReadonlyMap<string, ShaperAdvice> = new Map();
  isLoading = false;
  readonly #host: ReactiveControllerHost;
  readonly #range: () => Range;
  readonly #details = new Map<string, SpeedTest>();
  readonly #asked = new Set<string>();
  #abort = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #version = appliance.speed.version;
  #leave: (() => void)[] = [];

  constructor(host: ReactiveControllerHost, range: () => Range) {
    this.#host = host;
    this.#range = range;
    host.addController(this);
  }

  hostConnected(): void {
    const changed = () => {
      if (this.#version === appliance.speed.version) return;
      this.#version = appliance.speed.version;
      void this.reload();
    };
    this.#leave = [
      appliance.on('speed', changed),
      appliance.on('settings', () => void this.#loadPlan()), // consent, budget or engine
    ];
    void this.#loadPlan();
    void this.#loadLatest();
  }

  hostDisconnected(): void {
    for (const leave of this.#leave) leave();
    clearTimeout(this.#timer);
    this.#abort.abort();
  }

  /** A range that was not shown before. */
  async ask(): Promise<void> {
    this.#abort.abort();
    this.#abort = new AbortController();
    this.isLoading = true;
    this.#host.requestUpdate();
    await this.#loadRange();
  }

  async reload(): Promise<void> {
    await Promise.all([this.#loadRange(), this.#loadLatest(), this.#loadPlan()]);
  }

  /** A test with its details; asked for once, null until the answer is there or when there is none. */
  detailed(id: string): SpeedTest | null {
    const known = this.#details.get(id);
    if (!known && !this.#asked.has(id)) {
      this.#asked.add(id);
      void this.#loadDetails(id);
    }
    return known ?? null;
  }

  async #loadDetails(id: string): Promise<void> {
    try {
      this.#details.set(id, await getJson<SpeedTest>(`/api/speedtests/${encodeURIComponent(id)}`));
    } catch (error) {
      console.info('speed: the details are not there', error); // what the list tells of it is shown
    }
    this.#host.requestUpdate();
  }

  async #loadRange(): Promise<void> {
    const { signal } = this.#abort;
    const { fromMs, toMs, isLive } = this.#range();
    const span = {
      from: new Date(fromMs).toISOString(),
      to: new Date(isLive ? Math.max(toMs, appliance.nowMs()) + 1000 : toMs).toISOString(),
    };
    try {
      const tests: SpeedTest[] = [];
      let before: string | null = null;
      do {
        const path: string = withQuery('/api/speedtests', {
          ...span,
          limit: pageSize,
          ...(before !== null && { before }),
        });
        const list: SpeedTestList = await getJson<SpeedTestList>(path, signal);
        tests.push(...list.speedtests);
        before = list.next ?? null;
      } while (before !== null && tests.length < mostTests);
      if (signal.aborted) return;
      this.tests = tests.some((test) => test.outcome === 'failed')
        ? await withReasons(tests, span, signal)
        : tests;
      this.isPartial = before !== null;
      this.failure = null;
    } catch (error) {
      if (signal.aborted) return;
      this.failure = error instanceof Error ? error.message : String(error);
    }
    this.isLoading = false;
    this.#plan(isLive);
    this.#host.requestUpdate();
  }

  #plan(isLive: boolean): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (document.hidden) this.#plan(isLive);
      else void Promise.all([isLive ? this.#loadRange() : this.#plan(isLive), this.#loadPlan()]);
    }, refreshMs);
  }

  async #loadLatest(): Promise<void> {
    try {
      this.latest = (
        await getJson<SpeedTestList>(withQuery('/api/speedtests', { limit: newest, details: 'true' }))
      ).speedtests;
    } catch (error) {
      this.failure = error instanceof Error ? error.message : String(error);
    }
    this.#host.requestUpdate();
  }

  async #loadPlan(): Promise<void> {
    try {
      this.plan = await getJson<SpeedPlanReport>('/api/speedtest/plan');
      this.planFailure = null;
      if (this.plan.running && !appliance.speed.run) appliance.speed.progress(this.plan.running);
      await this.#loadAdvice(this.plan.lines.map(({ line }) => line));
    } catch (error) {
      this.planFailure = error instanceof Error ? error.message : String(error);
    }
    this.#host.requestUpdate();
  }

  async #loadAdvice(lines: readonly string[]): Promise<void> {
    const found = await Promise.allSettled(
      lines.map((line) => getJson<ShaperAdvice>(withQuery('/api/speedtest/advice', { line }))),
    );
    this.advice = new Map(
      found.flatMap((one) => (one.status === 'fulfilled' ? [[one.value.line, one.value]] : [])),
    );
  }
}

/** The same with the reasons of those that failed, which the list leaves out. */
async function withReasons(
  tests: readonly SpeedTest[],
  span: { from: string; to: string },
  signal: AbortSignal,
): Promise<readonly SpeedTest[]> {
  const query = { ...span, outcome: 'failed', details: 'true', limit: mostReasons };
  const { speedtests } = await getJson<SpeedTestList>(withQuery('/api/speedtests', query), signal);
  const failed = new Map(speedtests.map((test) => [test.id, test]));
  return tests.map((test) => failed.get(test.id) ?? test);
}
