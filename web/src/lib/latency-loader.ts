import type { ReactiveController, ReactiveControllerHost } from 'lit';
import type {
  LatencyHeatmap,
  LatencyPoint,
  LatencySeries,
  LatencyStatistics,
} from '../../../appliance/features/watch/latency/schema.ts';
import { mergePoints, type SmokePoint, smokePoints } from '../charts/smoke-maths.ts';
import { getJson, withQuery } from './api.ts';
import { stepFor } from './latency-view.ts';
import type { Range } from './range.ts';

/** The picture of one target over the range. */
export interface Loaded {
  raw: readonly LatencyPoint[];
  points: readonly SmokePoint[];
  stepMs: number;
  statistics: LatencyStatistics | null;
  failure: string | null;
}

export interface Question {
  targets: readonly string[];
  range: Range;
  widthPx: number;
}

/** The heat map needs several weeks to say anything about an hour of the week. */
export const heatDays = 28;
const heatMs = heatDays * 86_400_000;
/** A hidden or slow page must not pile up requests; a live range is asked for at most this often. */
const fastestRefreshMs = 5000;
const slowestRefreshMs = 60_000;

/** Fetches what the latency page shows, keeps a live range up to date, and drops answers nobody waits for any more. */
export class LatencyLoader implements ReactiveController {
  readonly loaded = new Map<string, Loaded>();
  heatmap: LatencyHeatmap | null = null;
  isLoading = false;
  readonly #host: ReactiveControllerHost;
  readonly #range: () => Range;
  #question: Question | null = null;
  #heatKey = '';
  #abort = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `range` tells what the range is at the moment of asking: a live one moves. */
  constructor(host: ReactiveControllerHost, range: () => Range) {
    this.#host = host;
    this.#range = range;
    host.addController(this);
  }

  hostConnected(): void {
    if (this.#question) void this.ask(this.#question);
  }

  hostDisconnected(): void {
    clearTimeout(this.#timer);
    this.#abort.abort();
  }

  async ask(question: Question): Promise<void> {
    clearTimeout(this.#timer);
    this.#abort.abort();
    this.#abort = new AbortController();
    this.#question = question;
    for (const id of this.loaded.keys()) if (!question.targets.includes(id)) this.loaded.delete(id);
    this.isLoading = true;
    this.#host.requestUpdate();
    const { signal } = this.#abort;
    await Promise.all(question.targets.map((target) => this.#load(target, question, signal)));
    if (signal.aborted) return;
    this.isLoading = false;
    this.#host.requestUpdate();
    void this.#loadHeatmap(question.targets[0], signal);
    this.#plan(question, signal);
  }

  async #load(target: string, question: Question, signal: AbortSignal): Promise<void> {
    const { fromMs, toMs } = question.range;
    const step = stepFor(toMs - fromMs, question.widthPx);
    try {
      const [series, statistics] = await Promise.all([
        this.#series(target, fromMs, toMs, step, signal),
        this.#statistics(target, fromMs, toMs, signal),
      ]);
      this.#set(target, series.points, series.stepSeconds, statistics, signal);
    } catch (error) {
      if (signal.aborted) return;
      const failure = error instanceof Error ? error.message : String(error);
      this.loaded.set(target, { raw: [], points: [], stepMs: step * 1000, statistics: null, failure });
    }
    if (!signal.aborted) this.#host.requestUpdate();
  }

  #series(
    target: string,
    fromMs: number,
    toMs: number,
    step: number,
    signal: AbortSignal,
  ): Promise<LatencySeries> {
    // Whole steps, so that a bucket keeps its borders while a live range moves.
    const from = new Date(Math.floor(fromMs / (step * 1000)) * step * 1000).toISOString();
    return getJson<LatencySeries>(
      withQuery('/api/latency', { target, from, to: new Date(toMs).toISOString(), step }),
      signal,
    );
  }

  #statistics(target: string, fromMs: number, toMs: number, signal: AbortSignal): Promise<LatencyStatistics> {
    const span = { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() };
    return getJson<LatencyStatistics>(withQuery('/api/latency/statistics', { target, ...span }), signal);
  }

  #set(
    target: string,
    raw: readonly LatencyPoint[],
    stepSeconds: number,
    statistics: LatencyStatistics,
    signal: AbortSignal,
  ): void {
    if (signal.aborted) return;
    this.loaded.set(target, {
      raw,
      points: smokePoints(raw),
      stepMs: stepSeconds * 1000,
      statistics,
      failure: null,
    });
  }

  /** Asks again for the tail of a live range, about when its next bucket is full. */
  #plan(question: Question, signal: AbortSignal): void {
    if (!question.range.isLive) return;
    const stepMs = Math.max(
      ...question.targets.map((target) => this.loaded.get(target)?.stepMs ?? fastestRefreshMs),
    );
    const wait = Math.min(slowestRefreshMs, Math.max(fastestRefreshMs, stepMs));
    this.#timer = setTimeout(async () => {
      if (!document.hidden) await this.#refresh(question.targets, signal);
      if (!signal.aborted) this.#plan(question, signal);
    }, wait);
  }

  async #refresh(targets: readonly string[], signal: AbortSignal): Promise<void> {
    const { fromMs, toMs } = this.#range();
    await Promise.all(
      targets.map(async (target) => {
        const old = this.loaded.get(target);
        if (!old || old.failure) return;
        const last = old.raw.at(-1);
        // Two buckets back: the last one was not full, the one before may have got late replies.
        const tailMs = last ? Math.max(fromMs, Date.parse(last.at) - old.stepMs) : fromMs;
        try {
          const [series, statistics] = await Promise.all([
            this.#series(target, tailMs, toMs, old.stepMs / 1000, signal),
            this.#statistics(target, fromMs, toMs, signal),
          ]);
          const merged = mergePoints(old.raw, series.points, fromMs - old.stepMs);
          this.#set(target, merged, series.stepSeconds, statistics, signal);
        } catch (error) {
          // The shell says that the page is stale; the next round asks again.
          if (!signal.aborted) console.info('latency: not refreshed', error);
        }
      }),
    );
    if (!signal.aborted) this.#host.requestUpdate();
  }

  async #loadHeatmap(target: string | undefined, signal: AbortSignal): Promise<void> {
    if (!target) return;
    const { toMs } = this.#range();
    const to = Math.ceil(toMs / 3_600_000) * 3_600_000;
    const key = `${target} ${to}`;
    if (key === this.#heatKey && this.heatmap) return;
    const span = { from: new Date(to - heatMs).toISOString(), to: new Date(to).toISOString() };
    try {
      const heatmap = await getJson<LatencyHeatmap>(
        withQuery('/api/latency/heatmap', { target, ...span }),
        signal,
      );
      if (signal.aborted) return;
      this.heatmap = heatmap;
      this.#heatKey = key;
    } catch (error) {
      if (signal.aborted) return;
      this.heatmap = null;
      console.info('latency: no heat map', error);
    }
    this.#host.requestUpdate();
  }
}
