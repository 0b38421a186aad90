import { toIso } from '../../../core/clock.ts';
import { AppError, messageOf } from '../../../core/errors.ts';
import type { FeatureContext } from '../../../core/feature.ts';
import type { LatencyPort, TargetExchange } from '../../watch/latency/schema.ts';
import type { Gap } from '../outage/schema.ts';
import { type GapStart, gapBefore, type RunNote } from './between-runs.ts';
import { GapTable, type NewGap, toGap } from './gaps.ts';
import { type Hole, HoleWatch } from './hole-watch.ts';
import type { GapPort, PastGap } from './schema.ts';
import { lastStoredMs, oldestStoredMs } from './stored.ts';

/** What is shorter is no gap: a lost second shows in the series anyway. */
const leastGapMs = 2000;
const leastHoleMs = 5000;
/** Without any exchange the start is settled after this, so that the gap before it is known within 3 s. */
const settleMs = 2500;
/** Gaps that wait for a disk that does not write now, and how often it is tried again. */
const maxWaiting = 32;
const retryMs = 30_000;
/** The beginning of all data changes by imports only. */
const firstEveryMs = 60_000;

interface Previous {
  before: GapStart | null;
  firstMs: number | null;
}

/** Tells times in which nothing was measured apart, and writes each down once. */
export class GapService implements GapPort {
  readonly #context: FeatureContext;
  readonly #latency: LatencyPort;
  readonly #table: GapTable;
  #boot = '';
  #previous: Promise<Previous> = Promise.resolve({ before: null, firstMs: null });
  #watch: HoleWatch | null = null;
  #atStart: Gap | null = null;
  #first: { ms: number | null; atMonoMs: number } | null = null;
  #noted: number | null = null;
  #waiting: (() => Promise<void>)[] = [];
  #writing: Promise<void> = Promise.resolve();
  #cancelRetry: () => void = () => undefined;
  #undo: (() => void)[] = [];

  constructor(context: FeatureContext) {
    this.#context = context;
    this.#latency = context.port('latency');
    this.#table = new GapTable(context.store.state);
  }

