import type { Clock } from '../../../core/clock.ts';
import type { LatencyPort, Target, TargetExchange } from '../latency/schema.ts';

/** An answer may take this long, or this many times its usual time, before it is missed. */
const leastGraceMs = 250;
const graceFactor = 3;
/** What is usual is looked up this often. */
const usualEveryMs = 10_000;
const usualSeconds = 30;
/** A silence is suspicious for this long; after that it is a fact, and others decide what to do about it. */
const suspectForMs = 60_000;
const repeatMs = 1000;
/** A check that comes this late says that this process stood still, not the line. */
const lateMs = 250;
/** A target that loses more than this anyway (routers limit their answers) says nothing by one more loss. */
const usualLossRatio = 0.2;

/** The anchors of one line in one family. */
interface Group {
  line: string;
  anchors: Set<string>;
  /** When the newest answered exchange of any of them was sent. */
  answeredMonoMs: number;
  graceMs: number;
  graceMonoMs: number;
  /** False while nothing is due: before the first answer, and after a long silence. */
  isWatched: boolean;
}

interface Options {
  clock: Clock;
  latency: LatencyPort;
  suspect: (line: string, why: string) => void;
}

/** Notices the first missing answer: before its timeout, by nothing having come since it was due. */
export class Suspicion {
  readonly #options: Options;
  readonly #targets = new Map<string, Target>();
  readonly #groups = new Map<string, Group>();
  /** When the newest answered exchange of an anchor was sent. */
  readonly #answered = new Map<string, number>();
  /** Targets whose last exchange was lost. */
  readonly #lost = new Set<string>();
  /** One timer for all groups: the engine sends to the anchors of both families in the same moments. */
  #cancel: () => void = () => undefined;
  #plannedMonoMs = Number.POSITIVE_INFINITY;

  constructor(options: Options) {
    this.#options = options;
  }

  setTargets(targets: readonly Target[]): void {
    const ids = new Set(targets.map(({ id }) => id));
    for (const id of this.#targets.keys()) {
      if (ids.has(id)) continue;
      this.#answered.delete(id);
      this.#lost.delete(id);
    }
    this.#targets.clear();
    for (const group of this.#groups.values()) group.anchors.clear();
    for (const target of targets) {
      if (!watched.has(target.segment) || target.method === 'dns') continue;
      this.#targets.set(target.id, target);
      if (target.segment === 'anchor') this.#groupOf(target).anchors.add(target.id);
    }
  }

  stop(): void {
    this.#cancel();
  }

  /** Exchanges of the calm series; a first loss among them is suspicious. */
  recordCalm(exchanges: readonly TargetExchange[]): void {
    for (const exchange of exchanges) {
      const target = this.#targets.get(exchange.target);
      if (!target) continue;
      if (exchange.outcome === 'ok') this.#noteAnswer(target, exchange.sentMonoMs, true);
      else this.#noteLoss(target);
    }
  }

  /** Answers to quick exchanges end a silence just as well. */
  recordQuick(exchanges: readonly TargetExchange[]): void {
    for (const { target: id, outcome, sentMonoMs } of exchanges) {
      const target = outcome === 'ok' ? this.#targets.get(id) : undefined;
      if (target) this.#noteAnswer(target, sentMonoMs, false);
    }
  }

  #noteAnswer(target: Target, sentMonoMs: number, isCalm: boolean): void {
    if (isCalm) this.#lost.delete(target.id);
    if (target.segment !== 'anchor') return;
    // The grid of the calm slots: a quick answer says nothing of when the next calm one is due.
    if (isCalm) this.#answered.set(target.id, Math.max(sentMonoMs, this.#answered.get(target.id) ?? 0));
    const group = this.#groupOf(target);
    group.answeredMonoMs = Math.max(group.answeredMonoMs, sentMonoMs);
    if (group.isWatched) return;
    group.isWatched = true;
    this.#plan(this.#options.clock.monoMs() + leastGraceMs);
  }

  #noteLoss(target: Target): void {
    if (this.#lost.has(target.id)) return;
    this.#lost.add(target.id);
    const minute = this.#options.latency.recent(target.id, 60);
    if (minute && minute.lost - 1 > usualLossRatio * minute.count) return;
    this.#options.suspect(target.line, `${target.id} lost one`);
  }

  #groupOf({ line, family }: Target): Group {
    const key = `${line} ${family}`;
    const known = this.#groups.get(key);
    if (known) return known;
    const group: Group = {
      line,
      anchors: new Set(),
      answeredMonoMs: Number.NEGATIVE_INFINITY,
      graceMs: leastGraceMs,
      graceMonoMs: Number.NEGATIVE_INFINITY,
      isWatched: false,
    };
    this.#groups.set(key, group);
    return group;
  }

  /** Looks again at a moment, or sooner where that was planned already. */
  #plan(atMonoMs: number): void {
    if (atMonoMs >= this.#plannedMonoMs) return;
    const { clock } = this.#options;
    this.#cancel();
    this.#plannedMonoMs = atMonoMs;
    this.#cancel = clock.after(Math.max(0, atMonoMs - clock.monoMs()), () => this.#checkAll(atMonoMs));
  }

  #checkAll(plannedMonoMs: number): void {
    this.#plannedMonoMs = Number.POSITIVE_INFINITY;
    const now = this.#options.clock.monoMs();
    const isLate = now - plannedMonoMs > lateMs;
    for (const group of this.#groups.values()) {
      if (!group.isWatched) continue;
      const againMonoMs = this.#check(group, now, isLate);
      group.isWatched = Number.isFinite(againMonoMs);
      this.#plan(againMonoMs);
    }
  }

  /** Says when to look at a group again; infinite: not before its next answer. */
  #check(group: Group, now: number, isLate: boolean): number {
    const dueMonoMs = this.#nextSlot(group) + this.#graceOf(group, now);
    if (now < dueMonoMs) return dueMonoMs;
    if (isLate) return now + lateMs; // what has come meanwhile is read first
    if (now - group.answeredMonoMs > suspectForMs) return Number.POSITIVE_INFINITY;
    this.#options.suspect(group.line, 'no anchor answers');
    return now + repeatMs;
  }

  /** When the first calm exchange after the newest answered one was due to be sent. */
  #nextSlot({ anchors, answeredMonoMs }: Group): number {
    let next = Number.POSITIVE_INFINITY;
    for (const id of anchors) {
      const answered = this.#answered.get(id);
      const intervalMs = this.#targets.get(id)?.intervalMs;
      if (answered === undefined || intervalMs === undefined) continue;
      const passed = Math.floor((answeredMonoMs - answered) / intervalMs);
      next = Math.min(next, answered + (Math.max(0, passed) + 1) * intervalMs);
    }
    return next;
  }

  #graceOf(group: Group, now: number): number {
    if (now - group.graceMonoMs < usualEveryMs) return group.graceMs;
    group.graceMonoMs = now;
    group.graceMs = leastGraceMs;
    for (const id of group.anchors) {
      const usualUs = this.#options.latency.recent(id, usualSeconds)?.p50Us ?? Number.NaN;
      if (usualUs > 0) group.graceMs = Math.max(group.graceMs, (graceFactor * usualUs) / 1000);
    }
    return group.graceMs;
  }
}

const watched: ReadonlySet<Target['segment']> = new Set(['anchor', 'gateway', 'isp']);
