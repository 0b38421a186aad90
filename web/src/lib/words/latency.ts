/** What the latency page says. */
const latency = {
  targets: 'What to show',
  compare: 'Compare',
  overlay: 'On top of each other',
  chart: 'Round-trip times',
  title: (name: string) => `Latency of ${name}`,
  sentence: (name: string, median: string, loss: string) =>
    `${name} answers in ${median} (median), ${loss} lost.`,
  silent: (name: string) => `${name} did not answer at all.`,
  comparing: (number: number) => `Latency of ${number} targets compared`,
  legend: (hasBands: boolean) =>
    hasBands
      ? 'Line: median. Bands: 25–75 % and 10–90 %. Strip: loss.'
      : 'Lines: medians. Strips: loss, in the same order.',
  of: (count: string) => `of ${count}`,
  summary: (name: string, median: string, lowest: string, highest: string, lost: string, count: string) =>
    `${name}: median ${median}, between ${lowest} and ${highest}; ${lost} of ${count} exchanges lost.`,
  columns: ['Median', '10 %', '25 %', '75 %', '90 %', 'Lost', 'Exchanges'],
  method: (count: string, method: string, address: string, family: string, interval: string, step: string) =>
    `${count} exchanges. ${method} to ${address} (${family}), one every ${interval}; one point is ${step}.`,
  csv: 'Every sample (CSV)',
  empty: 'Nothing was measured in this range.',
  emptyLive: 'Nothing measured yet. The curve appears here within a minute of the first measurement.',
};

const statistics = {
  heading: 'This range in numbers',
  name: 'Statistic',
  median: 'Median',
  mean: 'Mean',
  min: 'Minimum',
  p95: '95th percentile',
  p99: '99th percentile',
  max: 'Maximum',
  jitter: 'Jitter',
  pdv: 'Delay variation',
  loss: 'Loss',
  lost: 'Lost',
  count: 'Exchanges',
  late: 'Late',
  reordered: 'Reordered',
  duplicates: 'Duplicates',
  measured: 'Measured for',
};

const heat = {
  heading: (name: string, weeks: number) => `${name} by hour of the week, last ${weeks} weeks`,
  shows: 'What the cells show',
  metric: { p50: 'Median', p95: '95 %', loss: 'Loss' },
  day: 'Day',
  silent: 'lost',
  days: ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'],
  zone: (zone: string, hours: number) =>
    `Local time${zone ? ` (${zone})` : ''}.${hours < 168 ? ` ${hours} of the 168 hours of a week were measured so far.` : ''}`,
  detail: (median: string, p95: string, loss: string, count: string) =>
    `median ${median}, 95 % within ${p95}, loss ${loss} of ${count}`,
  empty: 'After the first day this shows which hours of the week are slow. It fills up over four weeks.',
};

export const latencyWords: typeof latency = latency;
export const statisticsWords: typeof statistics = statistics;
export const heatWords: typeof heat = heat;

export const statisticsLong: Partial<Record<string, string>> = {
  jitter: 'Smoothed difference between neighbouring round-trip times (RFC 3550 §6.4.1), mean over the range',
  pdv: '99.9th percentile minus minimum (RFC 5481 §4.2)',
  lost: 'Exchanges without a reply in time',
  late: 'Replies after the timeout; counted as lost',
  reordered: 'Replies that overtook an earlier one (RFC 4737)',
  duplicates: 'Second copies of a reply (RFC 5560)',
  measured: 'How much of the range was measured',
}; // only where the name does not say it
