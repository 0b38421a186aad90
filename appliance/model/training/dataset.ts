import type { HourlySeries } from '../../core/forecasting.ts';
import { correct } from '../correction.ts';
import { featureCount } from '../feature-vector.ts';
import { type Draft, Forecaster } from '../forecaster.ts';
import { bandLoss } from '../quantiles.ts';
import { draftAll } from '../rolling-origin.ts';
import type { SiteHours } from '../site-hours.ts';
import type { Random } from './random.ts';

/** Horizons that are learnt from; those between are like their neighbours. */
const horizons = [1, 2, 3, 6, 12, 24, 48];
/** Of one series at one horizon; a long series has nothing new to say in its tenth thousand. */
const maxRows = 1200;
/** Of the value: a draft that errs less needs no correction. */
const leastLoss = 1e-4;

/** Examples in columns: features, the draft to correct, what came, how much it counts. */
export interface Dataset {
  count: number;
  features: Float32Array;
  /** p10, p50 and p90 in logarithms. */
  drafts: Float32Array;
  values: Float64Array;
  /** Divides the loss: mean loss of the uncorrected drafts of this series and horizon. */
  scales: Float64Array;
  weights: Float32Array;
}

interface Example {
  draft: Draft;
  value: number;
  scale: number;
  weight: number;
}

export function makeDataset(lines: readonly HourlySeries[], site: SiteHours, random: Random): Dataset {
  const examples = lines.flatMap((line) => examplesOf(line, site, random));
  const count = examples.length;
  const features = new Float32Array(count * featureCount);
  const drafts = new Float32Array(count * 3);
  for (const [at, { draft }] of examples.entries()) {
    features.set(draft.features, at * featureCount);
    drafts.set([draft.p10, draft.p50, draft.p90], at * 3);
  }
  const meanWeight = examples.reduce((sum, { weight }) => sum + weight, 0) / Math.max(count, 1);
  return {
    count,
    features,
    drafts,
    values: Float64Array.from(examples, ({ value }) => value),
    scales: Float64Array.from(examples, ({ scale }) => scale),
    weights: Float32Array.from(examples, ({ weight }) => weight / meanWeight),
  };
}

function examplesOf(line: HourlySeries, site: SiteHours, random: Random): Example[] {
  const drafted = draftAll(new Forecaster(line.startMs, site, horizons), line.values, horizons);
  return horizons.flatMap((horizon, which) => {
    const known = (drafted[which] ?? []).flatMap((draft, at) => {
      const value = line.values[at + horizon] ?? Number.NaN;
      return draft === null || Number.isNaN(value) ? [] : [{ draft, value }];
    });
    const scale =
      known.reduce((sum, { draft, value }) => sum + uncorrectedLoss(draft, value), 0) / known.length;
    const size = known.reduce((sum, { value }) => sum + value, 0) / known.length;
    if (!(scale > leastLoss * size)) return []; // a constant series has nothing to learn
    const share = Math.min(1, maxRows / known.length);
    // A series counts by the root of its length: more hours say more, but not that much more.
    const weight = Math.sqrt(known.length) / (known.length * share);
    return known.filter(() => random.isLikely(share)).map((each) => ({ ...each, scale, weight }));
  });
}

const nothing = [0, 0, 0];

function uncorrectedLoss(draft: Draft, value: number): number {
  const { p10, p50, p90 } = correct(draft, nothing);
  return bandLoss(value, { p10: Math.exp(p10), p50: Math.exp(p50), p90: Math.exp(p90) });
}

/** One set of several; weights keep their ratios within each. */
export function joinDatasets(sets: readonly Dataset[]): Dataset {
  const all = sets.filter(({ count }) => count > 0);
  return {
    count: all.reduce((sum, { count }) => sum + count, 0),
    features: joined(all.map(({ features }) => features)),
    drafts: joined(all.map(({ drafts }) => drafts)),
    values: Float64Array.from(all.flatMap(({ values }) => [...values])),
    scales: Float64Array.from(all.flatMap(({ scales }) => [...scales])),
    weights: joined(all.map(({ weights }) => weights)),
  };
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
