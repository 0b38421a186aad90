import type { FeatureContext } from '../../../core/feature.ts';
import type { LinkPort } from '../link/schema.ts';
import { type Circumstances, nextMonthMonoMs, nextStart, type Start } from './admission.ts';
import {
  type Agenda,
  afterRun,
  begun,
  emptyAgenda,
  type Intent,
  keepGap,
  putOff,
  type Random,
  type RunEnd,
  reasonOf,
  startHoldMs,
  wanted,
  withCustom,
  withRegular,
} from './agenda.ts';
import { avoiding, type ChoiceWithFile, choicesFor, isPublic, type Means } from './choices.ts';
import type { SpeedPlan } from './engine.ts';
import type { Ledger } from './ledger.ts';
import { type LineLimits, limitsOf } from './limits.ts';
import { kindOf, type LineFacts, noFacts, priceFor, readFacts } from './line-facts.ts';
import type { DueSchedule } from './own-schedules.ts';
import type { EngineName, SpeedKind, SpeedPrice, SpeedReason } from './schema.ts';
import type { TestStore } from './store.ts';

const minuteMs = 60_000;
/** Targets and links are found first. */
const serviceHoldMs = 30_000;
/** Own times meet nobody else's on the owner's servers; on public ones they are spread over this. */
const publicSpreadMs = 10 * minuteMs;

export interface DeskParts {
  context: Pick<FeatureContext, 'clock' | 'timeline' | 'config'>;
  link: Pick<LinkPort, 'state'>;
  ledger: Ledger;
  tests: TestStore;
  means(): Means;
  random: Random;
  /** CLOCK_MONOTONIC of the start of the service. */
  startedMonoMs: number;
}

/** A test that is planned, and how it would be made. */
export interface Planned extends Start {
  intent: Intent;
  kind: SpeedKind;
  price: SpeedPrice;
  choices: readonly ChoiceWithFile[];
}

/** What a run is made of besides its choices, whose authorities have to be read first. */
export interface Order {
  line: string;
  family: SpeedPlan['family'];
  kind: SpeedKind;
  reason: SpeedReason;
  maxBytes: number;
  isForced: boolean;
}

/** One line: what is planned on it, and what is known of its past. */
export class LineDesk {
  readonly line: string;
  readonly #parts: DeskParts;
  #agenda: Agenda = emptyAgenda;
  #facts: LineFacts = noFacts;
  /** Outages that last and leave nothing to measure, by id; a line has a few at once. */
  readonly outages = new Set<number>();

  constructor(line: string, parts: DeskParts) {
    this.line = line;
    this.#parts = parts;
  }

  get facts(): LineFacts {
    return this.#facts;
  }

  get isDown(): boolean {
    return this.outages.size > 0;
  }

