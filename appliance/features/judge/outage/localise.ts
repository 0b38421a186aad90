/**
 * Where a path broke: the place that best explains who was lost and who answered (maximum likelihood over "everything
 * behind this point is affected, nothing before it is"). Pure.
 */
import type { Segment } from '../../../core/shapes.ts';

/** Places from the box outwards; each lies before the nodes of its own name, except `transit`, which lies before the anchors. */
export const places = ['lan', 'gateway', 'access', 'isp', 'transit'] as const;
export type Place = (typeof places)[number];

export interface NodeCounts {
  segment: Segment;
  sent: number;
  lost: number;
  /** Share it loses when all is well. */
  baselineLoss: number;
  /** Never answered or not for long: it says nothing. */
  isUsed: boolean;
  /** Order among the transit routers, nearest first. */
  rank?: number;
}

export interface Located {
  place: Place;
  /** Posterior probability of `place`. */
  confidence: number;
  /** Places that the evidence does not exclude, likeliest first. */
  candidates: Place[];
}

/** Before anything is known: homes' outages are mostly the line's, and packets are lost on Wi-Fi more than in routers. */
const prior: Record<'silence' | 'loss', Record<Place, number>> = {
  silence: { lan: 0.12, gateway: 0.2, access: 0.38, isp: 0.2, transit: 0.1 },
  loss: { lan: 0.25, gateway: 0.1, access: 0.35, isp: 0.2, transit: 0.1 },
};
/** A node that should be cut off answers now and then all the same: an answer in flight, another way round. */
const leakRatio = 0.02;
/** No node is trusted to answer always. */
const leastLoss = { silence: 0.03, loss: 0.01 };
/** Exchanges of one node come in bursts: beyond so many they tell little that is new. */
const mostWeight = { silence: 6, loss: 60 };
/** Places this much less likely than the best one are excluded. */
const excludedBelow = 0.06;

/** The first place behind which a node of this segment lies. */
const lastPlaceBefore: Partial<Record<Segment, Place>> = {
  lan: 'lan',
  gateway: 'gateway',
  isp: 'access',
  transit: 'isp',
  anchor: 'transit',
};

/** Whether a break at `place` cuts a node of this segment off. Witnesses of the house are beside the gateway, not behind it. */
export function isBehind(place: Place, segment: Segment): boolean {
  const last = lastPlaceBefore[segment];
  return last !== undefined && places.indexOf(place) <= places.indexOf(last);
}

/** `affectedRatio` is the loss behind the break: 1 for silence. Null when no node says anything. */
export function locate(nodes: readonly NodeCounts[], affectedRatio: number): Located | null {
  const kind = affectedRatio === 1 ? 'silence' : 'loss';
  const used = nodes.filter(({ isUsed, sent, segment }) => isUsed && sent > 0 && segment in lastPlaceBefore);
  if (used.length === 0) return null;
  const lostRatio = Math.min(1 - leakRatio, Math.max(2 * leastLoss[kind], affectedRatio));
  const scores = places.map((place) => {
    let score = Math.log(prior[kind][place]);
    for (const node of used) {
      const ratio = isBehind(place, node.segment) ? lostRatio : Math.max(leastLoss[kind], node.baselineLoss);
      score += likelihood(node, ratio, mostWeight[kind]);
    }
    return { place, score };
  });
  const best = Math.max(...scores.map(({ score }) => score));
  const weights = scores.map(({ place, score }) => ({ place, weight: Math.exp(score - best) }));
  const sum = weights.reduce((total, { weight }) => total + weight, 0);
  const ranked = weights.sort((a, b) => b.weight - a.weight);
  const first = ranked[0]!; // places is not empty
  return {
    place: first.place,
    confidence: first.weight / sum,
    candidates: ranked
      .filter(({ weight }) => weight / first.weight >= excludedBelow)
      .map(({ place }) => place),
  };
}

/** Log-likelihood of a node's counts, weighted down where there are many. */
function likelihood({ sent, lost }: NodeCounts, ratio: number, most: number): number {
  const weight = Math.min(1, most / sent);
  return weight * (lost * Math.log(ratio) + (sent - lost) * Math.log(1 - ratio));
}
