/** Numbers and times as people read them. Plain functions, so that node can test them. */

/** British English: 24-hour clock, day before month; the words of the dashboard are English too. */
export const locale = 'en-GB';
/** Between a number and its unit, so that they stay on one line. */
const noBreak = '\u00a0';
const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** The number of a time span in milliseconds with two or three significant digits, without its unit. */
export function msNumber(ms: number): string {
  if (ms < 0.095) return ms.toFixed(2);
  if (ms < 9.95) return ms.toPrecision(2);
  if (ms < 99.95) return ms.toFixed(1);
  return Math.round(ms).toString();
}

/** A round-trip time with its unit; an em dash where nothing answered. */
export function rtt(ms: number | null | undefined): string {
  if (ms === null || ms === undefined || Number.isNaN(ms)) return '—';
  if (ms >= 9950) return `${(ms / 1000).toFixed(1)}${noBreak}s`;
  return `${msNumber(ms)}${noBreak}ms`;
}

/** A share 0..1 as a percentage. Never rounds a loss away to nothing, or an incomplete one up to everything. */
export function share(ratio: number | null | undefined): string {
  if (ratio === null || ratio === undefined || Number.isNaN(ratio)) return '—';
  return `${percentNumber(ratio * 100)}${noBreak}%`;
}

function percentNumber(percent: number): string {
  if (percent === 0) return '0';
  if (percent < 0.01) return `<${noBreak}0.01`;
  if (percent < 0.095) return percent.toFixed(2);
  if (percent < 9.95) return percent.toFixed(1);
  if (percent > 99 && percent < 100) return Math.min(99.9, percent).toFixed(1);
  return Math.round(percent).toString();
}

/** The share of time in which it worked; never rounded up: 100 % means that nothing was missing. */
export function uptimeShare(ratio: number | null): string {
  if (ratio === null) return '—';
  const percent = ratio * 100;
  const digits = percent >= 100 ? 0 : percent >= 99.9 ? 3 : percent >= 99 ? 2 : 1;
  const power = 10 ** digits;
  return `${(Math.floor(percent * power + 1e-6) / power).toFixed(digits)}${noBreak}%`;
}

const countFormat = new Intl.NumberFormat(locale);
export function count(value: number): string {
  return countFormat.format(value);
}

const byteUnits = ['B', 'kB', 'MB', 'GB', 'TB'];
/** An amount of data, in decimal units as providers count. */
export function bytes(value: number): string {
  const power = Math.min(byteUnits.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, value)) / 3)));
  const scaled = value / 1000 ** power;
  return `${power > 0 && scaled < 9.95 ? scaled.toFixed(1) : Math.round(scaled)}${noBreak}${byteUnits[power]}`;
}

/** "9 min 23 s", "3 h 12 min", "18 days 4 h": the two largest units. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds}${noBreak}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return join(`${minutes}${noBreak}min`, seconds % 60, 's');
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return join(`${hours}${noBreak}h`, minutes % 60, 'min');
  const days = Math.floor(hours / 24);
  return join(days === 1 ? `1${noBreak}day` : `${days}${noBreak}days`, hours % 24, 'h');
}

/** "18 days", without the hours: how long ago something was needs no more. */
export function roughly(ms: number): string {
  return duration(ms).split(' ')[0] ?? '';
}

function join(first: string, rest: number, unit: string): string {
  return rest === 0 ? first : `${first} ${rest}${noBreak}${unit}`;
}

const formats = {
  second: { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' },
  minute: { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  day: { day: 'numeric', month: 'short' },
  weekday: { weekday: 'short', day: 'numeric', month: 'short' },
  month: { month: 'short' },
  longMonth: { month: 'long' },
  year: { year: 'numeric' },
  moment: { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  full: { dateStyle: 'medium', timeStyle: 'long', hourCycle: 'h23' },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>;
type Style = keyof typeof formats;

const made = new Map<Style, Intl.DateTimeFormat>();
/** Local time in one of the dashboard's styles; `full` names the zone. */
export function time(ms: number, style: Style): string {
  let format = made.get(style);
  if (!format) {
    format = new Intl.DateTimeFormat(locale, formats[style]);
    made.set(style, format); // one per style
  }
  return format.format(ms);
}

/** "22 Nov 2026": for what may be in another year. */
export function date(ms: number): string {
  return `${time(ms, 'day')} ${time(ms, 'year')}`;
}

/** A moment, as precise as its distance deserves: today with seconds, else with its day. */
export function moment(ms: number, nowMs: number): string {
  if (new Date(ms).toDateString() === new Date(nowMs).toDateString()) return time(ms, 'second');
  if (nowMs - ms < 300 * day && ms <= nowMs) return time(ms, 'moment');
  return `${time(ms, 'minute')}, ${date(ms)}`;
}

/** "17:40" today, else with its day: seconds would promise what a plan does not keep. */
export function comingMoment(ms: number, nowMs: number): string {
  const isToday = new Date(ms).toDateString() === new Date(nowMs).toDateString();
  return isToday ? time(ms, 'minute') : `${time(ms, 'weekday')}, ${time(ms, 'minute')}`;
}

/** The label of a time tick, by the distance between ticks. */
export function tick(ms: number, stepMs: number): string {
  const isMidnight = new Date(ms).getHours() === 0 && new Date(ms).getMinutes() === 0;
  if (stepMs < minute) return time(ms, 'second');
  if (stepMs < day) return isMidnight ? time(ms, 'weekday') : time(ms, 'minute');
  if (stepMs < 28 * day) return time(ms, 'day');
  if (stepMs < 360 * day && new Date(ms).getMonth() > 0) return time(ms, 'month');
  if (stepMs < 360 * day) return `${time(ms, 'month')} ${time(ms, 'year')}`;
  return time(ms, 'year');
}

/** A sentence whose numbers stay with their units when the line breaks. */
export function unbroken(sentence: string): string {
  return sentence.replace(/(\d) (ms|s|min|h|days?|%)(?![a-z])/g, `$1${noBreak}$2`);
}

/** What the appliance says of an error, as a sentence among others: with its full stop. */
export function sentence(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}
