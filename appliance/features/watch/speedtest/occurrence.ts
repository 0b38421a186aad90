import { createTask, parse } from 'node-cron';
import { AppError } from '../../../core/errors.ts';
import { momentOf, readingAt } from '../../../core/zone-time.ts';

const minuteMs = 60_000;
const dayMs = 1440 * minuteMs;
/** A 29 February that is a Monday comes within 28 years; nobody means it, and the search must end. */
const maxDays = 4 * 366;

export interface Timetable {
  /** Local times, 'HH:MM'. */
  times: readonly string[];
  /** 0 is Monday. */
  days: readonly number[];
  /** Five fields, in place of times and days. */
  cron: string | null;
}

/** Throws AppError `SCHEDULE_INVALID` for what is no cron line of five fields, or names a day that never comes. */
export function checkCron(cron: string): void {
  if (fieldsOf(cron) !== null) return;
  throw new AppError('SCHEDULE_INVALID', `"${cron}" is not a cron line of five fields, like 30 3 * * 1-5.`, {
    status: 400,
  });
}

function fieldsOf(cron: string): ReturnType<typeof parse> | null {
  if (cron.trim().split(/\s+/).length !== 5) return null; // a sixth would be seconds
  try {
    return parse(cron);
  } catch {
    return null; // it throws for what it cannot read; there is no other question to ask that refuses 31 February
  }
}

/** The minutes of a day on which runs fall, and the days. */
interface Pattern {
  minutes: readonly number[];
  isOn(day: Date): boolean;
}

/** `use` may ask the pattern until it returns; null for a cron line that is none. */
function withPattern<Result>(
  { times, days, cron }: Timetable,
  use: (pattern: Pattern) => Result,
): Result | null {
  if (cron === null)
    return use({
      minutes: times.map(minutesOf).sort((one, other) => one - other),
      isOn: (day) => days.includes((day.getUTCDay() + 6) % 7),
    });
  const fields = fieldsOf(cron);
  if (fields === null) return null;
  const { minute, hour, month } = fields;
  const minutes = hour.flatMap((hours) => minute.map((one) => hours * 60 + one));
  const [first = 0] = minutes;
  // The zone is ours: with one of its own, node-cron skips and repeats runs at the changes of summer time.
  const task = createTask(cron, () => undefined, { timezone: 'Etc/UTC' });
  try {
    return use({
      minutes,
      isOn: (day) =>
        month.includes(day.getUTCMonth() + 1) && task.match(new Date(day.getTime() + first * minuteMs)),
    });
  } finally {
    void task.destroy();
  }
}

/**
 * The first moment after `afterMs` at which clocks in the zone show a time of the table; null where none comes in four
 * years, or the cron line is none. A time that the spring change skips comes later by the gap, of one that the autumn
 * change repeats the first counts: every table is worked through once on every calendar day.
 */
export function nextOccurrence(timetable: Timetable, afterMs: number, timezone: string): number | null {
  return withPattern(timetable, ({ minutes, isOn }) => {
    const today = Math.floor(readingAt(afterMs, timezone) / dayMs) * dayMs;
    // From yesterday: a time that the spring change moved may still lie ahead after midnight.
    for (let day = today - dayMs; day < today + maxDays * dayMs; day += dayMs) {
      if (!isOn(new Date(day))) continue;
      const next = Math.min(...momentsOf(day, minutes, timezone).filter((atMs) => atMs > afterMs));
      if (Number.isFinite(next)) return next;
    }
    return null;
  });
}

/** On all days but two a year one offset holds, and asking Intl for each of 1440 minutes would take tenths of a second. */
function momentsOf(day: number, minutes: readonly number[], timezone: string): number[] {
  const offsetAt = (epochMs: number) => readingAt(epochMs, timezone) - epochMs;
  const [before, after] = [offsetAt(day - dayMs), offsetAt(day + 2 * dayMs)];
  if (before === after) return minutes.map((minute) => day + minute * minuteMs - before);
  return minutes.map((minute) => momentOf(day + minute * minuteMs, timezone));
}

/** Runs a day over the next week. */
export function runsPerDay(timetable: Timetable, nowMs: number, timezone: string): number {
  const days = 7;
  const today = Math.floor(readingAt(nowMs, timezone) / dayMs) * dayMs;
  const runs = withPattern(timetable, ({ minutes, isOn }) => {
    const dates = Array.from({ length: days }, (_, index) => new Date(today + index * dayMs));
    return dates.filter(isOn).length * minutes.length;
  });
  return (runs ?? 0) / days;
}

function minutesOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return hours * 60 + minutes;
}

export interface QuietHours {
  from: string;
  to: string;
}

/** When the quiet hours end that a moment lies in; null outside of them. They may pass midnight. */
export function quietUntil(quiet: QuietHours | null, epochMs: number, timezone: string): number | null {
  if (quiet === null || quiet.from === quiet.to) return null;
  const reading = readingAt(epochMs, timezone);
  const dayStart = Math.floor(reading / dayMs) * dayMs;
  const minute = Math.floor((reading - dayStart) / minuteMs);
  const [from, to] = [minutesOf(quiet.from), minutesOf(quiet.to)];
  const isQuiet = from < to ? minute >= from && minute < to : minute >= from || minute < to;
  if (!isQuiet) return null;
  const endDay = from > to && minute >= from ? dayStart + dayMs : dayStart;
  const endMs = momentOf(endDay + to * minuteMs, timezone);
  // In the hour that the autumn change repeats the first of the two ends may be past.
  return endMs > epochMs ? endMs : epochMs + minuteMs;
}

/** How long tests may start on one day, between two quiet hours; on a day of 24 hours. */
export function openMs(quiet: QuietHours | null): number {
  if (quiet === null || quiet.from === quiet.to) return dayMs;
  return ((minutesOf(quiet.from) - minutesOf(quiet.to) + 1440) % 1440) * minuteMs;
}
