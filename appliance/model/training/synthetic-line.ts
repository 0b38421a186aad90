import type { HourlySeries } from '../../core/forecasting.ts';
import { type Metric, metrics } from '../../core/forecasting.ts';
import type { Random } from './random.ts';

/** A Monday, so that weekends fall where they should. */
const startMs = Date.UTC(2024, 0, 1);

/**
 * A line that never was: a plan with a ceiling, busy evenings, weekends, slow drift, noise with memory, spikes, changes of
 * level, hours without a measurement. Every strength is drawn anew, so that no two are alike.
 */
export function syntheticLine(random: Random, which: number, weeks: number): HourlySeries {
  const metric = metrics[which % metrics.length] ?? 'download';
  const hours = weeks * 7 * 24;
  const traits = drawTraits(random, metric);
  const holes = drawHoles(random, hours);
  let [memory, level, drift] = [0, 0, 0];
  const values = new Float64Array(hours);
  for (let at = 0; at < hours; at += 1) {
    if (random.isLikely(traits.shiftChance)) level = random.normal() * 0.4;
    drift = 0.998 * drift + traits.drift * random.normal();
    memory = traits.memory * memory + traits.noise * random.normal() * Math.sqrt(1 - traits.memory ** 2);
    const spike = random.isLikely(traits.spikeChance) ? Math.abs(random.normal()) * traits.spike : 0;
    const load = traits.load * busy(at % 24, Math.floor(at / 24) % 7 >= 5, traits.peakHour, traits.weekend);
    const bad = load + spike + memory + drift + level;
    values[at] = holes[at] ? Number.NaN : amountOf(metric, traits, bad, random);
  }
  return { name: `synthetic-${which}`, metric, startMs, values, samples: hours };
}

type Traits = ReturnType<typeof drawTraits>;

function drawTraits(random: Random, metric: Metric) {
  return {
    usual: metric === 'ping' ? random.between(4, 60) : Math.exp(random.between(0.5, 6.5)),
    /** Rates hardly go above what the plan gives; round trips never below the way there. */
    isCapped: random.isLikely(0.7),
    noise: Math.exp(random.between(-4.5, -1)),
    memory: random.between(0, 0.9),
    load: random.isLikely(0.6) ? Math.exp(random.between(-3.5, -0.5)) : 0,
    peakHour: random.between(18, 23),
    weekend: random.between(-0.3, 0.6),
    drift: random.isLikely(0.5) ? Math.exp(random.between(-6, -3.5)) : 0,
    shiftChance: random.isLikely(0.4) ? random.between(0.0005, 0.004) : 0,
    spikeChance: random.isLikely(0.7) ? random.between(0.005, 0.15) : 0,
    spike: random.between(0.3, 2.5),
    /** Of what the speed test itself adds. */
    jitter: Math.exp(random.between(-6, -2)),
  };
}

/** 0..1 over the day, highest at the peak hour. */
function busy(hour: number, isWeekend: boolean, peakHour: number, weekend: number): number {
  const distance = Math.min(Math.abs(hour - peakHour), 24 - Math.abs(hour - peakHour));
  const evening = Math.exp(-(distance ** 2) / 12);
  return isWeekend ? evening * (1 + weekend) : evening;
}

function amountOf(metric: Metric, traits: Traits, bad: number, random: Random): number {
  const jitter = traits.jitter * random.normal();
  if (metric === 'ping') {
    const above = traits.isCapped ? softPlus(bad * 3) / 3 : bad;
    return traits.usual * Math.exp(above + Math.abs(jitter));
  }
  const below = traits.isCapped ? softPlus(bad * 4) / 4 : bad;
  return traits.usual * Math.exp(-below + jitter);
}

const softPlus = (value: number) => Math.log1p(Math.exp(Math.min(value, 30)));

/** Hours that were not measured: single ones, nights, days. */
function drawHoles(random: Random, hours: number): Uint8Array {
  const holes = new Uint8Array(hours);
  const singles = random.isLikely(0.5) ? random.between(0, 0.5) : 0;
  const isDaytimeOnly = random.isLikely(0.15);
  const breaks = random.isLikely(0.5) ? 0.004 : 0;
  let left = 0;
  for (let at = 0; at < hours; at += 1) {
    if (left === 0 && random.isLikely(breaks)) left = Math.ceil(Math.exp(random.between(0, 4)));
    const isNight = isDaytimeOnly && at % 24 < 8;
    if (left > 0 || isNight || random.isLikely(singles)) holes[at] = 1;
    left = Math.max(0, left - 1);
  }
  return holes;
}
