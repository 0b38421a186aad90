/**
 * Loss that is more than usual: one cumulative sum (Page 1954, CUSUM) per place and families over the calm exchanges
 * behind it. The sum of a place grows with its likelihood ratio "lossy now" against "as always".
 */
import type { Family } from '../../../core/shapes.ts';
import type { LineView } from './line-view.ts';
import { isBehind, type Located, locate, type Place } from './localise.ts';
import type { Thresholds } from './records.ts';
import type { NodeTrack } from './track.ts';

/** In nats: about three bursts close together; at 1 % random loss this is reached less than once in a month. */
const alarmAt = 10;
/** Losses of one burst tell of one event: at most so many count a second. */
const perBurst = 2;
const burstMs = 1000;
/** More calm losses in a row are silence. */
const longestRun = 4;
/** Loss of a line in good health. */
const leastNormal = 0.01;
/** Lossy is at least this many times as much as normal. */
const leastFactor = 4;
/** No longer lossy: this long at about the normal loss. */
const calmMs = 20_000;
const calmRatio = 0.015;
/** A router that loses much more of its own pings than the hosts behind it only answers slowly. */
const limitFactor = 3;
const limitMargin = 0.1;
/** A family that loses this share of what the other one loses is affected too. */
const affectedShare = 0.3;
/** Loss is counted for so long at most. */
const windowMs = 60_000;

interface Sum {
  place: Place;
  families: readonly Family[];
  value: number;
  /** First counted loss since the sum was zero. */
  startMs: number;
  burstMs: number;
  inBurst: number;
}

const placesTried: readonly Place[] = ['gateway', 'access', 'isp', 'transit'];
const familySets: readonly (readonly Family[])[] = [['ipv4', 'ipv6'], ['ipv4'], ['ipv6']];

export class LossWatch {
  readonly #view: LineView;
  readonly #thresholds: Pick<Thresholds, 'lossRatio'>;
  readonly #isApart: (track: NodeTrack) => boolean;
  /** Losses in a row of each target, by the time they were sent. */
  readonly #lost = new Map<string, number[]>();
  #sums: Sum[];

  /** `isApart`: what is silent, alone or with its family, has a record of its own. */
  constructor(
    view: LineView,
    thresholds: Pick<Thresholds, 'lossRatio'>,
    isApart: (track: NodeTrack) => boolean,
  ) {
    this.#view = view;
    this.#isApart = isApart;
    this.#thresholds = thresholds;
    this.#sums = freshSums();
  }

  reset(): void {
    this.#lost.clear();
    this.#sums = freshSums();
  }

  /**
   * Takes a calm exchange; gives the time from which on packets are lost more than usual, or null. Losses count when the
   * target answers again: one that stays silent is something else.
   */
  add(track: NodeTrack, sentMs: number, isLost: boolean): number | null {
    const { segment, family, id } = track.facts;
    if (Number.isNaN(track.baselineUs) || track.lastAnsweredMs < sentMs - windowMs) return null;
    if (isLost) {
      const lost = this.#lost.get(id) ?? [];
      lost.push(sentMs);
      if (lost.length <= longestRun) this.#lost.set(id, lost);
      return null;
    }
    const normal = Math.max(leastNormal, 1.5 * track.baselineLoss);
    const lossy = Math.max(this.#thresholds.lossRatio, leastFactor * normal);
    if (lossy >= 0.9) return null; // it hardly answers when all is well
    const lost = this.#lost.get(id) ?? [];
    this.#lost.delete(id);
    const counted = lost.length < longestRun ? lost : [];
    let loudest: Sum | null = null;
    for (const sum of this.#sums) {
      if (!isBehind(sum.place, segment) || !sum.families.includes(family)) continue;
      for (const lostMs of counted) take(sum, Math.log(lossy / normal), lostMs, true);
      take(sum, Math.log((1 - lossy) / (1 - normal)), sentMs, false);
      if (sum.value >= alarmAt && (!loudest || sum.value > loudest.value)) loudest = sum;
    }
    return loudest?.startMs ?? null;
  }

  #counts(families: readonly Family[], fromMs: number, toMs: number) {
    return this.#view.counts(families, fromMs, toMs).filter(({ track }) => !this.#isApart(track));
  }

