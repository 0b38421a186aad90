import { quantileOf } from './quantiles.ts';

export interface Change {
  /** Index of the first hour after it. */
  at: number;
  kind: 'level' | 'spread';
  /** Median, or median distance from the median, before and after. */
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
/** A year has room for so many. */
const maxChanges = 50;

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
  const changes: Change[] = [];
  const pieces = [blocks];
  while (pieces.length > 0 && changes.length < maxChanges) {
    const piece = pieces.pop() ?? [];
    const split = pettitt(piece);
    if (split === null) continue;
    const [left, right] = [piece.slice(0, split), piece.slice(split)];
    const [before, after] = [middle(left), middle(right)];
    const ratio = Math.max(before, after) / Math.max(Math.min(before, after), Number.MIN_VALUE);
    if (ratio >= leastRatio[kind]) changes.push({ at: right[0]?.at ?? 0, kind, before, after });
    pieces.push(left, right);
  }
  return changes;
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
