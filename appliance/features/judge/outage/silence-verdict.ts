/** Whose fault a silence is, on everything that was counted in it. Pure. */
import type { Family, Verdict } from '../../../core/shapes.ts';
import type { LineView } from './line-view.ts';
import { type Located, locate, type NodeCounts } from './localise.ts';
import type { Judgement } from './record-desk.ts';

/** A verdict waits for this many exchanges of every node, but not for ever. */
const wantedExchanges = 2;
const decideAfterMs = 1500;
const decideAtLatestMs = 11_000;
const sure = 0.6;
const verySure = 0.9;
/** Below it nobody is blamed. */
const leastConfidence = 0.5;
/** The most that one kind of evidence can give. */
const most = { device: 0.97, portal: 0.9, pages: 0.8, access: 0.9, oneHost: 0.6 };
const leastForIpv6 = 0.85;
/** Answers in flight around the beginning and the end belong to neither side. */
const edgeMs = 250;
/** The link is looked at over the beginning: a modem that restarts takes it down later on. */
const linkMs = 30_000;

export interface SilenceCase {
  families: readonly Family[];
  startMs: number;
  /** Up to the first answer, or up to now. */
  untilMs: number;
  atMs: number;
  isOver: boolean;
  isDecided: boolean;
  /** The other family answered in the midst of it; or it is not known to have a say. */
  other: 'works' | 'silent' | 'none';
  /** What a page in between was answered by; null without one. */
  portal: string | null;
  /** A page was answered as it should be, and the silence went on. */
  isPageAnswered: boolean;
}

/** The verdict, or null while there is too little to go by. */
export function judgeSilence(view: LineView, silence: SilenceCase): Judgement | null {
  const { families, startMs, untilMs, atMs, isOver, other } = silence;
  const causes = families.map((family) =>
    view.brokenDuring(family, startMs, Math.min(untilMs, startMs + linkMs)),
  );
  const [broken] = causes;
  if (broken && other !== 'works' && causes.every((cause) => cause !== null)) {
    const rule = `no-answer/${broken}`;
    return { candidates: ['device'], confidence: most.device, segment: 'device', cause: broken, rule };
  }
  if (silence.portal !== null) {
    return {
      candidates: ['captive-portal'],
      confidence: most.portal,
      segment: 'access',
      cause: silence.portal,
      rule: 'no-answer/portal',
    };
  }
  const isLong = untilMs - startMs >= 4 * edgeMs;
  const counted = view.counts(
    families,
    startMs + (isLong ? edgeMs : 0),
    untilMs - (isLong && isOver ? edgeMs : 0),
  );
  const hasEnough = counted.every(
    ({ node }) => !node.isUsed || node.segment === 'lan' || node.sent >= wantedExchanges,
  );
  const isLate = isOver || atMs - startMs >= decideAtLatestMs;
  if (!isLate && (other === 'silent' || !hasEnough || atMs - startMs < decideAfterMs)) return null;
  const located = locate([...counted.map(({ node }) => settled(node)), ...neighbourNodes(view, families)], 1);
  if (!located || (located.confidence < sure && !isLate)) return null;
  if (silence.isPageAnswered) {
    return {
      candidates: ['service'],
      confidence: most.pages,
      segment: 'destination',
      cause: 'pages-answer',
      rule: 'no-answer/pages-answer',
      kind: 'degradation',
    };
  }
  // Only clear evidence turns over what was said before.
  if (silence.isDecided && located.confidence < verySure && !isOver) return null;
  return verdictOf(view, silence, located);
}

function verdictOf(view: LineView, { families, other }: SilenceCase, located: Located): Judgement {
  const { place, confidence } = located;
  const rule = `no-answer/${place}`;
  if (families.length === 1 && families[0] === 'ipv6' && other === 'works')
    return {
      candidates: ['ipv6'],
      confidence: Math.max(leastForIpv6, confidence),
      segment: place,
      rule: `${rule}/ipv6`,
    };
  const candidates: Verdict[] = [...located.candidates];
  // A router that answers and forwards nothing looks like a dead line; only the line's modem could tell.
  if (candidates.includes('access') && !candidates.includes('gateway')) candidates.push('gateway');
  const hosts = new Set(view.nodes('anchor').map(({ facts }) => facts.name)).size;
  const isOneHost = place === 'transit' && hosts === 1;
  if (isOneHost) candidates.push('service');
  const limit = isOneHost ? most.oneHost : place === 'access' ? most.access : 1;
  return {
    candidates,
    verdict: confidence < leastConfidence ? 'unclear' : place,
    confidence: Math.min(confidence, limit),
    segment: place,
    rule,
  };
}

/**
 * A gateway that never answers pings is still missed by ARP and neighbour discovery. The other way round proves
 * nothing: Linux calls a dead neighbour reachable for most of a minute.
 */
function neighbourNodes(view: LineView, families: readonly Family[]): NodeCounts[] {
  const hasGateway = families.some((family) =>
    view.nodes('gateway', family).some(({ hasAnswered }) => hasAnswered),
  );
  if (hasGateway) return [];
  return families.flatMap((family): NodeCounts[] => {
    const neighbour = view.link?.families.find((one) => one.family === family)?.neighbour;
    if (neighbour !== 'failed' && neighbour !== 'incomplete') return [];
    return [{ segment: 'gateway', sent: 3, lost: 3, baselineLoss: 0, isUsed: true }];
  });
}

/** Whoever answered more than once after the break is not behind it, however many of its answers a limit ate. */
function settled(node: NodeCounts): NodeCounts {
  const answered = node.sent - node.lost;
  if (answered >= 2) return { ...node, sent: 6, lost: 0 };
  if (answered === 1 && node.lost <= 2) return { ...node, sent: 2, lost: 0 };
  return node;
}
