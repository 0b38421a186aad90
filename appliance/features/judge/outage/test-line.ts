/** A line for tests: what a house would measure while things break, made from a seed, without a network. */
import type { Family } from '../../../core/shapes.ts';
import type { Evidence, ExchangeEvidence, NodeFacts } from './evidence.ts';
import { isBehind, type Place } from './localise.ts';

export interface TestFault {
  fromMs: number;
  toMs: number;
  /** What is behind this place is affected; a name: that destination alone. */
  place: Place | { destination: string } | 'nowhere';
  families?: readonly Family[];
  /** Share lost; 1 when absent. */
  lossRatio?: number;
  /** Lost packets come in runs of this many; 1 when absent. */
  burst?: number;
  addedUs?: number;
  /** Exponential, on top. */
  jitterUs?: number;
}

export interface TestLineOptions {
  seed?: number;
  /** Random loss that is always there, per exchange. */
  lossRatio?: number;
  jitterUs?: number;
  anchors?: number;
  hasWitness?: boolean;
  hasTransit?: boolean;
  /** Segments that never answer pings. */
  silent?: readonly string[];
  line?: string;
}

const timeoutMs = 1000;
const quickTimeoutMs = 3000;
/** An answer is missed this long after it should have come. */
const overdueMs = 350;
const quickForMs = 15_000;

export function mulberry(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export function testNodes(options: TestLineOptions = {}): { facts: NodeFacts; rttUs: number }[] {
  const { anchors = 3, hasWitness = true, hasTransit = true, line = 'main' } = options;
  const nodes: { facts: NodeFacts; rttUs: number }[] = [];
  const add = (id: string, segment: NodeFacts['segment'], family: Family, rttUs: number, intervalMs = 1000) =>
    nodes.push({
      facts: { id: `${id}-${family}`, name: id, address: id, line, family, segment, intervalMs },
      rttUs,
    });
  if (hasWitness) add('nas', 'lan', 'ipv4', 600, 5000);
  for (const family of ['ipv4', 'ipv6'] as const) {
    add('gateway', 'gateway', family, 800);
    add('isp', 'isp', family, 8800);
    if (hasTransit) add('transit', 'transit', family, 12_800);
    for (let index = 0; index < anchors; index += 1)
      add(`anchor${index + 1}`, 'anchor', family, [14_800, 28_800, 72_800][index % 3]!); // three of them
  }
  return nodes;
}

/** All evidence of a stretch of time, in the order in which it becomes known. */
export function* testEvidence(
  faults: readonly TestFault[],
  fromMs: number,
  toMs: number,
  options: TestLineOptions = {},
): Generator<Evidence> {
  const { seed = 1, lossRatio = 0, jitterUs = 100, silent = [] } = options;
  const random = mulberry(seed);
  const nodes = testNodes(options);
  const phases = nodes.map((_, index) => ((index * 137) % 1000) + random() * 20);
  const bursts = new Map<TestFault, number>();
  yield { kind: 'targets', atMs: fromMs, targets: nodes.map(({ facts }) => facts) };

  function rttOf(index: number, sentMs: number): number {
    const { facts, rttUs } = nodes[index]!; // within its length
    if (silent.includes(facts.segment) || random() < lossRatio) return Number.NaN;
    let total = rttUs + jitterUs * random();
    for (const fault of faults) {
      if (sentMs < fault.fromMs || sentMs >= fault.toMs || !applies(fault, facts)) continue;
      const { lossRatio: lost = fault.addedUs || fault.jitterUs ? 0 : 1, burst = 1 } = fault;
      const left = bursts.get(fault) ?? 0;
      if (left > 0) {
        bursts.set(fault, random() < 1 / burst ? 0 : left);
        return Number.NaN;
      }
      if (random() < (lost >= 1 ? 1 : lost / burst)) {
        if (burst > 1) bursts.set(fault, 1);
        return Number.NaN;
      }
      total += (fault.addedUs ?? 0) - (fault.jitterUs ?? 0) * Math.log(1 - random());
    }
    return total;
  }

  const pending: ExchangeEvidence[] = [];
  const push = (exchange: ExchangeEvidence) => {
    let at = pending.length;
    while (at > 0 && pending[at - 1]!.atMs > exchange.atMs) at -= 1; // above 0
    pending.splice(at, 0, exchange);
  };
  const send = (index: number, sentMs: number, isQuick: boolean) => {
    const limit = isQuick ? quickTimeoutMs : timeoutMs;
    const rttUs = rttOf(index, sentMs);
    const isLost = !(rttUs / 1000 < limit);
    push({
      kind: 'exchange',
      atMs: sentMs + (isLost ? limit : rttUs / 1000),
      target: nodes[index]!.facts.id, // within its length
      sentMs,
      rttUs: isLost ? Number.NaN : rttUs,
      isQuick,
    });
    return isLost ? sentMs + overdueMs : Number.NaN;
  };

  const next = nodes.map(({ facts }, index) => fromMs + (phases[index]! % facts.intervalMs)); // same length
  let quickFromMs = Number.POSITIVE_INFINITY;
  let quickUntilMs = Number.NEGATIVE_INFINITY;
  for (let nowMs = fromMs; nowMs < toMs; nowMs += 50) {
    for (const [index, { facts }] of nodes.entries()) {
      while (next[index]! < nowMs + 50) {
        const overdue = send(index, next[index]!, false);
        if (!Number.isNaN(overdue) && facts.segment === 'anchor') {
          if (overdue > quickUntilMs) quickFromMs = Math.min(quickFromMs, overdue);
          quickUntilMs = overdue + quickForMs;
        }
        next[index] = next[index]! + facts.intervalMs;
      }
      if (nowMs < quickFromMs || nowMs > quickUntilMs) continue;
      const everyMs = facts.segment === 'anchor' && nowMs - quickFromMs < 3000 ? 50 : 200;
      if (Math.floor(nowMs / everyMs) !== Math.floor((nowMs - 50) / everyMs))
        send(index, nowMs + index, true);
    }
    if (nowMs > quickUntilMs) quickFromMs = Number.POSITIVE_INFINITY;
    while (pending.length > 0 && pending[0]!.atMs <= nowMs) yield pending.shift()!; // not empty
  }
}

function applies(fault: TestFault, facts: NodeFacts): boolean {
  if (fault.families && !fault.families.includes(facts.family)) return false;
  if (fault.place === 'nowhere') return false;
  if (typeof fault.place === 'object') return fault.place.destination === facts.name;
  return isBehind(fault.place, facts.segment);
}
