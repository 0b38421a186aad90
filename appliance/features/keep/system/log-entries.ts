import type { LogLine } from '../../../core/feature.ts';
import type { LogEntry } from './schema.ts';

/** Numeric levels of pino, which are those of bunyan. */
const levels = [
  [60, 'fatal'],
  [50, 'error'],
  [40, 'warn'],
  [30, 'info'],
  [20, 'debug'],
] as const;

/** One line of JSON as pino wrote it; what is not JSON (cut, or from elsewhere) is kept as the message. */
export function toEntry({ seq, text }: LogLine): LogEntry {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    parsed = null; // a line that was cut: its text still tells something
  }
  if (parsed === null || typeof parsed !== 'object') {
    return { seq, at: null, level: 'info', part: '', message: text, fields: {} };
  }
  const { time, level, msg, part, feature, ...fields } = parsed as Record<string, unknown>; // every object is one
  return {
    seq,
    at: typeof time === 'string' ? time : null,
    level: levels.find(([least]) => typeof level === 'number' && level >= least)?.[1] ?? 'debug',
    part: [feature, part].find((name) => typeof name === 'string') ?? '',
    message: typeof msg === 'string' ? msg : '',
    fields,
  };
}

/** True when the entry is at least as serious as `least`. */
export function isAtLeast(entry: LogEntry, least: string): boolean {
  const rank = (name: string) => levels.find(([, each]) => each === name)?.[0] ?? 0;
  return rank(entry.level) >= rank(least);
}
