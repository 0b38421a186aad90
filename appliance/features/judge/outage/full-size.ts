/** Full-size packets that vanish while small ones pass: a path that drops them without a word (RFC 2923 §2.1). */
import type { Family, Segment, Verdict } from '../../../core/shapes.ts';
import type { FullSizeEvidence } from './evidence.ts';

/** In a row, at one target, while its small packets are answered. */
const lostInRow = 3;
/** A router is asked only while its small packets and the anchors' loss are known, and fewer times. */
const lostAtRouter = 2;

interface Witness {
  segment: Segment;
  family: Family;
  lost: number;
  lostSinceMs: number;
  lastLostMs: number;
  sizeBytes: number;
}

export interface BlackHole {
  family: Family;
  startMs: number;
  lastMs: number;
  sizeBytes: number;
  verdict: Verdict;
  candidates: Verdict[];
  confidence: number;
  targets: string[];
}

const inOrder: readonly { segment: Segment; verdict: 'lan' | 'access' | 'isp' | 'transit' }[] = [
  { segment: 'gateway', verdict: 'lan' },
  { segment: 'isp', verdict: 'access' },
  { segment: 'transit', verdict: 'isp' },
  { segment: 'anchor', verdict: 'transit' },
];

/** Follows the full-size probes of one line; only those towards hosts that once answered such are told. */
export class FullSizeWatch {
  readonly #witnesses = new Map<string, Witness>();

  /** `areSmallAnswered`: whether the small packets of this target are answered at this moment. */
  take(
    { target, segment, family, sentMs, outcome, sizeBytes }: FullSizeEvidence,
    areSmallAnswered: boolean,
  ): void {
    const witness = this.#witnesses.get(target) ?? {
      segment,
      family,
      lost: 0,
      lostSinceMs: Number.NaN,
      lastLostMs: Number.NaN,
      sizeBytes,
    };
    this.#witnesses.set(target, witness);
    if (outcome === 'ok' || outcome === 'told') {
      witness.lost = 0;
    } else if (outcome === 'lost' && areSmallAnswered) {
      if (witness.lost === 0) witness.lostSinceMs = sentMs;
      witness.lost += 1;
      witness.lastLostMs = sentMs;
      witness.sizeBytes = sizeBytes;
    }
  }

  /** Losses of a silent or lossy time are no sign. */
  forgive(): void {
    for (const witness of this.#witnesses.values()) witness.lost = 0;
  }

  /** The black hole of a family, with the first place behind which full-size packets vanish; null without one. */
  find(family: Family): BlackHole | null {
    const all = [...this.#witnesses].filter(([, witness]) => witness.family === family);
    const lost = all.filter(([, witness]) => witness.lost >= lostInRow);
    if (!lost.some(([, { segment }]) => segment === 'anchor')) return null;
    const passes = (segment: Segment) => all.some(([, one]) => one.segment === segment && one.lost === 0);
    const fails = (segment: Segment) =>
      all.some(
        ([, one]) => one.segment === segment && one.lost >= (segment === 'anchor' ? lostInRow : lostAtRouter),
      );
    if (passes('anchor')) return null; // one destination's own business
    const first = inOrder.findIndex(({ segment }) => fails(segment));
    const lastPassed = inOrder.findLastIndex(({ segment }, index) => index < first && passes(segment));
    const candidates = inOrder.slice(lastPassed + 1, first + 1).map(({ verdict }) => verdict);
    return {
      family,
      startMs: Math.min(...lost.map(([, { lostSinceMs }]) => lostSinceMs)),
      lastMs: Math.max(...lost.map(([, { lastLostMs }]) => lastLostMs)),
      sizeBytes: Math.max(...lost.map(([, witness]) => witness.sizeBytes)),
      verdict: candidates.at(-1) ?? 'unclear',
      candidates: [...candidates].reverse(),
      confidence: candidates.length === 1 ? 0.9 : 0.5,
      targets: lost.map(([id]) => id),
    };
  }
}
