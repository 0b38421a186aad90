/**
 * What would not have worked in the house, second by second, from how the best anchor answered. Pure. Every model is
 * named in its `method`; none claims more than the exchanges show.
 */
import { sayDuration } from '../../../core/durations.ts';
import type { Impact } from './schema.ts';
import type { Span } from './spans.ts';

/** One second as it was measured; seconds that were not measured are absent. */
export interface ImpactSecond {
  /** Start of the second, epoch ms. */
  atMs: number;
  count: number;
  lost: number;
  /** Median of the answers; null without one. */
  p50Ms: number | null;
  jitterMs: number | null;
}

const secondMs = 1000;
/**
 * A share needs a denominator: a lone loss among fewer exchanges than this fits anything from 0 to 50 % and is not told
 * as a rate. It is also what every decoder conceals.
 */
const rateCount = 20;
/** Nobody dials, joins or reloads within this time again, so two failures so close are one. */
const againSeconds = 10;

/** R = 94.2 - Id - Ie,eff: ITU-T G.107 with its defaults, in the short form of Cole and Rosenbluth (CCR 31(2), 2001). */
const bestR = 94.2;
/** G.113 Appendix I for G.729A with voice activity detection: impairment and robustness against loss. */
const codec = { ie: 11, bpl: 19 };
/** G.107 §7.5: 95 is where the equipment impairment ends, BurstR = 1 is loss at random. */
const worstIe = 95;
/** Sampling, look-ahead and packing of two 10-ms frames (G.114 Annex A: 25 ms), and a jitter buffer of two jitters. */
const codecDelayMs = 25;
const leastBufferMs = 20;
/** G.107 Annex B: R = 60 is a mean opinion score of 3.1, below which "many users are dissatisfied". */
const leastR = 60;

const voiceWindow = 5;
const voiceSilence = 2;
const callWindow = 5;
const callSilence = 3;
const callLimits = { lossRatio: 0.05, rttMs: 400 };
const gameWindow = 2;
const gameLimits = { lossRatio: 0.02, rttMs: 150, jitterMs: 30 };
const webSilence = 2;
/** Seconds of video: how much is kept ahead, how fast it fills, and from how much on playing begins again. */
const video = { bufferS: 10, fill: 1.5, resumeS: 2 };

/** How well a call would have sounded, 0 to 94. `delayMs` is one way and everything included. */
export function ratingOf(delayMs: number, lossRatio: number): number {
  const id = 0.024 * delayMs + (delayMs > 177.3 ? 0.11 * (delayMs - 177.3) : 0);
  const percent = lossRatio * 100;
  const ieEff = codec.ie + (worstIe - codec.ie) * (percent / (percent + codec.bpl)); // G.107 §7.5 with BurstR = 1
  return bestR - id - ieEff;
}

/** Half the way there and back, the codec, and a jitter buffer that follows the jitter. */
export function oneWayMs(rttMs: number, jitterMs: number): number {
  return rttMs / 2 + codecDelayMs + Math.max(leastBufferMs, 2 * jitterMs);
}

/** What would have failed. `seconds` is in time order; in the `pageless` spans names failed or a login page stood in the way. */
export function impactsOf(seconds: readonly ImpactSecond[], pageless: readonly Span[]): Impact[] {
  if (seconds.length === 0) return [];
  return [
    impact('voice', failures(seconds, isVoiceBad, voiceWindow, voiceSilence)),
    impact('video-call', failures(seconds, isCallBad, callWindow, callSilence)),
    impact('video', stalls(seconds)),
    impact('games', failures(seconds, isGameBad, gameWindow, gameWindow)),
    impact('web', episodes(seconds, unloadable(seconds, pageless))),
  ];
}

interface Failures {
  failures: number;
  seconds: number;
}

/** What a window of seconds comes to. */
interface WindowFacts {
  lossRatio: number;
  rttMs: number;
  jitterMs: number;
}

const isVoiceBad = ({ lossRatio, rttMs, jitterMs }: WindowFacts) =>
  ratingOf(oneWayMs(rttMs, jitterMs), lossRatio) < leastR;
const isCallBad = ({ lossRatio, rttMs }: WindowFacts) =>
  lossRatio > callLimits.lossRatio || rttMs > callLimits.rttMs;
const isGameBad = ({ lossRatio, rttMs, jitterMs }: WindowFacts) =>
  lossRatio > gameLimits.lossRatio || rttMs > gameLimits.rttMs || jitterMs > gameLimits.jitterMs;

/** Seconds in windows that are bad, and in silences that end whatever is going on. */
function failures(
  seconds: readonly ImpactSecond[],
  isBad: (facts: WindowFacts) => boolean,
  windowSeconds: number,
  silenceSeconds: number,
): Failures {
  const bad = silences(seconds, silenceSeconds);
  for (let end = 0; end < seconds.length; end += 1) {
    const window = windowEndingAt(seconds, end, windowSeconds);
    if (window.length < windowSeconds || !isBad(factsOf(window))) continue;
    // A window is blamed on those of its seconds that are bad in themselves; the good ones around them are good.
    const guilty = window.filter((second) => second.lost > 0 || isBad(factsOf([second])));
    for (const { atMs } of guilty.length > 0 ? guilty : window) bad.add(atMs);
  }
  return episodes(seconds, bad);
}

/** The seconds up to `end` that follow each other without a gap. */
function windowEndingAt(seconds: readonly ImpactSecond[], end: number, length: number): ImpactSecond[] {
  const endMs = seconds[end]?.atMs ?? 0;
  return seconds
    .slice(Math.max(0, end - length + 1), end + 1)
    .filter(({ atMs }) => endMs - atMs < length * secondMs);
}

