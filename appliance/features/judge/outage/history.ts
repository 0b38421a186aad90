/** What was recorded, as it is shown: lists, uptime and the calendar of any range. */
import type { FeatureContext } from '../../../core/feature.ts';
import type { Verdict } from '../../../core/shapes.ts';
import { calendarOf } from './calendar.ts';
import { type Presenting, presentBusy, presentOutage } from './present.ts';
import type { OutageStore } from './records-store.ts';
import type { BusyPeriod, Outage, OutageCalendar, OutageList, Uptime } from './schema.ts';
import { type DownInterval, type Interval, uptimeOf } from './uptime.ts';

const dayMs = 86_400_000;
/** Records that one answer may hold. */
export const mostRecords = 2000;

export interface OutageFilter {
  line?: string;
  kind?: Outage['kind'];
  verdict?: Verdict;
  limit: number;
}

/** Intervals of a range, epoch ms. */
interface Intervals {
  down: DownInterval[];
  degraded: Interval[];
  unobserved: Interval[];
}

export class OutageHistory {
  readonly #context: FeatureContext;
  readonly #store: OutageStore;

  constructor(context: FeatureContext, store: OutageStore) {
    this.#context = context;
    this.#store = store;
  }

  /** How records are put into words now. */
  presenting(): Presenting {
    const { config, timeline } = this.#context;
    return {
      timezone: config.current.site.timezone,
      isSeveral: config.current.lines.length > 1,
      isClockKnown: timeline.anchor.isKnown,
      nowMs: timeline.nowMs(),
    };
  }

  async between(fromMs: number, toMs: number, limit = mostRecords): Promise<Outage[]> {
    const stored = await this.#store.between(fromMs, toMs, limit);
    const presenting = this.presenting();
    return stored.map((outage) => presentOutage(outage, presenting));
  }

  async byId(id: number): Promise<Outage | null> {
    const stored = await this.#store.byId(id);
    return stored ? presentOutage(stored, this.presenting()) : null;
  }

  async busyBetween(fromMs: number, toMs: number): Promise<BusyPeriod[]> {
    const stored = await this.#store.busyBetween(fromMs, toMs, mostRecords);
    const presenting = this.presenting();
    return stored.map((busy) => presentBusy(busy, presenting));
  }

  async list(fromMs: number, toMs: number, filter: OutageFilter): Promise<OutageList> {
    const [outages, busy, gaps, uptime] = await Promise.all([
      this.between(fromMs, toMs),
      this.busyBetween(fromMs, toMs),
      this.#context.port('gap').between(fromMs, toMs),
      this.uptime(fromMs, toMs, filter.line),
    ]);
    const isWanted = (outage: Outage) =>
      (filter.line === undefined || outage.line === filter.line) &&
      (filter.kind === undefined || outage.kind === filter.kind) &&
      (filter.verdict === undefined || outage.verdict === filter.verdict);
    return {
      outages: outages.filter(isWanted).slice(0, filter.limit),
      busy: busy.filter(({ line }) => filter.line === undefined || line === filter.line),
      gaps,
      uptime,
    };
  }

  /** Of one line, or of the house: it is offline while all its lines are. */
  async uptime(fromMs: number, toMs: number, line?: string): Promise<Uptime> {
    const { down, unobserved } = await this.#intervals(fromMs, toMs);
    const lines = line === undefined ? this.#lineNames() : [line];
    return uptimeOf({ fromMs, toMs, lines, down, unobserved });
  }

  async calendar(days: number): Promise<OutageCalendar> {
    const { timeline, config } = this.#context;
    const nowMs = timeline.nowMs();
    const { timezone } = config.current.site;
    const intervals = await this.#intervals(nowMs - (days + 1) * dayMs, nowMs);
    return {
      timezone: timezone === 'auto' ? Intl.DateTimeFormat().resolvedOptions().timeZone : timezone,
      days: calendarOf({ days, nowMs, timezone, lines: this.#lineNames(), ...intervals }),
    };
  }

  #lineNames(): string[] {
    return this.#context.config.current.lines.map(({ name }) => name);
  }

  async #intervals(fromMs: number, toMs: number): Promise<Intervals> {
    const gap = this.#context.port('gap');
    const [stored, gaps, firstMs] = await Promise.all([
      this.#store.spans(fromMs, toMs),
      gap.between(fromMs, toMs),
      gap.firstMs(),
    ]);
    const nowMs = this.#context.timeline.nowMs();
    const spans = stored.map(({ kind, line, verdict, startMs, endMs }) => ({
      kind,
      line,
      verdict,
      fromMs: startMs,
      toMs: endMs ?? nowMs,
    }));
    return {
      down: spans.filter(({ kind, verdict }) => kind === 'outage' && verdict !== 'ipv6'),
      degraded: spans.filter(({ kind }) => kind === 'degradation'),
      unobserved: [
        { fromMs, toMs: firstMs ?? nowMs },
        { fromMs: nowMs, toMs },
        ...gaps.map(({ startedAt, endedAt }) => ({
          fromMs: Date.parse(startedAt),
          toMs: Date.parse(endedAt),
        })),
      ],
    };
  }
}
