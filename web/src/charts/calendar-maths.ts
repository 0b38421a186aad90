/** Days of a calendar in the zone of the site, which need not be the browser's. Plain functions. */
import type { OutageDay } from '../../../appliance/features/judge/outage/schema.ts';
import type { Span } from './scale.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const formatters = new Map<string, Intl.DateTimeFormat>();

/** One site has one zone. */
function formatterOf(zone: string): Intl.DateTimeFormat {
  const known = formatters.get(zone);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  });
  formatters.clear();
  formatters.set(zone, made);
  return made;
}

/** What the clocks of the zone show, as if it were UTC. */
function wallMs(ms: number, zone: string): number {
  const part = new Map(
    formatterOf(zone)
      .formatToParts(ms)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const of = (name: Intl.DateTimeFormatPartTypes) => part.get(name) ?? 0;
  return Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second'));
}

/** The first moment of a local day: not always 00:00, some zones change their clocks at midnight. */
export function dayStartMs(date: string, zone: string): number {
  const midnight = Date.parse(`${date}T00:00:00Z`);
  // The offsets around that midnight, before and after a change of the clocks.
  const offsets = [-dayMs, 0, dayMs].map((shift) => wallMs(midnight + shift, zone) - (midnight + shift));
  const candidates = offsets.map((offset) => midnight - offset).sort((a, b) => a - b);
  const first = candidates.find((ms) => wallMs(ms, zone) === midnight);
  if (first !== undefined) return first;
  // That midnight does not exist: the day begins where the clocks jumped to.
  let before = (candidates[0] ?? midnight) - 3 * hourMs;
  let after = before + 6 * hourMs;
  while (after - before > 1000) {
    const middle = Math.floor((before + after) / 2000) * 1000;
    if (wallMs(middle, zone) >= midnight) after = middle;
    else before = middle;
  }
  return after;
}

/** The span of a local day: 23, 24 or 25 hours. */
export function daySpan(date: string, zone: string): Span {
  return { fromMs: dayStartMs(date, zone), toMs: dayStartMs(nextDate(date), zone) };
}

function nextDate(date: string): string {
  return new Date(Date.parse(`${date}T12:00:00Z`) + dayMs).toISOString().slice(0, 10);
}

export interface Month {
  /** YYYY-MM */
  key: string;
  /** Weeks from Monday to Sunday; null where the week has days outside the calendar or the month. */
  weeks: (OutageDay | null)[][];
}

/** The days by month and week, in the order given. */
export function monthsOf(days: readonly OutageDay[]): Month[] {
  const months: Month[] = [];
  for (const day of days) {
    const key = day.date.slice(0, 7);
    const weekday = (new Date(`${day.date}T12:00:00Z`).getUTCDay() + 6) % 7;
    let month = months.at(-1);
    if (month?.key !== key) {
      month = { key, weeks: [] };
      months.push(month);
    }
    let week = month.weeks.at(-1);
    if (!week || weekday === 0) {
      week = Array.from({ length: 7 }, () => null);
      month.weeks.push(week);
    }
    week[weekday] = day;
  }
  return months;
}

/** The days from the month on in which something was observed first; the newest month is always there. */
export function fromFirstMonth(days: readonly OutageDay[]): readonly OutageDay[] {
  const first = days.find((day) => day.level !== 'no-data') ?? days.at(-1);
  if (!first) return days;
  const month = first.date.slice(0, 7);
  return days.filter((day) => day.date >= `${month}-01`);
}

const steps: Readonly<Record<string, number>> = {
  ArrowLeft: -1,
  ArrowRight: 1,
  ArrowUp: -7,
  ArrowDown: 7,
};

/** Where a key moves the focus among `count` days; null for a key that does not move it. */
export function movedDay(index: number, key: string, count: number): number | null {
  if (key === 'Home') return 0;
  if (key === 'End') return count - 1;
  const step = steps[key];
  return step === undefined ? null : Math.min(count - 1, Math.max(0, index + step));
}
