/** What is planned, what it costs and what is left, for people. Pure. */
import { toIso } from '../../../core/clock.ts';
import { localTime } from '../../../core/local-time.ts';
import { saySize } from '../../../core/sizes.ts';
import { reasonOf } from './agenda.ts';
import { engineOrder, type Means, readinessOf } from './choices.ts';
import type { Purse } from './ledger.ts';
import type { LineDesk, Planned } from './line-desk.ts';
import { monthlyBytes, sayPrice } from './price.ts';
import type {
  EngineName,
  SpeedBudget,
  SpeedKind,
  SpeedLinePlan,
  SpeedNext,
  SpeedOffer,
  SpeedReason,
} from './schema.ts';

const reasonWords: Readonly<Record<SpeedReason, string>> = {
  asked: 'somebody asked for it',
  schedule: 'one of about four tests a day, at a random moment',
  custom: 'a time of your own',
  burst: 'one of a row of tests that you planned',
  retry: 'the one before failed',
  retest: 'the result before was far from what this line does',
  outage: 'an outage is over',
  anomaly: 'the line does what it does not do usually',
};

const holdWords: Readonly<Record<NonNullable<SpeedNext['heldBy']>, string>> = {
  start: 'this box has just started',
  'quiet-hours': 'it waits for the end of the quiet hours',
  budget: 'it waits until the data of the month allow for it',
  busy: 'the line was in use',
};

const kindWords: Readonly<Record<SpeedKind, string>> = {
  quick: 'A test',
  full: 'A full test',
  estimate: 'An estimate',
};

export interface LineReportInput {
  desk: Pick<LineDesk, 'line' | 'limits' | 'price'>;
  planned: Planned | null;
  purse: Purse;
  tests: number;
  means: Means;
  /** By the schedules in force. */
  testsPerDay: number;
  fullEveryDays: number;
  wallMs(monoMs: number): number;
  timezone: string;
  isTimeKnown: boolean;
}

export function lineReport(input: LineReportInput): SpeedLinePlan {
  const { desk, planned, means, isTimeKnown } = input;
  const offers = offersOf(input);
  const canMeasure = planned !== null && planned.choices.length > 0 && planned.skip === null;
  return {
    line: desk.line,
    isMetered: desk.limits.isMetered,
    next: canMeasure && isTimeKnown ? nextOf(planned, input) : null,
    why: canMeasure && isTimeKnown ? null : whyNothing(input),
    budget: budgetOf(input, offers),
    offers: [...offers.filter(({ isReady }) => isReady), ...offers.filter(({ isReady }) => !isReady)].sort(
      (one, other) => rank(one.engine, means) - rank(other.engine, means),
    ),
  };
}

/** The one that is configured comes first. */
const rank = (engine: EngineName, { config }: Means) => (config.engine === engine ? 0 : 1);

function nextOf(
  { atMonoMs, heldBy, kind, intent }: Planned,
  { wallMs, timezone }: LineReportInput,
): SpeedNext {
  const atMs = wallMs(atMonoMs);
  const reason = reasonOf(intent);
  const held = heldBy === null ? '' : `; ${holdWords[heldBy]}`;
  const text = `${kindWords[kind]} at ${localTime(atMs, timezone, true)}: ${reasonWords[reason]}${held}.`;
  return { at: toIso(atMs), reason, kind, heldBy, text };
}

function whyNothing({ planned, means, isTimeKnown }: LineReportInput): string {
  if (!isTimeKnown) return 'The time of day is not known yet, so nothing starts by itself.';
  if (planned?.skip === 'budget') return 'The data of this month are used up; tests go on in the next one.';
  if (planned?.skip === 'quiet-hours') return 'The next time of your own lies in the quiet hours.';
  if (planned !== null || means.config.engine !== 'auto') {
    const { engine } = means.config;
    const why = engine === 'auto' ? null : readinessOf(engine, means).why;
    return why ?? 'There is nobody to measure with: name a server of yours, or switch on an outside service.';
  }
  return 'No test starts by itself: the schedule is off.';
}

function offersOf(input: LineReportInput): SpeedOffer[] {
  const { desk, means, testsPerDay, fullEveryDays } = input;
  const { isMetered } = desk.limits;
  const kinds: readonly SpeedKind[] = isMetered ? ['estimate', 'quick'] : ['quick', 'full'];
  return engineOrder.map((engine) => {
    const prices = kinds.map((kind) => desk.price(engine, kind));
    const [usual, other] = prices;
    const testBytes = usual?.bytes ?? 0;
    const fullBytes = isMetered ? testBytes : (other?.bytes ?? testBytes);
    const use = { testsPerDay, fullEveryDays, testBytes, fullBytes };
    return {
      engine,
      ...readinessOf(engine, means),
      prices,
      monthlyBytes: monthlyBytes(use),
      monthlyText: sayPrice(use),
    };
  });
}

function budgetOf({ purse, tests }: LineReportInput, offers: readonly SpeedOffer[]): SpeedBudget {
  const { month, budgetBytes, spentBytes } = purse;
  const ready = offers.filter(({ isReady }) => isReady);
  const cheapest = Math.min(
    ...(ready.length > 0 ? ready : offers).flatMap(({ prices }) => prices.map(({ bytes }) => bytes)),
  );
  const isExhausted = spentBytes + cheapest > budgetBytes;
  const used = `${saySize(spentBytes)} of ${saySize(budgetBytes)} used in ${month.name} by ${tests} ${tests === 1 ? 'test' : 'tests'}`;
  const text =
    budgetBytes === 0
      ? 'No data are set aside: only tests that you start yourself run.'
      : isExhausted
        ? `${used}: not even the cheapest test, ${saySize(cheapest)}, fits any more.`
        : `${used}.`;
  return { month: month.name, budgetBytes, spentBytes, tests, isExhausted, text };
}
