/** From one moment to another, epoch ms. */
export interface Span {
  fromMs: number;
  toMs: number;
}

/** The same time as spans that neither overlap nor touch, in order. */
export function union(spans: readonly Span[]): Span[] {
  const sorted = spans.filter(({ fromMs, toMs }) => toMs >= fromMs).sort((a, b) => a.fromMs - b.fromMs);
  const joined: Span[] = [];
  for (const { fromMs, toMs } of sorted) {
    const last = joined.at(-1);
    if (last && fromMs <= last.toMs) last.toMs = Math.max(last.toMs, toMs);
    else joined.push({ fromMs, toMs });
  }
  return joined;
}

/** How long they last, each moment counted once. */
export function lengthOf(spans: readonly Span[]): number {
  return union(spans).reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
}

/** How much of `spans` is outside of `others`. */
export function lengthOutside(spans: readonly Span[], others: readonly Span[]): number {
  return lengthOf([...spans, ...others]) - lengthOf(others);
}
