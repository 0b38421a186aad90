import { saySize } from '../../../core/sizes.ts';
import type { EngineName, SpeedKind, SpeedPrice } from './schema.ts';

/** Days of a mean month of the Gregorian calendar. */
const monthDays = 365.2425 / 12;
/** Ethernet, IP and TCP headers with timestamps, acknowledgements and probes, over the payload. */
const overhead = 1.08;
/** Tests differ, and a line may have become faster: up to so many times the price may a test take … */
const knownMargin = 2;
/** … and on a line of which nothing is known yet: up to 1.6 Gbit/s where 100 was assumed. */
const unknownMargin = 16;
/** Of a line before its first test: not little, so that the first price is no lure. */
const assumedRate: Rates = { downMbps: 100, upMbps: 40 };

/** Seconds of load each way: as our own tests stop, and as the outside program runs. */
const ownSeconds = { quick: { down: 2.5, up: 3 }, full: { down: 10, up: 10 } } as const;
const programSeconds = { down: 15, up: 10 } as const;
/** 3 MB each way with headers and probes, on every line. */
const estimateBytes = 6_500_000;

export interface Rates {
  downMbps: number;
  upMbps: number;
}

export interface PriceInput {
  engine: EngineName;
  kind: SpeedKind;
  /** Bytes of the newest finished tests of this line, engine and kind. */
  seenBytes: readonly number[];
  /** Of the newest good test of the line by any engine; null before it. */
  rates: Rates | null;
}

export function priceOf({ engine, kind, seenBytes, rates }: PriceInput): SpeedPrice {
  if (seenBytes.length > 0) {
    const sorted = [...seenBytes].sort((one, other) => one - other);
    const bytes = sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
    const tests = sorted.length;
    const text =
      tests === 1
        ? `The last test here took ${saySize(bytes)}.`
        : `Half of the last ${tests} tests here took no more than ${saySize(bytes)}.`;
    const reserveBytes = Math.ceil((sorted.at(-1) ?? bytes) * knownMargin);
    return { engine, kind, bytes, reserveBytes, basis: 'history', tests, text };
  }
  const { bytes, text } = byFormula(engine, kind, rates);
  const margin = rates === null && kind !== 'estimate' ? unknownMargin : knownMargin;
  return { engine, kind, bytes, reserveBytes: Math.ceil(bytes * margin), basis: 'formula', tests: 0, text };
}

function byFormula(
  engine: EngineName,
  kind: SpeedKind,
  rates: Rates | null,
): { bytes: number; text: string } {
  if (kind === 'estimate')
    return { bytes: estimateBytes, text: `Short bursts of ${saySize(estimateBytes)} together.` };
  const { downMbps, upMbps } = rates ?? assumedRate;
  const seconds = engine === 'ookla' ? programSeconds : ownSeconds[kind];
  const bytes = Math.round((downMbps * seconds.down + upMbps * seconds.up) * 125_000 * overhead);
  const known = rates === null ? 'assumed, no test was made here yet' : 'as measured here';
  const text =
    `${round(downMbps)} Mbit/s for ${seconds.down} s down and ${round(upMbps)} Mbit/s for ${seconds.up} s up ` +
    `(rates ${known}), with ${Math.round((overhead - 1) * 100)} % for headers.`;
  return { bytes, text };
}

export interface MonthlyUse {
  /** Tests a day by the schedules. */
  testsPerDay: number;
  fullEveryDays: number;
  testBytes: number;
  fullBytes: number;
}

/** Bytes of a month; each full test takes the place of an ordinary one. */
export function monthlyBytes({ testsPerDay, fullEveryDays, testBytes, fullBytes }: MonthlyUse): number {
  const fulls = Math.min(testsPerDay, 1 / fullEveryDays);
  return Math.round(((testsPerDay - fulls) * testBytes + fulls * fullBytes) * monthDays);
}

/** 'A test costs about 40 MB here; 4 a day: 4.9 GB a month.' */
export function sayPrice(use: MonthlyUse): string {
  const { testsPerDay, testBytes } = use;
  const cost = `A test costs about ${saySize(testBytes)} here`;
  if (testsPerDay === 0) return `${cost}; none starts by itself.`;
  const often = testsPerDay >= 1 ? `${round(testsPerDay)} a day` : `${round(testsPerDay * 7)} a week`;
  return `${cost}; ${often}: ${saySize(monthlyBytes(use))} a month.`;
}

const round = (value: number) => String(Number(value.toFixed(value < 10 ? 1 : 0)));