  get limits(): LineLimits {
    return limitsOf(this.#parts.context.config.current.speedtest, this.line);
  }

  async open(): Promise<void> {
    const { context, random } = this.#parts;
    await this.refresh();
    const { loadedAtMs } = this.#facts;
    const sinceMs = loadedAtMs === null ? null : Math.max(0, context.timeline.nowMs() - loadedAtMs);
    this.#agenda = begun(context.clock.monoMs(), sinceMs, random);
    this.configure();
  }

  /** Reads what the store knows of the line; after each test. */
  async refresh(): Promise<void> {
    this.#facts = await readFacts(this.#parts.tests, this.line);
  }

  /** After a change of the configuration. */
  configure(): void {
    const { random } = this.#parts;
    this.#agenda = withRegular(this.#agenda, this.#isAdaptive, this.#nowMonoMs, random);
  }

  want(origin: 'outage' | 'anomaly'): void {
    this.#agenda = wanted(this.#agenda, origin, this.#nowMonoMs, this.#parts.random);
  }

  /** One of the owner's own times has come. */
  takeOwnTime({ id, family, burstCount }: Omit<DueSchedule, 'line'>): void {
    const { random } = this.#parts;
    const [first] = this.#choices(null);
    const delayMs = first !== undefined && isPublic(first) ? random() * publicSpreadMs : 0;
    const run = { scheduleId: id, family, burstCount, delayMs };
    this.#agenda = withCustom(this.#agenda, run, this.#nowMonoMs, random);
  }

  /** The test that starts next; its moment may have come. */
  next(): Planned | null {
    const kinds = this.#kinds();
    let planned: Planned | null = null;
    // A full test that does not fit the month gives way to a short one.
    for (const kind of kinds) {
      planned = this.#plannedAs(kind);
      if (planned === null || (planned.skip !== 'budget' && planned.heldBy !== 'budget')) break;
    }
    return planned;
  }

  #kinds(): SpeedKind[] {
    const { context } = this.#parts;
    const { fullEveryDays } = context.config.current.speedtest;
    const { isMetered } = this.limits;
    const kind = kindOf({ facts: this.#facts, isMetered, fullEveryDays, nowMs: context.timeline.nowMs() });
    return kind === 'full' ? ['full', 'quick'] : [kind];
  }

  #plannedAs(kind: SpeedKind): Planned | null {
    const price = priceFor(this.#facts, this.#choices(null)[0]?.engine ?? 'peer', kind);
    const found = nextStart(this.#agenda, this.around(price));
    if (found === null) return null;
    return { ...found, kind, price, choices: this.#choices(found.intent.avoid) };
  }

  #choices(avoid: string | null): ChoiceWithFile[] {
    const means = this.#parts.means();
    return avoiding(choicesFor(means.config.engine, means), avoid);
  }

  /** What a test at this price meets. */
  around({ bytes }: SpeedPrice): Circumstances {
    const { context, ledger, startedMonoMs } = this.#parts;
    const { timeline, config } = context;
    const { budgetBytes } = this.limits;
    return {
      nowMonoMs: this.#nowMonoMs,
      // CLOCK_MONOTONIC begins with the box.
      holdUntilMonoMs: Math.max(startHoldMs, startedMonoMs + serviceHoldMs),
      wallMs: (monoMs) => timeline.wallMs(monoMs),
      timezone: config.current.site.timezone,
      quietHours: config.current.speedtest.quietHours,
      purse: { month: ledger.month, budgetBytes, spentBytes: ledger.spent(this.line).bytes },
      priceBytes: bytes,
    };
  }

  orderOf({ intent, kind, price }: Planned): Order {
    const { budgetBytes } = this.limits;
    const leftBytes = Math.max(0, budgetBytes - this.#parts.ledger.spent(this.line).bytes);
    return {
      line: this.line,
      family: intent.family,
      kind,
      reason: reasonOf(intent),
      isForced: false,
      maxBytes: Math.min(price.reserveBytes, leftBytes),
    };
  }

  planOf(order: Order, choices: SpeedPlan['choices']): SpeedPlan {
    const state = this.#parts.link.state(this.line);
    const { latest, full } = this.#facts;
    const gateway = state?.families.find(({ family }) => family === (order.family ?? 'ipv4'))?.gateway;
    return {
      ...order,
      interfaceName: state?.interface ?? null,
      gateway: gateway ?? null,
      choices,
      last:
        latest === null
          ? null
          : {
              downMbps: latest.downloadMbps,
              upMbps: latest.uploadMbps,
              burstRatio: full?.details?.down?.burstRatio ?? null,
            },
      maxTestMbps: null,
    };
  }

  settle(intent: Intent, end: RunEnd, server: string | null): void {
    const { random } = this.#parts;
    const after = { nowMonoMs: this.#nowMonoMs, random, isAdaptive: this.#isAdaptive, server };
    this.#agenda = afterRun(this.#agenda, intent, end, after);
  }

  /** Somebody tested by hand. */
  keepGap(): void {
    this.#agenda = keepGap(this.#agenda, this.#nowMonoMs);
  }

  /** Later, without having tried. */
  delay(intent: Intent, byMs: number): void {
    this.#agenda = putOff(this.#agenda, intent, this.#nowMonoMs + byMs);
  }

  /** The budget is used up. */
  delayToNextMonth({ intent, price }: Planned): void {
    this.#agenda = putOff(this.#agenda, intent, nextMonthMonoMs(intent, this.around(price)));
  }

  price(engine: EngineName, kind: SpeedKind): SpeedPrice {
    return priceFor(this.#facts, engine, kind);
  }

  get #nowMonoMs(): number {
    return this.#parts.context.clock.monoMs();
  }

  get #isAdaptive(): boolean {
    return this.#parts.context.config.current.speedtest.schedule === 'adaptive';
  }
}
