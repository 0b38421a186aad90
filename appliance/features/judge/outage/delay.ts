/** Answers that take longer, or vary more, than is normal here; and where on the path that begins. Pure. */
import type { Family, Segment } from '../../../core/shapes.ts';
import type { LineView } from './line-view.ts';
import type { Place } from './localise.ts';
import { type NodeTrack, quantile } from './track.ts';

/** The moment is the last seconds, so that one slow answer is none. */
const momentMs = 6000;
const leastAnswers = 4;
/** A queue moves within seconds. */
const breathMs = 4000;
/** A delay begins where this much of it is first seen; spreads of few samples scatter more than medians. */
const share = { slow: 0.5, jittery: 0.25 };
/** A place is affected when most of what lies behind it is. */
const most = 0.6;
/** Longer than half of what is normal: on a satellite line 30 ms more are nothing. */
const relative = 0.5;
const spreadFactor = 4;
const leastSpreadUs = 20_000;
const leastHomeSpreadUs = 4000;

export interface DelayView {
  /** Where it begins; null when nothing is slower than usual. */
  place: Place | null;
  /** Median of what the anchors take longer, µs. */
  addedUs: number;
  /** What their answers vary by, µs. */
  spreadUs: number;
  /** What the delay behind the gateway varied by within the last seconds, all nodes together, µs. */
  breathUs: number;
  /** How much longer the provider's first router takes; NaN when unknown. */
  addedAtIspUs: number;
  addedAtGatewayUs: number;
  /** The router at home answers unevenly itself: Wi-Fi, or a busy network at home. */
  isHomeUneven: boolean;
  isSlow: boolean;
  isJittery: boolean;
}

interface Shift {
  addedUs: number;
  spreadUs: number;
  spreadBaselineUs: number;
  baselineUs: number;
}

const inOrder: readonly { segment: Segment; place: Place }[] = [
  { segment: 'gateway', place: 'gateway' },
  { segment: 'isp', place: 'access' },
  { segment: 'transit', place: 'isp' },
  { segment: 'anchor', place: 'transit' },
];

/** How the answers of the last seconds differ from what is normal, in one family. */
export function viewDelay(
  view: LineView,
  family: Family,
  atMs: number,
  leastAddedUs: number,
): DelayView | null {
  const shiftsOf = (segment: Segment) =>
    view.nodes(segment, family).flatMap((track) => {
      const shift = shiftOf(track, atMs);
      return shift ? [shift] : [];
    });
  const anchors = shiftsOf('anchor');
  if (anchors.length === 0) return null;
  const addedUs = middle(anchors.map((shift) => shift.addedUs));
  const spreadUs = middle(anchors.map((shift) => shift.spreadUs));
  const slow = anchors.filter(
    (shift) => shift.addedUs >= Math.max(leastAddedUs, relative * shift.baselineUs),
  );
  const breathUs = breathOf(view, family, atMs);
  const jittery = anchors.filter(
    (shift) =>
      Math.min(shift.spreadUs, breathUs) >= Math.max(leastSpreadUs, spreadFactor * shift.spreadBaselineUs),
  );
  const isSlow = slow.length >= most * anchors.length;
  const isJittery = jittery.length >= most * anchors.length;
  const atIsp = shiftsOf('isp');
  const atGateway = shiftsOf('gateway');
  const sizeOf = (shift: Shift) => (isSlow ? shift.addedUs : shift.spreadUs);
  const whole = middle(anchors.map(sizeOf));
  const first = inOrder.find(({ segment }) => {
    const sizes = shiftsOf(segment).map(sizeOf);
    return sizes.length > 0 && middle(sizes) >= share[isSlow ? 'slow' : 'jittery'] * whole;
  });
  return {
    place: isSlow || isJittery ? (first?.place ?? 'transit') : null,
    addedUs,
    spreadUs,
    breathUs,
    addedAtIspUs: middle(atIsp.map((shift) => shift.addedUs)),
    addedAtGatewayUs: middle(atGateway.map((shift) => shift.addedUs)),
    isHomeUneven: atGateway.some(
      (shift) => shift.spreadUs >= Math.max(leastHomeSpreadUs, spreadFactor * shift.spreadBaselineUs),
    ),
    isSlow,
    isJittery,
  };
}

function shiftOf(track: NodeTrack, atMs: number): Shift | null {
  if (Number.isNaN(track.baselineUs)) return null;
  const { count, medianUs, spreadUs } = track.recent(atMs - momentMs);
  if (count < leastAnswers) return null;
  return {
    addedUs: medianUs - track.baselineUs,
    spreadUs,
    spreadBaselineUs: track.baselineSpreadUs,
    baselineUs: track.baselineUs,
  };
}

/** Tenth to ninetieth percentile of what answers took longer than each node's normal. */
function breathOf(view: LineView, family: Family, atMs: number): number {
  const added = (['isp', 'transit', 'anchor'] as const)
    .flatMap((segment) => view.nodes(segment, family))
    .flatMap((track) => track.answers(atMs - breathMs).map((rttUs) => rttUs - track.baselineUs))
    .filter((value) => !Number.isNaN(value))
    .sort((a, b) => a - b);
  return added.length < leastAnswers ? Number.NaN : quantile(added, 0.9) - quantile(added, 0.1);
}

function middle(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.length === 0 ? Number.NaN : sorted[Math.floor(sorted.length / 2)]!; // not empty
}