function factsOf(window: readonly ImpactSecond[]): WindowFacts {
  const count = window.reduce((sum, second) => sum + second.count, 0);
  const lost = window.reduce((sum, second) => sum + second.lost, 0);
  const isRate = count >= rateCount || lost > 1;
  return {
    lossRatio: isRate && count > 0 ? lost / count : 0,
    rttMs: mean(window.map(({ p50Ms }) => p50Ms)),
    jitterMs: mean(window.map(({ jitterMs }) => jitterMs)),
  };
}

/** Of what is known; 0 where nothing answered, because then loss speaks. */
function mean(values: readonly (number | null)[]): number {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? 0 : known.reduce((sum, value) => sum + value, 0) / known.length;
}

const isSilent = ({ count, lost }: ImpactSecond) => count > 0 && lost === count;

/** The starts of all seconds in runs of at least `least` without any answer. */
function silences(seconds: readonly ImpactSecond[], least: number): Set<number> {
  const found = new Set<number>();
  let run: number[] = [];
  for (const second of seconds) {
    const isNext = run.length === 0 || second.atMs - (run.at(-1) ?? 0) <= secondMs;
    if (!isSilent(second) || !isNext) run = [];
    if (!isSilent(second)) continue;
    run.push(second.atMs);
    if (run.length >= least) for (const atMs of run.length === least ? run : run.slice(-1)) found.add(atMs);
  }
  return found;
}

/** Counts bad seconds, and as one failure those with hardly anything between them. */
function episodes(seconds: readonly ImpactSecond[], bad: ReadonlySet<number>): Failures {
  const result = { failures: 0, seconds: 0 };
  let lastMs = Number.NEGATIVE_INFINITY;
  for (const { atMs } of seconds) {
    if (!bad.has(atMs)) continue;
    if (atMs - lastMs > againSeconds * secondMs) result.failures += 1;
    result.seconds += 1;
    lastMs = atMs;
  }
  return result;
}

/** Plays a video over the line: the buffer runs dry and fills again. */
function stalls(seconds: readonly ImpactSecond[]): Failures {
  const result = { failures: 0, seconds: 0 };
  let bufferS = video.bufferS;
  let isStalled = false;
  for (const { count, lost } of seconds) {
    if (isStalled && bufferS >= video.resumeS) isStalled = false;
    if (!isStalled && bufferS < 1) {
      isStalled = true;
      result.failures += 1;
    }
    if (isStalled) result.seconds += 1;
    else bufferS -= 1;
    const works = count > 0 && lost * 2 < count;
    if (works) bufferS = Math.min(video.bufferS, bufferS + video.fill);
  }
  return result;
}

function unloadable(seconds: readonly ImpactSecond[], pageless: readonly Span[]): Set<number> {
  const bad = silences(seconds, webSilence);
  for (const { atMs } of seconds) {
    const middleMs = atMs + secondMs / 2;
    if (pageless.some(({ fromMs, toMs }) => middleMs >= fromMs && middleMs <= toMs)) bad.add(atMs);
  }
  return bad;
}

type Activity = Impact['activity'];

const subjects: Record<Activity, { failed: string; fine: string }> = {
  voice: { failed: 'Voice calls would have failed', fine: 'Voice calls would have worked.' },
  'video-call': { failed: 'Video calls would have failed', fine: 'Video calls would have worked.' },
  video: { failed: 'Videos would have stalled', fine: 'Videos would have played on.' },
  games: { failed: 'Games would have been interrupted', fine: 'Games would have been playable.' },
  web: { failed: 'Pages would have failed to load', fine: 'Pages would have loaded.' },
};

const source = 'From the exchanges with the anchor that answered best; a lone loss is not taken for a rate.';
const methods: Record<Activity, string> = {
  voice: `ITU-T G.107 E-model in its short form (R = ${bestR} - Id - Ie,eff; G.729A, Ie ${codec.ie}, Bpl ${codec.bpl}; one way = half the round trip + ${codecDelayMs} ms + a jitter buffer of two jitters): R below ${leastR} (MOS 3.1) over ${voiceWindow} s, or ${voiceSilence} s without an answer. ${source}`,
  'video-call': `More than ${callLimits.lossRatio * 100} % loss or a round trip above ${callLimits.rttMs} ms over ${callWindow} s, or ${callSilence} s without an answer. ${source}`,
  video: `A buffer of ${video.bufferS} s that fills at ${video.fill} times real time while more than half of the exchanges come back, stalls when it is empty and plays on from ${video.resumeS} s. The line's rate is not in it. ${source}`,
  games: `A round trip above ${gameLimits.rttMs} ms, jitter above ${gameLimits.jitterMs} ms or more than ${gameLimits.lossRatio * 100} % loss over ${gameWindow} s. ${source}`,
  web: `At least ${webSilence} s without an answer, names that are not resolved, or a login page in the way. ${source}`,
};

function impact(activity: Activity, { failures, seconds }: Failures): Impact {
  const { failed, fine } = subjects[activity];
  const total = sayDuration(seconds * secondMs);
  const text =
    failures === 0
      ? fine
      : failures === 1
        ? `${failed} once, for ${total}.`
        : `${failed} ${failures === 2 ? 'twice' : `${failures} times`}, ${total} in total.`;
  return { activity, failures, seconds, text, method: methods[activity] };
}
