/**
 * When tests of one line start by themselves. Pure: what is planned, the clock and a random number go in, what is planned
 * next comes out. Times are CLOCK_MONOTONIC, so a step of the wall clock moves nothing but times of the owner's own.
 */
import type { Family } from '../../../core/shapes.ts';
import type { SpeedReason } from './schema.ts';

const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;

/** After a power cut everything else in the house starts, too. */
export const startHoldMs = 10 * minuteMs;
/** Between tests that the random schedule starts, and after any other. */
export const leastGapMs = 36 * minuteMs;
const mostGapMs = 15 * hourMs;
/**
 * Clamping an exponential of 6 h to 36 min..15 h gives a mean of 5 h 32 min; with this one it is 6 h, and never more
 * tests than measurement platforms ask for.
 */
const exponentialMeanMs = 6.68 * hourMs;
/** At most one test in this time because something happened. */
const bonusGapMs = 6 * hourMs;
const firstRetryMs = minuteMs;
const maxRetries = 5;
const retryJitter = 0.05;
const maxPostponed = 6;
const burstPauseMs = 20_000;

export type Random = () => number;
export type Origin = Exclude<SpeedReason, 'asked' | 'retry'>;

/** A test that shall run. */
export interface Intent {
  origin: Origin;
  dueMonoMs: number;
  /** Failed tries so far. */
  retries: number;
  /** How often it has waited for a quiet line. */
  postponed: number;
  /** 0..1, drawn once: by how much it is put off where many boxes would start at the same moment. */
  spread: number;
  /** Null: as the server has it. */
  family: Family | null;
  /** Of the owner's own schedules. */
  scheduleId: string | null;
  burst: { index: number; count: number } | null;
  /** The server of the result that is in doubt. */
  avoid: string | null;
}

export interface Agenda {
  intents: readonly Intent[];
  /** When something that happened last brought a test. */
  bonusMonoMs: number | null;
}

export const emptyAgenda: Agenda = { intents: [], bonusMonoMs: null };

const blank = {
  retries: 0,
  postponed: 0,
  family: null,
  scheduleId: null,
  burst: null,
  avoid: null,
} as const;

export const reasonOf = ({ origin, retries }: Intent): SpeedReason => (retries > 0 ? 'retry' : origin);

/** Random numbers are in [0, 1), so the logarithm is finite. */
const exponentialMs = (random: Random) => -Math.log(1 - random()) * exponentialMeanMs;

export function regularGapMs(random: Random): number {
  return Math.min(mostGapMs, Math.max(leastGapMs, exponentialMs(random)));
}

/**
 * The agenda at a start. An exponential knows no past, so the rest of an interval that a restart cut is one like any
 * other; `sinceLastMs` keeps the least gap to the last test.
 */
export function begun(nowMonoMs: number, sinceLastMs: number | null, random: Random): Agenda {
  const rest = sinceLastMs === null ? 0 : Math.max(0, leastGapMs - sinceLastMs);
  const waitMs = Math.max(startHoldMs, rest) + Math.min(mostGapMs, exponentialMs(random));
  return { ...emptyAgenda, intents: [regular(nowMonoMs + waitMs, random)] };
}

function regular(dueMonoMs: number, random: Random): Intent {
  return { ...blank, origin: 'schedule', dueMonoMs, spread: random() };
}

/** With the random schedule switched on or off. */
export function withRegular(agenda: Agenda, isAdaptive: boolean, nowMonoMs: number, random: Random): Agenda {
  const has = agenda.intents.some(({ origin }) => origin === 'schedule');
  if (has === isAdaptive) return agenda;
  if (!isAdaptive)
    return { ...agenda, intents: agenda.intents.filter(({ origin }) => origin !== 'schedule') };
  return plus(agenda, regular(nowMonoMs + regularGapMs(random), random));
}

/** An outage is over, or the line does what it does not do usually: worth a test, if the last one so is long ago. */
export function wanted(
  agenda: Agenda,
  origin: 'outage' | 'anomaly',
  nowMonoMs: number,
  random: Random,
): Agenda {
  const { bonusMonoMs, intents } = agenda;
  if (bonusMonoMs !== null && nowMonoMs - bonusMonoMs < bonusGapMs) return agenda;
  if (intents.some(({ origin: one }) => one === 'outage' || one === 'anomaly')) return agenda;
  const dueMonoMs = nowMonoMs + (1 + 2 * random()) * minuteMs;
  return plus({ ...agenda, bonusMonoMs: nowMonoMs }, { ...blank, origin, dueMonoMs, spread: random() });
}

export interface CustomRun {
  scheduleId: string;
  family: Family | null;
  burstCount: number;
  /** From now on; 0 for the owner's own servers. */
  delayMs: number;
}

