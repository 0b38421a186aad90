import { toIso } from '../core/clock.ts';
import type { AnomalySeries, HourlySeries } from '../core/forecasting.ts';
import { AnomalyScorer } from './anomaly.ts';
import { findChanges } from './change-points.ts';
import { hourMs, type SiteHours } from './site-hours.ts';

/** Every hour of a series that can be judged, and its changes for good. */
export function judgeSeries(series: HourlySeries, site: SiteHours, alarmsPerWeek: number): AnomalySeries {
  const { name, metric, startMs, values } = series;
  const scorer = new AnomalyScorer(metric, startMs, site, alarmsPerWeek);
  const points: AnomalySeries['points'] = [];
  for (const [at, value] of values.entries()) {
    const judged = scorer.observe(value);
    if (judged === null || Number.isNaN(judged.score)) continue;
    points.push({ at: toIso(startMs + at * hourMs), score: judged.score, alarm: judged.isAlarm });
  }
  const changes = findChanges(values).map(({ at, ...change }) => ({
    at: toIso(startMs + at * hourMs),
    ...change,
  }));
  return { name, metric, points, changes };
}
