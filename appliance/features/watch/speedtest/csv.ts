import type { SpeedTest } from './schema.ts';

const columns = [
  'at',
  'line',
  'family',
  'engine',
  'server',
  'outcome',
  'downloadMbps',
  'uploadMbps',
  'idleMs',
  'loadedDownMs',
  'loadedUpMs',
  'grade',
  'rpm',
  'bytes',
] as const satisfies readonly (keyof SpeedTest)[];

/** RFC 4180, with a heading; what was not measured is empty, never 0. */
export function csvOf(tests: readonly SpeedTest[]): string {
  const rows = tests.map((test) => [...columns.map((name) => cell(test[name])), cell(test.flags.join(' '))]);
  return [[...columns, 'flags'], ...rows].map((row) => `${row.join(',')}\r\n`).join('');
}

function cell(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  // A spreadsheet would run what a server calls itself as a formula.
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