  /** Where it is lost, by everything that was sent since the beginning; quick exchanges count too. */
  locate(families: readonly Family[], startMs: number, atMs: number): Located | null {
    const fromMs = Math.max(startMs, atMs - windowMs);
    const counted = this.#counts(families, fromMs, atMs);
    const ends = counted.filter(
      ({ node }) => node.segment === 'anchor' && node.isUsed && node.lost < node.sent,
    );
    const ratio = ratioOf(ends.map(({ node }) => node));
    if (Number.isNaN(ratio)) return null;
    const nodes = counted
      .map(({ node }) => node)
      .filter((node) => node.lost / Math.max(1, node.sent) <= limitFactor * ratio + limitMargin);
    return locate(nodes, Math.min(0.95, ratio));
  }

  /** The families that lose packets, of those that could. */
  families(startMs: number, atMs: number): Family[] {
    const ratios = this.#view.families().map((family) => {
      const nodes = this.#counts([family], Math.max(startMs, atMs - windowMs), atMs).map(({ node }) => node);
      return {
        family,
        ratio: ratioOf(nodes.filter(({ segment, isUsed }) => segment === 'anchor' && isUsed)),
      };
    });
    const most = Math.max(...ratios.map(({ ratio }) => ratio).filter((ratio) => !Number.isNaN(ratio)));
    return ratios.filter(({ ratio }) => ratio >= affectedShare * most).map(({ family }) => family);
  }

  /** Names of the anchors that lost anything, and of all that are asked. */
  lossyAnchors(startMs: number, atMs: number): { lossy: Set<string>; all: Set<string> } {
    const anchors = this.#counts(['ipv4', 'ipv6'], Math.max(startMs, atMs - windowMs), atMs).filter(
      ({ node }) => node.segment === 'anchor' && node.isUsed,
    );
    return {
      all: new Set(anchors.map(({ track }) => track.facts.name)),
      lossy: new Set(anchors.filter(({ node }) => node.lost > 0).map(({ track }) => track.facts.name)),
    };
  }

  /** Loss of what lies behind the place, over the last `calmMs`. */
  isCalm(place: Place, families: readonly Family[], atMs: number): boolean {
    const behind = this.#counts(families, atMs - calmMs, atMs).filter(
      ({ node }) => isBehind(place, node.segment) && node.isUsed,
    );
    const usual = Math.max(calmRatio, 1.5 * meanOf(behind.map(({ node }) => node.baselineLoss)));
    const ratio = ratioOf(behind.map(({ node }) => node));
    return !Number.isNaN(ratio) && ratio <= usual;
  }
}

function take(sum: Sum, step: number, sentMs: number, isLost: boolean): void {
  if (isLost) {
    if (Math.abs(sentMs - sum.burstMs) >= burstMs) {
      sum.burstMs = sentMs;
      sum.inBurst = 0;
    }
    sum.inBurst += 1;
    if (sum.inBurst > perBurst) return;
    if (sum.value === 0) sum.startMs = sentMs;
  }
  sum.value = Math.max(0, sum.value + step);
}

const freshSums = (): Sum[] =>
  placesTried.flatMap((place) =>
    familySets.map((families) => ({
      place,
      families,
      value: 0,
      startMs: Number.NaN,
      burstMs: Number.NEGATIVE_INFINITY,
      inBurst: 0,
    })),
  );

function ratioOf(nodes: readonly { sent: number; lost: number }[]): number {
  const sent = nodes.reduce((sum, node) => sum + node.sent, 0);
  return nodes.reduce((sum, node) => sum + node.lost, 0) / sent;
}

const meanOf = (values: readonly number[]) =>
  values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
