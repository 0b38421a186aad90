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
  /** Null while nothing is due: before the first answer, and after a long silence. */
  cancel: (() => void) | null;
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
    for (const group of this.#groups.values()) {
      group.cancel?.();
      group.cancel = null;
    }
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
    if (group.cancel === null) this.#plan(group, leastGraceMs);
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
      cancel: null,
    };
    this.#groups.set(key, group);
    return group;
  }

  #plan(group: Group, delayMs: number): void {
    const dueMonoMs = this.#options.clock.monoMs() + delayMs;
    group.cancel = this.#options.clock.after(delayMs, () => this.#check(group, dueMonoMs));
  }

  #check(group: Group, plannedMonoMs: number): void {
    group.cancel = null;
    const now = this.#options.clock.monoMs();
    const dueMonoMs = this.#nextSlot(group) + this.#graceOf(group, now);
    if (!Number.isFinite(dueMonoMs)) return;
    const isLate = now - plannedMonoMs > lateMs;
    if (now < dueMonoMs) this.#plan(group, dueMonoMs - now);
    else if (isLate)
      this.#plan(group, lateMs); // what has come meanwhile is read first
    else if (now - group.answeredMonoMs <= suspectForMs) {
      this.#options.suspect(group.line, 'no anchor answers');
      this.#plan(group, repeatMs);
    }
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
