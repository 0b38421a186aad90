import { toIso } from '../../../core/clock.ts';
import { messageOf } from '../../../core/errors.ts';
import type { FeatureContext } from '../../../core/feature.ts';
import type { Family } from '../../../core/shapes.ts';
import type { LatencyPort } from '../latency/schema.ts';
import type { Addressed } from './anchors.ts';
import { anchorsOf } from './anchors.ts';
import { changeText } from './change-text.ts';
import { hopAddresses, type KnownPath } from './known-path.ts';
import { type Followed, PathTracker } from './path-tracker.ts';
import type { PathTrace } from './schema.ts';
import { type AnchorPath, sharedRouters } from './shared-routers.ts';
import type { NewTrace, PathStore } from './store.ts';
import type { BareHop } from './trace-row.ts';
import { type Walk, withSegments } from './walk.ts';

/** A calm trace that shows nothing new is stored this often, the others not at all. */
const calmEveryMs = 6 * 3_600_000;
/** Event traces that are stored whatever they show: so many at once, and three more a minute. */
const eventBurst = 120;
const eventEveryMs = 20_000;
/** Traces of this run whose times may still have to be corrected. */
const maxUnlabelled = 256;
/** Targets that are followed; anchors that went from the configuration leave theirs behind until the next start. */
const maxTrackers = 256;

export interface FinishedWalk {
  target: Addressed;
  reason: string;
  walk: Walk;
}

interface Tracked {
  tracker: PathTracker;
  lastStored: PathTrace | null;
  storedMonoMs: number;
  /** The newest trace along the path in force, with what storing it needs. */
  lastOnPath: NewTrace | null;
  /** The trace that first walked another way. */
  firstDoubtful: NewTrace | null;
}

/** Follows the paths to all anchors, decides which traces are worth a write, and tells of changes. */
export class TraceRecorder {
  readonly #context: FeatureContext;
  readonly #latency: LatencyPort;
  readonly #store: PathStore;
  /** By line, target and address: a host that moved has another path, not a changed one. */
  readonly #tracked = new Map<string, Tracked>();
  readonly #latest = new Map<string, PathTrace>();
  readonly #unlabelled = new Map<number, number>();
  #tokens = eventBurst;
  #tokensMonoMs: number;

  constructor(context: FeatureContext, latency: LatencyPort, store: PathStore) {
    this.#context = context;
    this.#latency = latency;
    this.#store = store;
    this.#tokensMonoMs = context.clock.monoMs();
  }