  start(): void {
    const { clock, timeline, log, net } = this.#context;
    this.#boot = net.bootId();
    this.#previous = this.#lookBack().catch((error: unknown) => {
      log.error({ err: error }, 'what the previous run left cannot be read');
      return { before: null, firstMs: null };
    });
    this.#undo = [
      this.#latency.onExchanges((exchanges) => this.#see(exchanges)),
      clock.after(settleMs, () => this.#begin(clock.monoMs())),
      timeline.onChange(() => this.#stamp()),
      () => this.#cancelRetry(),
    ];
  }

  async stop(): Promise<void> {
    for (const undo of this.#undo.splice(0)) undo();
    const { clock, timeline } = this.#context;
    const now = clock.monoMs();
    if (this.#watch) {
      for (const hole of this.#watch.open(now)) this.#record(hole);
      this.#enqueue(() => this.#table.end(now, timeline.wallMs(now)));
    }
    await this.#writing;
  }

  between(fromMs: number, toMs: number): Promise<Gap[]> {
    return this.#table.between(fromMs, toMs);
  }

  async firstMs(): Promise<number | null> {
    const { clock, store, timeline } = this.#context;
    const now = clock.monoMs();
    if (this.#first && now - this.#first.atMonoMs < firstEveryMs) return this.#first.ms;
    const { firstMs } = await this.#previous;
    const own = timeline.anchor.isKnown ? this.#noted : null;
    const candidates = [
      firstMs,
      own === null ? null : timeline.wallMs(own),
      await oldestStoredMs(store.measurements, this.#latency.targets()),
    ].filter((ms) => ms !== null);
    const ms = candidates.length === 0 ? null : Math.min(...candidates);
    if (ms !== null) this.#first = { ms, atMonoMs: now };
    return ms;
  }

  async atStart(): Promise<Gap | null> {
    return this.#atStart;
  }

  async recordPast({ reason, startMs, endMs }: PastGap): Promise<Gap> {
    if (!(startMs < endMs)) {
      const text = `${toIso(startMs)} to ${toIso(endMs)}`;
      throw new AppError('GAP_INVALID', `A gap of the past from ${text} has no length.`, { status: 400 });
    }
    // Its times are known for good: no boot, whose clock could move it.
    const gap = { reason, startMs, endMs, endMonoMs: 0, lengthMs: null, boot: '', isKnown: true };
    const recorded = this.#rowOf(gap, await this.#table.add(gap));
    this.#first = null;
    this.#tell(recorded, false);
    return recorded;
  }

  async #lookBack(): Promise<Previous> {
    const { store, timeline } = this.#context;
    const startMs = timeline.nowMs();
    const [known, { previousAliveMs, wasUnclean }] = await Promise.all([
      this.#table.previous(),
      store.health(),
    ]);
    const previous = known?.run ?? null;
    const isSameBoot = previous?.boot === this.#boot && this.#boot !== '';
    // While this boot has no time of day, the store still finds what its earlier run left, counted as this run counts.
    const nearMs = isSameBoot && !timeline.anchor.isKnown ? startMs : previousAliveMs;
    const storedMs =
      nearMs === null
        ? null
        : ((await lastStoredMs(store.measurements, this.#latency.targets(), nearMs, startMs)) ??
          previousAliveMs);
    const before = gapBefore({
      previous,
      boot: this.#boot,
      wasUnclean,
      storedMs,
      isKnown: timeline.anchor.isKnown,
      wallMs: (monoMs) => timeline.wallMs(monoMs),
    });
    return { before, firstMs: known?.firstMs ?? null };
  }

  #see(exchanges: readonly TargetExchange[]): void {
    const sent = exchanges.map(({ sentMonoMs }) => sentMonoMs);
    if (!this.#watch) this.#begin(Math.min(...sent));
    for (const hole of this.#watch?.see(sent) ?? []) this.#record(hole);
  }

  /** This run measures from here on. */
  #begin(seenMonoMs: number): void {
    if (this.#watch) return;
    const { timeline, net, clock } = this.#context;
    const firstMonoMs = Math.min(seenMonoMs, this.#earliest());
    this.#noted = firstMonoMs;
    this.#watch = new HoleWatch(
      {
        offsetMs: () => clock.wallMs() - clock.monoMs(),
        suspendedMs: () => net.suspendedMs(),
        holeMs: () => this.#holeMs(),
      },
      firstMonoMs,
    );
    this.#enqueue(async () => {
      const { before } = await this.#previous;
      const isKnown = timeline.anchor.isKnown;
      const startedMs = timeline.wallMs(firstMonoMs);
      const run: RunNote = {
        boot: this.#boot,
        startedMonoMs: firstMonoMs,
        startedMs,
        isKnown,
        stoppedMonoMs: null,
        stoppedMs: null,
      };
      const gap = before ? this.#gapUntil(before, firstMonoMs) : null;
      const id = await this.#table.begin(run, gap);
      if (gap && id !== null && gap.isKnown) this.#tell(this.#rowOf(gap, id), true);
    });
  }

  #gapUntil({ reason, startMs, isOfThisBoot }: GapStart, endMonoMs: number): NewGap | null {
    const { timeline } = this.#context;
    const isKnown = timeline.anchor.isKnown;
    const endMs = timeline.wallMs(endMonoMs);
    // How long it was says nothing yet while this run does not know the time of day.
    if (endMs - startMs < leastGapMs && (isKnown || isOfThisBoot)) return null;
    const lengthMs = isOfThisBoot ? endMs - startMs : null;
    return { reason, startMs, endMs, endMonoMs, lengthMs, boot: this.#boot, isKnown };
  }

  /** Exchanges may have ended before this feature was started. */
  #earliest(): number {
    let earliest = Number.POSITIVE_INFINITY;
    for (const { id, intervalMs } of this.#latency.targets()) {
      const recent = this.#latency.recent(id, 900);
      if (recent && recent.count > 0)
        earliest = Math.min(earliest, recent.lastSentMonoMs - (recent.count - 1) * intervalMs);
    }
    return earliest;
  }

  #holeMs(): number {
    const { timeoutMs } = this.#context.config.current.probing;
    const intervals = this.#latency.targets().map(({ intervalMs }) => intervalMs);
    // Losses are told after their timeout: an answer to something newer may come first.
    return Math.max(leastHoleMs, timeoutMs + 2 * Math.min(3_600_000, ...intervals) + 1000);
  }

  #record({ reason, endMonoMs, lengthMs }: Hole): void {
    const { timeline } = this.#context;
    // After sleep the wall clock has moved on, and the labels must have followed.
    if (reason === 'suspended') timeline.check();
    const isKnown = timeline.anchor.isKnown;
    const endMs = timeline.wallMs(endMonoMs);
    if (lengthMs < leastGapMs) return;
    const gap = { reason, startMs: endMs - lengthMs, endMs, endMonoMs, lengthMs, boot: this.#boot, isKnown };
    this.#enqueue(async () => {
      // What was measured before it goes to disk with it: a crash later on must not reach back over this gap.
      await this.#latency.save().catch(() => undefined); // a full disk is the store's state, and told there
      const id = await this.#table.add(gap);
      if (isKnown) this.#tell(this.#rowOf(gap, id), false);
    });
  }

  #rowOf({ reason, startMs, endMs }: NewGap, id: number): Gap {
    return toGap({ id, reason, started_ms: Math.round(startMs), ended_ms: Math.round(endMs) });
  }

  #tell(gap: Gap, isAtStart: boolean): void {
    if (isAtStart) this.#atStart = gap;
    this.#context.log.info({ reason: gap.reason, from: gap.startedAt, to: gap.endedAt }, gap.text);
    this.#context.bus.emit('gap.recorded', gap);
  }

  /** The time of day became known, or jumped: what waited for it gets its times and is told. */
  #stamp(): void {
    const { timeline } = this.#context;
    if (!this.#watch || !timeline.anchor.isKnown) return;
    this.#enqueue(async () => {
      const stamped = await this.#table.stamp(this.#boot, (monoMs) => timeline.wallMs(monoMs), leastGapMs);
      for (const gap of stamped) this.#tell(gap, Date.parse(gap.endedAt) === this.#startedAtMs());
    });
  }

  #startedAtMs(): number {
    return this.#noted === null ? Number.NaN : Math.round(this.#context.timeline.wallMs(this.#noted));
  }

  /** Writes one after the other; while the disk does not write, what is left waits. */
  #enqueue(write: () => Promise<void>): void {
    this.#waiting.push(write);
    if (this.#waiting.length > maxWaiting) {
      this.#waiting.shift();
      this.#context.log.error({}, 'a gap was given up: the disk does not write');
    }
    this.#writing = this.#writing.then(() => this.#writeAll());
  }

  async #writeAll(): Promise<void> {
    this.#cancelRetry();
    for (let next = this.#waiting[0]; next; next = this.#waiting[0]) {
      try {
        await next();
      } catch (error) {
        const { log, clock } = this.#context;
        log.warn({ reason: messageOf(error) }, 'a gap waits for the disk');
        if (this.#undo.length === 0) return; // stopped: there is no later
        this.#cancelRetry = clock.after(retryMs, () => {
          this.#writing = this.#writing.then(() => this.#writeAll());
        });
        return;
      }
      this.#waiting = this.#waiting.filter((waiting) => waiting !== next);
    }
  }
}
