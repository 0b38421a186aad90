import { AppError } from './errors.ts';

const dayMs = 86_400_000;
const formatters = new Map<string, Intl.DateTimeFormat>();
/** One site has one zone; a few more are asked for by tests and by changes of the configuration. */
const maxFormatters = 16;

/** What clocks in the zone show at a moment, as the milliseconds that it would be were the zone UTC. */
export function readingAt(epochMs: number, timezone: string): number {
  const part = (type: Intl.DateTimeFormatPartTypes) =>
    Number(parts.find((entry) => entry.type === type)?.value);
  const parts = formatterOf(timezone).formatToParts(epochMs);
  const minutes = Date.UTC(
    part('year'),
    part('month') - 1,
    part('day'),
    part('hour'),
    part('minute'),
    part('second'),
  );
  return minutes + (((epochMs % 1000) + 1000) % 1000);
}

function formatterOf(timezone: string): Intl.DateTimeFormat {
  const known = formatters.get(timezone);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en-u-ca-iso8601', {
    ...(timezone === 'auto' ? {} : { timeZone: timezone }),
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  if (formatters.size >= maxFormatters) formatters.clear();
  formatters.set(timezone, made);
  return made;
}

/**
 * The first moment after `afterMs` at which clocks in the zone show `timeOfDay` ('HH:MM'). A time that the spring change
 * skips comes later by the length of the gap; of a time that the autumn change repeats only the first one counts. So
 * every calendar day has exactly one (RFC 5545 §3.3.5 reads such times in the same way).
 */
export function nextLocalTime(afterMs: number, timeOfDay: string, timezone: string): number {
  const [, hours, minutes] = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(timeOfDay) ?? [];
  if (hours === undefined || minutes === undefined) {
    throw new AppError('TIME_OF_DAY_INVALID', `"${timeOfDay}" is not a time of day; write it like 03:30`, {
      status: 400,
    });
  }
  const today = Math.floor(readingAt(afterMs, timezone) / dayMs) * dayMs;
  const ofDayMs = (Number(hours) * 60 + Number(minutes)) * 60_000;
  // Three days: a zone that crosses the date line may lack tomorrow altogether.
  for (let days = 0; days <= 3; days += 1) {
    const at = momentOf(today + days * dayMs + ofDayMs, timezone);
    if (at > afterMs) return at;
  }
  throw new AppError('TIME_OF_DAY_INVALID', `${timezone} has no ${timeOfDay} in the next three days`);
}

/** The moment at which clocks show a reading: the first of two, or later by the gap where there is none. */
export function momentOf(wanted: number, timezone: string): number {
  const offsetAt = (epochMs: number) => readingAt(epochMs, timezone) - epochMs;
  const before = wanted - offsetAt(wanted - dayMs);
  const after = wanted - offsetAt(wanted + dayMs);
  for (const candidate of [before, after].sort((one, other) => one - other)) {
    if (readingAt(candidate, timezone) === wanted) return candidate;
  }
  return before;
}
