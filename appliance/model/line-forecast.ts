import {
  type HourlySeries,
  type LineForecast,
  type ModelState,
  scoredHorizons,
} from '../core/forecasting.ts';
import { Finisher } from './finisher.ts';
import { Forecaster, fewestHours, nearest } from './forecaster.ts';
import { askNetwork, draftAll, fewestOrigins, type Network, scoreHorizon } from './rolling-origin.ts';
import { hourMs, type SiteHours } from './site-hours.ts';

/** What is older changes no forecast. */
const replayHours = 56 * 24;

/**
 * The next hours of a series. Its last weeks are forecast again on the way, each hour from what was known then: that
 * gives the experts their weights, the intervals their width, and the forecast its score on this line.
 */
export async function forecastLine(
  series: HourlySeries,
  hours: number,
  site: SiteHours,
  network: Network | null,
): Promise<Omit<LineForecast, keyof ModelState>> {
  const recent = newestOf(series);
  const forecaster = new Forecaster(recent.startMs, site, scoredHorizons);
  const drafts = draftAll(forecaster, recent.values, scoredHorizons);
  const ahead = Array.from({ length: hours }, (_, at) => forecaster.outlook(at + 1)).filter(
    (each) => each !== null,
  );
  const known = { measuredHours: forecaster.measuredHours, neededHours: fewestHours };
  if (ahead.length < hours) return { isReady: false, ...known, points: [], skill: [], networkShare: null };
  const finishers = new Map<number, Finisher>();
  const skill: LineForecast['skill'] = [];
  for (const [which, horizon] of scoredHorizons.entries()) {
    const own = drafts[which] ?? [];
    const finisher = new Finisher();
    finishers.set(horizon, finisher);
    skill.push(scoreHorizon(recent, horizon, site, own, await askNetwork(network, own), finisher));
  }
  const answers = await askNetwork(network, ahead);
  const next = recent.values.length;
  const points = ahead.map((draft, at) => {
    const finisher = finishers.get(nearest(scoredHorizons, at + 1)) ?? new Finisher();
    const band = finisher.finish(next + at, draft, answers?.[at] ?? null);
    return { atMs: recent.startMs + (next + at) * hourMs, ...band };
  });
  return {
    isReady: true,
    ...known,
    points,
    skill: skill.filter(({ origins }) => origins >= fewestOrigins),
    networkShare: network === null ? null : (finishers.get(1)?.networkShare ?? null),
  };
}

function newestOf(series: HourlySeries): HourlySeries {
  const skipped = Math.max(0, series.values.length - replayHours);
  return {
    ...series,
    startMs: series.startMs + skipped * hourMs,
    values: series.values.subarray(skipped),
  };
}
