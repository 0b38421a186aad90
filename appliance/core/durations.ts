const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** A duration as people say it, at most two units: '0.4 s', '9 min 23 s', '2 h 5 min', '1 day 4 h', '18 days'. */
export function sayDuration(ms: number): string {
  if (!Number.isFinite(ms) || ms < 0) return 'unknown';
  if (ms < second) return ms < 1 ? '0 s' : `${Math.round(ms)} ms`;
  if (ms < 10 * second) return `${trim((ms / second).toFixed(1))} s`;
  // Rounded to the smaller unit first, so that 59.7 s becomes '1 min' and not '60 s'.
  const seconds = Math.round(ms / second);
  if (seconds < 60) return `${seconds} s`;
  if (ms < hour - second / 2) return pair(seconds, 60, 'min', 's');
  const minutes = Math.round(ms / minute);
  if (minutes < 24 * 60) return pair(minutes, 60, 'h', 'min');
  const hours = Math.round(ms / hour);
  if (hours < 3 * 24) return pair(hours, 24, hours < 48 ? 'day' : 'days', 'h');
  return `${Math.round(ms / day)} days`;
}

function pair(total: number, size: number, large: string, small: string): string {
  const rest = total % size;
  const head = `${Math.floor(total / size)} ${large}`;
  return rest === 0 ? head : `${head} ${rest} ${small}`;
}

function trim(decimal: string): string {
  return decimal.replace(/\.0$/, '');
}
