/** Days of the calendar in the zone of the site; days of 23 and 25 hours are as long as they are. */
import type { OutageDay } from './schema.ts';
import { type DownInterval, type Interval, intersect, lengthOf, union, uptimeOf } from './uptime.ts';

const hourMs = 3_600_000;
/** Zones differ by quarters of an hour at the finest. */
const quarterMs = hourMs / 4;
/** A day that was watched for less than this says nothing. */
const leastObservedSeconds = 600;

export interface CalendarInput {
  days: number;
  nowMs: number;
  timezone: string;
  lines: readonly string[];
  down: readonly DownInterval[];
  degraded: readonly Interval[];
  unobserved: readonly Interval[];
}

/** Oldest first; today, as far as it has gone, is the last. */
export function calendarOf(input: CalendarInput): OutageDay[] {
  const starts = dayStarts(input.nowMs, input.days, input.timezone);
  return starts.map(({ date, fromMs }, index) => {
    const toMs = Math.min(starts[index + 1]?.fromMs ?? input.nowMs, input.nowMs);
    const within = ({ fromMs: from, toMs: to }: Interval) => from < toMs && to > fromMs;
    const down = input.down.filter(within);
    const uptime = uptimeOf({
      fromMs,
      toMs,
      lines: input.lines,
      down,
      unobserved: input.unobserved.filter(within),
    });
    const degraded = intersect(union(input.degraded.filter(within)), [{ fromMs, toMs }]);
    const day = {
      date,
      ratio: uptime.ratio,
      downSeconds: uptime.downSeconds,
      degradedSeconds: lengthOf(degraded) / 1000,
      unobservedSeconds: uptime.unobservedSeconds,
      outages: down.length,
    };
    return { ...day, level: levelOf(day, uptime.upSeconds + uptime.downSeconds) };
  });
}

/** Five steps and "no data": 99.9 % of a day is a minute and a half. */
function levelOf(
  { ratio, degradedSeconds, downSeconds }: Pick<OutageDay, 'ratio' | 'degradedSeconds' | 'downSeconds'>,
  observedSeconds: number,
): OutageDay['level'] {
  if (ratio === null || observedSeconds < leastObservedSeconds) return 'no-data';
  if (downSeconds === 0 && degradedSeconds < 60) return 'perfect';
  if (ratio >= 0.999) return 'good';
  if (ratio >= 0.99) return 'fair';
  return ratio >= 0.95 ? 'poor' : 'bad';
}

/** Local midnights, oldest first, the last one that of today. */
function dayStarts(nowMs: number, days: number, timezone: string): { date: string; fromMs: number }[] {
  const format = new Intl.DateTimeFormat('en-CA', {
    dateStyle: 'short',
    ...(timezone === 'auto' ? {} : { timeZone: timezone }),
  });
  const starts: { date: string; fromMs: number }[] = [];
  let atMs = Math.floor(nowMs / quarterMs) * quarterMs;
  let date = format.format(nowMs);
  while (starts.length < days) {
    let fromMs = atMs;
    while (format.format(fromMs - hourMs) === date) fromMs -= hourMs;
    for (let step = hourMs / 2; step >= quarterMs; step /= 2)
      if (format.format(fromMs - step) === date) fromMs -= step;
    starts.unshift({ date, fromMs });
    atMs = fromMs - quarterMs;
    date = format.format(atMs);
  }
  return starts;
}