  /** Takes over what earlier runs have seen. */
  async start(): Promise<void> {
    const paths = Map.groupBy(await this.#store.paths(), keyOf);
    for (const [key, known] of paths) this.#track(key, new PathTracker(known, known.at(-1) ?? null));
    for (const trace of await this.#store.newest()) {
      this.#latest.set(`${trace.line} ${trace.target}`, trace);
      const tracked = this.#tracked.get(keyOf(trace));
      if (!tracked) continue;
      tracked.lastStored = trace;
      const path = tracked.tracker.current;
      if (trace.isReached)
        tracked.lastOnPath = { trace, path, atMs: Date.parse(trace.at), startedMonoMs: Number.NaN };
    }
  }

  /** The newest trace of every target that still exists. */
  latest(line: string): PathTrace[] {
    return anchorsOf(this.#latency, line).flatMap(({ id }) => this.#latest.get(`${line} ${id}`) ?? []);
  }

  /** The paths in force, by what the anchors' newest complete traces have shown. */
  paths(line: string, family: Family): AnchorPath[] {
    return anchorsOf(this.#latency, line, family).flatMap((target) => {
      const path = this.#tracked.get(keyOf({ ...target, target: target.id }))?.tracker.current;
      return path ? [{ address: target.address, hops: path.hops }] : [];
    });
  }

  /** Routers behind the provider's first one that the paths share, nearest first. */
  shared(line: string, family: Family): string[] {
    const isp = this.#addresses(line, family, 'isp')[0];
    return isp === undefined ? [] : sharedRouters(this.paths(line, family), isp);
  }

  /**
   * Takes walks that have ended; returns them as traces, stored where that is worth it, and the targets whose path
   * looked different and should be walked again soon.
   */
  async record(walks: readonly FinishedWalk[]): Promise<{ traces: PathTrace[]; doubtful: Addressed[] }> {
    const followed = walks.map((finished) => this.#follow(finished));
    const pending = followed.map(({ finished, ...rest }) => ({
      ...rest,
      target: finished.target,
      entry: this.#entryOf(finished, rest.outcome),
    }));
    const toStore = new Set<NewTrace>();
    for (const { tracked, entry, outcome } of pending) {
      if (outcome.change) {
        for (const trace of [tracked.lastOnPath, tracked.firstDoubtful])
          if (trace && trace.trace.id === 0) toStore.add(trace);
      }
      if (this.#isWorthStoring(tracked, entry, outcome)) toStore.add(entry);
    }
    await this.#save([...toStore]);
    for (const { tracked, entry, outcome, target } of pending) {
      if (toStore.has(entry)) {
        tracked.lastStored = entry.trace;
        tracked.storedMonoMs = this.#context.clock.monoMs();
        if (entry.trace.id > 0) this.#context.bus.emit('path.traced', entry.trace);
      }
      this.#latest.set(`${entry.trace.line} ${entry.trace.target}`, entry.trace);
      if (outcome.change) this.#tellChange(target, tracked, entry, outcome.change);
      if (outcome.isDoubtful) tracked.firstDoubtful = entry;
      else if (entry.trace.isReached) tracked.lastOnPath = entry;
    }
    return {
      traces: pending.map(({ entry }) => entry.trace),
      doubtful: pending.filter(({ outcome }) => outcome.isDoubtful).map(({ target }) => target),
    };
  }

  /** The hops of a walk with what each is taken for; `anchor` is null for a host that stands for nothing. */
  classify(line: string, family: Family, anchor: string | null, hops: readonly BareHop[]): BareHop[] {
    return withSegments(hops, {
      gateways: new Set(this.#addresses(line, family, 'gateway')),
      isps: new Set(this.#addresses(line, family, 'isp')),
      shared: new Set(this.shared(line, family)),
      anchors: new Set(anchor === null ? [] : [anchor]),
    });
  }

  /** What was stored before the time of day was known gets its true times. */
  async relabel(): Promise<void> {
    const { timeline } = this.#context;
    const traces = [...this.#unlabelled].map(([id, monoMs]) => ({ id, atMs: timeline.wallMs(monoMs) }));
    if (timeline.anchor.isKnown) this.#unlabelled.clear();
    if (traces.length > 0) await this.#store.relabel(traces);
  }

  #follow(finished: FinishedWalk) {
    const { target, walk } = finished;
    const key = keyOf({ ...target, target: target.id });
    const tracked = this.#tracked.get(key) ?? this.#track(key, new PathTracker());
    return { finished, tracked, outcome: tracked.tracker.follow(hopAddresses(walk.hops), walk.isReached) };
  }

  #track(key: string, tracker: PathTracker): Tracked {
    const tracked: Tracked = {
      tracker,
      lastStored: null,
      storedMonoMs: Number.NEGATIVE_INFINITY,
      lastOnPath: null,
      firstDoubtful: null,
    };
    this.#tracked.set(key, tracked);
    for (const oldest of this.#tracked.keys()) {
      if (this.#tracked.size <= maxTrackers) break;
      this.#tracked.delete(oldest);
    }
    return tracked;
  }

  #entryOf({ target, reason, walk }: FinishedWalk, { path, fingerprint }: Followed): NewTrace {
    const { line, family, id, address } = target;
    const atMs = this.#context.timeline.wallMs(walk.startedMonoMs);
    const { isReached, end } = walk;
    const hops = this.classify(line, family, address, walk.hops).map((hop) => ({
      ...hop,
      name: null,
      network: null,
    }));
    const trace: PathTrace = {
      id: 0,
      line,
      family,
      target: id,
      address,
      at: toIso(atMs),
      reason,
      fingerprint,
      isReached,
      end,
      hops,
    };
    return { trace, path, atMs, startedMonoMs: walk.startedMonoMs };
  }

  #addresses(line: string, family: Family, segment: 'gateway' | 'isp'): string[] {
    return this.#latency.targets().flatMap((target) => {
      const isMeant = target.line === line && target.family === family && target.segment === segment;
      return isMeant && target.address !== null ? [target.address] : [];
    });
  }

  #isWorthStoring({ lastStored, storedMonoMs }: Tracked, { trace }: NewTrace, outcome: Followed): boolean {
    if (outcome.change || outcome.isDoubtful || lastStored === null) return true;
    if (trace.reason !== 'scheduled') return this.#takeToken();
    const isNew = lastStored.end !== trace.end || lastStored.fingerprint !== trace.fingerprint;
    return isNew || this.#context.clock.monoMs() - storedMonoMs >= calmEveryMs;
  }

  /** A line that flaps all night must not fill the table and wear out the card. */
  #takeToken(): boolean {
    const now = this.#context.clock.monoMs();
    this.#tokens = Math.min(eventBurst, this.#tokens + (now - this.#tokensMonoMs) / eventEveryMs);
    this.#tokensMonoMs = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  /** Gives the traces their ids; a store that cannot write now is a state, and the traces are still true. */
  async #save(entries: readonly NewTrace[]): Promise<void> {
    if (entries.length === 0) return;
    try {
      const ids = await this.#store.add(entries);
      for (const [index, entry] of entries.entries()) {
        entry.trace.id = ids[index] ?? 0;
        if (!this.#context.timeline.anchor.isKnown && this.#unlabelled.size < maxUnlabelled)
          this.#unlabelled.set(entry.trace.id, entry.startedMonoMs);
      }
    } catch (error) {
      this.#context.log.warn(
        { reason: messageOf(error), traces: entries.length },
        'traces could not be stored',
      );
    }
  }

  #tellChange(
    target: Addressed,
    { lastOnPath, firstDoubtful }: Tracked,
    entry: NewTrace,
    change: { before: KnownPath; after: KnownPath; firstDifferentTtl: number },
  ): void {
    const first = firstDoubtful ?? entry;
    this.#context.bus.emit('path.changed', {
      line: target.line,
      family: target.family,
      target: target.id,
      at: first.trace.at,
      before: lastOnPath?.trace.id ?? 0,
      after: first.trace.id,
      firstDifferentTtl: change.firstDifferentTtl,
      text: changeText(target, change),
    });
  }
}

function keyOf({ line, target, address }: { line: string; target: string; address: string }): string {
  return `${line} ${target} ${address}`;
}
