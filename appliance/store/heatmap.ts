import { Summary } from '../core/statistics.ts';
import type { HeatCell, RangeQuery } from '../core/storing.ts';
import type { Measurements } from './measurements.ts';
import { hourMs } from './schema.ts';

const dayNames = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

/** Statistics by hour of the week as clocks on the wall of `timezone` show it; an hour counts where it begins. */
export function heatmap(measurements: Measurements, query: RangeQuery & { timezone: string }): HeatCell[] {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: query.timezone,
    weekday: 'short',
    hour: 'numeric',
    hourCycle: 'h23',
  });
  const cells = new Map<number, Summary>();
  measurements.query.eachHour(query, (hour, add) => {
    let day = 0;
    let hourOfDay = 0;
    for (const { type, value } of format.formatToParts(hour * hourMs)) {
      if (type === 'weekday') day = dayNames.indexOf(value);
      if (type === 'hour') hourOfDay = Number(value);
    }
    const cell = day * 24 + hourOfDay;
    const summary = cells.get(cell) ?? new Summary();
    cells.set(cell, summary);
    add(summary);
  });
  return [...cells]
    .filter(([, summary]) => summary.count > 0)
    .sort(([a], [b]) => a - b)
    .map(([cell, summary]) => {
      const { count, lost } = summary;
      const [p50Us, p95Us] = summary.histogram.quantiles([0.5, 0.95]) as [number, number]; // as many as asked
      return { day: Math.floor(cell / 24), hour: cell % 24, count, lost, p50Us, p95Us };
    });
}