/** One of the owner's own times has come. */
export function withCustom(agenda: Agenda, run: CustomRun, nowMonoMs: number, random: Random): Agenda {
  const { scheduleId, family, burstCount, delayMs } = run;
  if (agenda.intents.some((one) => one.scheduleId === scheduleId)) return agenda;
  const isBurst = burstCount > 1;
  return plus(agenda, {
    ...blank,
    origin: isBurst ? 'burst' : 'custom',
    dueMonoMs: nowMonoMs + delayMs,
    spread: random(),
    family,
    scheduleId,
    burst: isBurst ? { index: 1, count: burstCount } : null,
  });
}

/** The one that is due first. */
export function firstOf({ intents }: Agenda): Intent | null {
  let first: Intent | null = null;
  for (const intent of intents) if (first === null || intent.dueMonoMs < first.dueMonoMs) first = intent;
  return first;
}

export function putOff(agenda: Agenda, intent: Intent, dueMonoMs: number): Agenda {
  return plus(without(agenda, intent), { ...intent, dueMonoMs });
}

export function without(agenda: Agenda, intent: Intent): Agenda {
  return { ...agenda, intents: agenda.intents.filter((one) => !isSame(one, intent)) };
}

/** There is one random test, one retest, one wanted, and one for each of the owner's own schedules. */
const isSame = (one: Intent, other: Intent) =>
  one.origin === other.origin && one.scheduleId === other.scheduleId;

/**
 * How a run ended, as far as the agenda cares. bad: far from what this line does. busy: others used the line. again: the
 * server's fault or bad luck, worth another try. over: done, failed for good, or left out.
 */
export type RunEnd = 'bad' | 'busy' | 'again' | 'over';

/** The line is in use: whether this one waits for it to become quiet, or has waited often enough. */
export const mayWait = ({ postponed }: Intent) => postponed < maxPostponed;

/** What is planned after a run; the random schedule goes on where it is switched on. */
export function afterRun(
  agenda: Agenda,
  intent: Intent,
  end: RunEnd,
  { nowMonoMs, random, isAdaptive, server }: AfterRun,
): Agenda {
  const rest = without(agenda, intent);
  const next = followers(intent, end, nowMonoMs, random, server);
  const spaced = end === 'busy' || end === 'again' ? rest : keepGap(rest, nowMonoMs);
  return withRegular(next.reduce(plus, spaced), isAdaptive, nowMonoMs, random);
}

export interface AfterRun {
  nowMonoMs: number;
  random: Random;
  isAdaptive: boolean;
  /** Whom the run measured. */
  server: string | null;
}

/** A test that somebody started, or any other: the random one keeps its distance. */
export function keepGap(agenda: Agenda, nowMonoMs: number): Agenda {
  const earliest = nowMonoMs + leastGapMs;
  const intents = agenda.intents.map((one) =>
    one.origin === 'schedule' && one.dueMonoMs < earliest ? { ...one, dueMonoMs: earliest } : one,
  );
  return { ...agenda, intents };
}

function followers(
  intent: Intent,
  end: RunEnd,
  nowMonoMs: number,
  random: Random,
  server: string | null,
): Intent[] {
  const fiveToFifteen = nowMonoMs + (5 + 10 * random()) * minuteMs;
  if (end === 'busy')
    return mayWait(intent)
      ? [{ ...intent, dueMonoMs: fiveToFifteen, postponed: intent.postponed + 1 }]
      : restOfBurst(intent, nowMonoMs);
  if (end === 'again' && intent.burst === null && intent.retries < maxRetries) {
    const jitter = 1 + retryJitter * (2 * random() - 1);
    const waitMs = firstRetryMs * 2 ** intent.retries * jitter;
    return [{ ...intent, dueMonoMs: nowMonoMs + waitMs, retries: intent.retries + 1 }];
  }
  if (end === 'bad' && intent.burst === null && intent.origin !== 'retest')
    return [{ ...blank, origin: 'retest', dueMonoMs: fiveToFifteen, spread: random(), avoid: server }];
  return restOfBurst(intent, nowMonoMs);
}

function restOfBurst(intent: Intent, nowMonoMs: number): Intent[] {
  const { burst } = intent;
  if (burst === null || burst.index >= burst.count) return [];
  const next = { index: burst.index + 1, count: burst.count };
  return [{ ...intent, postponed: 0, dueMonoMs: nowMonoMs + burstPauseMs, burst: next }];
}

function plus(agenda: Agenda, intent: Intent): Agenda {
  return { ...agenda, intents: [...without(agenda, intent).intents, intent] };
}
