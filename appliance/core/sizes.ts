const units = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** Bytes as people say them, in steps of a thousand and two digits: '740 B', '50 kB', '2.6 GB'. */
export function saySize(bytes: number): string {
  if (!Number.isFinite(bytes) || bytes < 0) return 'unknown';
  let value = Math.round(bytes);
  let index = 0;
  // From 999.5 on it would be rounded to a thousand.
  while (value >= 999.5 && index < units.length - 1) {
    value /= 1000;
    index += 1;
  }
  const digits = index > 0 && value < 9.95 ? 1 : 0;
  return `${value.toFixed(digits).replace(/\.0$/, '')} ${units[index] ?? 'B'}`;
}
