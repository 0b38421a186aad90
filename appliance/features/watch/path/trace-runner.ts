import { pause } from '../../../core/clock.ts';
import { messageOf } from '../../../core/errors.ts';
import type { FeatureContext } from '../../../core/feature.ts';
import type { LatencyPort } from '../latency/schema.ts';
import { type Addressed, anchorsOf, boundTo, families, isAnswering } from './anchors.ts';
import type { HopFacts } from './hop-facts.ts';
import type { FinishedWalk, TraceRecorder } from './recorder.ts';
import type { PathTrace } from './schema.ts';
import type { TransitFinder } from './transit-finder.ts';
import { walk } from './walk.ts';

/** Between the anchors of one family: routers limit how often they answer one receiver (Linux: six, then one a second). */
const staggerMs = 250;
/** Two questions a hop while all anchors are traced, for the same reason; three for a single one. */
const probesOfRun = 2;
const probesOfOne = 3;
/** Hops in a row without a word before a trace gives up: soon while nothing answers, late when the target does. */
const silentHops = { answering: 10, silent: 4 };
/** A trace that led another way is repeated after this. */
const confirmAfterMs = 10_000;

export interface TraceRunnerParts {
  context: FeatureContext;
  latency: LatencyPort;
  recorder: TraceRecorder;
  transit: TransitFinder;
  facts: HopFacts;
}

/** Runs the traces of every line: all anchors at an event, one anchor at a time in calm hours. */
export class TraceRunner {
  readonly #parts: TraceRunnerParts;
  readonly #runs = new Map<string, Promise<PathTrace[]>>();
  /** The single trace of each line, which makes way for a run. */
  readonly #singles = new Map<string, AbortController>();
  readonly #tracedMonoMs = new Map<string, number>();
  readonly #stopping = new AbortController();
  readonly #background = new Set<Promise<void>>();
  readonly #confirmations = new Map<string, () => void>();

  constructor(parts: TraceRunnerParts) {
    this.#parts = parts;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    for (const cancel of this.#confirmations.values()) cancel();
    await Promise.allSettled([...this.#runs.values()]);
    while (this.#background.size > 0) await Promise.allSettled([...this.#background]);
  }

  isRunning(line: string): boolean {
    return this.#runs.has(line);
  }

  /** Traces every anchor of a line; callers while it runs share the run. */
  traceAll(line: string, reason: string): Promise<PathTrace[]> {
    const running = this.#runs.get(line);
    if (running) return running;
    if (this.#stopping.signal.aborted) return Promise.resolve([]);
    this.#singles.get(line)?.abort();
    const run = this.#walkAll(line, reason).finally(() => this.#runs.delete(line));
    this.#runs.set(line, run);
    return run;
  }

  /** Traces the anchor that was not traced for the longest time, unless something else is being traced on its line. */
  traceNext(line: string): void {
    const anchors = anchorsOf(this.#parts.latency, line);
    const age = ({ id }: Addressed) => this.#tracedMonoMs.get(id) ?? Number.NEGATIVE_INFINITY;
    const next = anchors.sort((a, b) => age(a) - age(b))[0];
    if (next) this.#traceSoon(next, 'scheduled');
  }

  /** Walks one path with more patience; null when a run went before it. */
  async traceOne(target: Addressed, reason: string, signal: AbortSignal): Promise<PathTrace | null> {
    const finished = await this.#walk(target, reason, probesOfOne, signal);
    return finished ? ((await this.#record([finished]))[0] ?? null) : null;
  }

  async #walkAll(line: string, reason: string): Promise<PathTrace[]> {
    const { signal } = this.#stopping;
    const { latency, context } = this.#parts;
    const walks = families.flatMap((family) =>
      anchorsOf(latency, line, family).map(async (target, index) => {
        await pause(context.clock, index * staggerMs, signal);
        return this.#walk(target, reason, probesOfRun, signal);
      }),
    );
    const finished = (await Promise.all(walks)).filter((each) => each !== null);
    return this.#record(finished);
  }

  /** False when something else is being traced on its line. */
  #traceSoon(target: Addressed, reason: string): boolean {
    const { line } = target;
    if (this.#runs.has(line) || this.#singles.has(line) || this.#stopping.signal.aborted) return false;
    const single = new AbortController();
    this.#singles.set(line, single);
    const signal = AbortSignal.any([single.signal, this.#stopping.signal]);
    this.#inBackground(
      this.traceOne(target, reason, signal)
        .then(() => undefined)
        .finally(() => this.#singles.delete(line)),
    );
    return true;
  }

  async #walk(
    target: Addressed,
    reason: string,
    probesPerHop: number,
    signal: AbortSignal,
  ): Promise<FinishedWalk | null> {
    const { context, latency } = this.#parts;
    const { family, address, line } = target;
    const maxSilent = isAnswering(latency, target) ? silentHops.answering : silentHops.silent;
    try {
      signal.throwIfAborted();
      const options = { family, address, probesPerHop, maxSilent, signal, ...boundTo(context, line) };
      const walked = await walk(context, options);
      this.#tracedMonoMs.set(target.id, walked.startedMonoMs);
      return { target, reason, walk: walked };
    } catch (error) {
      if (!signal.aborted)
        context.log.warn({ target: target.id, reason: messageOf(error) }, 'this target could not be traced');
      return null;
    }
  }

  async #record(finished: readonly FinishedWalk[]): Promise<PathTrace[]> {
    const { recorder, facts } = this.#parts;
    const { traces, doubtful } = await recorder.record(finished);
    for (const target of doubtful) this.#confirmLater(target);
    for (const [family, line] of reachedFamilies(traces)) this.refreshTransit(line, family);
    this.#inBackground(facts.find(traces.flatMap(({ hops }) => hops)));
    return traces;
  }

  /** Looks again which routers behind the provider's the paths share, without another trace. */
  refreshTransit(line: string, family: PathTrace['family']): void {
    const { recorder, transit } = this.#parts;
    this.#inBackground(transit.update(line, family, recorder.shared(line, family), this.#stopping.signal));
  }

  #confirmLater(target: Addressed): void {
    const key = `${target.line} ${target.id}`;
    this.#confirmations.get(key)?.();
    const cancel = this.#parts.context.clock.after(confirmAfterMs, () => {
      this.#confirmations.delete(key);
      if (!this.#traceSoon(target, 'confirm') && !this.#stopping.signal.aborted) this.#confirmLater(target);
    });
    this.#confirmations.set(key, cancel);
  }

  #inBackground(work: Promise<void>): void {
    const watched = work
      .catch((error: unknown) => {
        if (!this.#stopping.signal.aborted)
          this.#parts.context.log.error({ err: error }, 'work on paths failed');
      })
      .finally(() => this.#background.delete(watched));
    this.#background.add(watched);
  }
}

/** Line and family of the traces that came to their end: only a working line tells what lies beyond. */
function reachedFamilies(traces: readonly PathTrace[]): Map<PathTrace['family'], string> {
  return new Map(traces.filter(({ isReached }) => isReached).map(({ family, line }) => [family, line]));
}
