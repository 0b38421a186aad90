import { quantileOf } from './quantiles.ts';

export interface Change {
  /** Index of the first hour after it. */
  at: number;
  kind: 'level' | 'spread';
  /** Median, or median distance from the median, between the changes on both sides. */
  before: number;
  after: number;
}

/** Neighbouring hours are alike; medians of so many are nearly independent. */
const blockHours = 6;
/** On both sides of a change: two days. */
const fewestBlocks = 8;
/** Of finding a change where there is none, in each piece that is looked at. */
const chance = 0.001;
/** Smaller changes may be real and are of no interest. */
const leastRatio: Record<Change['kind'], number> = { level: 1.07, spread: 1.6 };

/** Where the level or the variation of a series changed for good, oldest first; hours without a value are NaN. */
export function findChanges(values: Float64Array): Change[] {
  return [...changesOf(values, 'level'), ...changesOf(values, 'spread')].sort((a, b) => a.at - b.at);
}

interface Block {
  at: number;
  value: number;
}

function changesOf(values: Float64Array, kind: Change['kind']): Change[] {
  const blocks = blocksOf(values, kind);
  const starts = [0, ...splitsOf(blocks, 0), blocks.length];
  return starts.slice(1, -1).flatMap((start, which) => {
    const before = middle(blocks.slice(starts[which], start));
    const after = middle(blocks.slice(start, starts[which + 2]));
    const ratio = Math.max(before, after) / Math.max(Math.min(before, after), Number.MIN_VALUE);
    return ratio < leastRatio[kind] ? [] : [{ at: blocks[start]?.at ?? 0, kind, before, after }];
  });
}

/** Binary segmentation, Scott and Knott 1974: where a piece is split, both halves are looked at again. */
function splitsOf(blocks: readonly Block[], from: number): number[] {
  const split = pettitt(blocks);
  if (split === null) return [];
  const left = splitsOf(blocks.slice(0, split), from);
  const right = splitsOf(blocks.slice(split), from + split);
  return [...left, from + split, ...right];
}

/** Medians of hours that were measured; for the spread, of the distances from the median of their day. */
function blocksOf(values: Float64Array, kind: Change['kind']): Block[] {
  const blocks: Block[] = [];
  let around: number[] = [];
  let [own, at]: [number[], number] = [[], 0];
  for (const [hour, value] of values.entries()) {
    if (Number.isNaN(value)) continue;
    around = [...around.slice(-23), value];
    if (own.length === 0) at = hour;
    own.push(kind === 'level' ? value : Math.abs(value - median(around)));
    if (own.length < blockHours) continue;
    blocks.push({ at, value: median(own) });
    own = [];
  }
  return blocks;
}

/** Pettitt 1979: where ranks before and after differ most, or null when chance would do as much. */
function pettitt(blocks: readonly Block[]): number | null {
  const count = blocks.length;
  if (count < 2 * fewestBlocks) return null;
  const ranks = ranksOf(blocks);
  let [sum, most, place] = [0, 0, 0];
  for (let at = 1; at < count; at += 1) {
    sum += ranks[at - 1] ?? 0;
    const statistic = Math.abs(2 * sum - at * (count + 1));
    const isInside = at >= fewestBlocks && count - at >= fewestBlocks;
    if (isInside && statistic > most) [most, place] = [statistic, at];
  }
  const probability = 2 * Math.exp((-6 * most * most) / (count ** 3 + count ** 2));
  return probability < chance ? place : null;
}

/** Equal values share the mean of their ranks. */
function ranksOf(blocks: readonly Block[]): Float64Array {
  const order = blocks.map((_, at) => at).sort((a, b) => (blocks[a]?.value ?? 0) - (blocks[b]?.value ?? 0));
  const ranks = new Float64Array(blocks.length);
  let from = 0;
  while (from < order.length) {
    let to = from + 1;
    const value = blocks[order[from] ?? 0]?.value;
    while (to < order.length && blocks[order[to] ?? 0]?.value === value) to += 1;
    for (let at = from; at < to; at += 1) ranks[order[at] ?? 0] = (from + to + 1) / 2;
    from = to;
  }
  return ranks;
}

const middle = (blocks: readonly Block[]) => median(blocks.map(({ value }) => value));
const median = (values: readonly number[]) => quantileOf(Float64Array.from(values).sort(), 0.5);
