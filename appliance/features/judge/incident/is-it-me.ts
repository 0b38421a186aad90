import { sayDuration } from '../../../core/durations.ts';
import type { Family, Verdict } from '../../../core/shapes.ts';
import type { LineVerdict } from '../outage/schema.ts';
import type { IsItMe, OutageConfidence } from './schema.ts';
import { places } from './words.ts';

/** How one anchor answered in the last seconds. */
export interface AnchorFacts {
  name: string;
  family: Family;
  count: number;
  lost: number;
}

export interface LineFacts {
  name: string;
  /** Null while the judge says nothing about it. */
  verdict: LineVerdict | null;
  anchors: readonly AnchorFacts[];
}

export interface NowFacts {
  /** In the order of the configuration. */
  lines: readonly LineFacts[];
  /** Over how long the anchors were looked at. */
  seconds: number;
  nowMonoMs: number;
}

type Answer = Pick<IsItMe, 'answer' | 'sentence'>;

const gravity = { down: 3, degraded: 2, unknown: 1, up: 0 } as const;

/** Whether the trouble is this box's, the house's, the provider's, one service's, or none. */
export function isItMe(facts: NowFacts): Omit<IsItMe, 'at'> {
  const [worst] = [...facts.lines].sort(
    (a, b) => gravity[b.verdict?.state ?? 'unknown'] - gravity[a.verdict?.state ?? 'unknown'],
  );
  if (!worst) return { answer: 'unknown', sentence: 'No line is watched.', line: null, drawnFrom: [] };
  const others = facts.lines.filter((line) => line !== worst);
  const working = others.find(({ verdict }) => verdict?.state === 'up');
  const { answer, sentence } = answerOf(worst);
  const isBad = worst.verdict?.state === 'down' || worst.verdict?.state === 'degraded';
  const second =
    isBad && working ? ` Line ${working.name} works, so neither this box nor its power is the reason.` : '';
  const prefix = facts.lines.length > 1 ? `Line ${worst.name}: ` : '';
  return {
    answer,
    sentence: `${prefix}${sentence}${answer === 'this-box' ? '' : second}`,
    line: worst.name,
    drawnFrom: [worst, ...others].flatMap((line) => drawnFrom(line, facts)),
  };
}

function answerOf({ verdict, anchors }: LineFacts): Answer {
  if (verdict === null || verdict.state === 'unknown')
    return { answer: 'unknown', sentence: 'Not known yet: measuring has just begun.' };
  if (verdict.state === 'up' && verdict.open.length === 0 && verdict.verdict !== 'busy') {
    const silent = anchors.length > 0 && anchors.every(({ count, lost }) => count > 0 && lost === count);
    if (!silent)
      return {
        answer: 'nothing-wrong',
        sentence: 'Nothing is wrong with your line. If one page or app does not work, it is that one.',
      };
    return { answer: 'unclear', sentence: 'Something has just stopped; what it is shows in a moment.' };
  }
  const cause = verdict.verdict ?? verdict.open[0]?.verdict ?? 'unclear';
  if (cause === 'busy')
    return { answer: 'house', sentence: 'It is your own traffic: it fills the line. Nothing is broken.' };
  if (cause === 'service') {
    const name = verdict.open.find((record) => record.verdict === 'service')?.target ?? 'one destination';
    return { answer: 'one-service', sentence: `It is ${name} alone: everything else answers.` };
  }
  return answers[cause];
}

const answers: Record<Exclude<Verdict, 'service'>, Answer> = {
  device: {
    answer: 'this-box',
    sentence: `It is ${places.device}; the rest of the house may be well.`,
  },
  lan: { answer: 'house', sentence: 'It is your home network, on this side of the router.' },
  gateway: { answer: 'house', sentence: 'It is your router: it does not answer, or not as it should.' },
  'captive-portal': {
    answer: 'house',
    sentence: 'A login page stands in the way: open any page in a browser on this network.',
  },
  access: { answer: 'provider', sentence: 'It is the line to your provider; your home is well.' },
  isp: { answer: 'provider', sentence: "It is your provider's network; your home and your line are well." },
  transit: {
    answer: 'beyond-provider',
    sentence: 'It is beyond your provider: your provider answers, much of the Internet does not.',
  },
  dns: { answer: 'names', sentence: 'Names are not resolved as they should be; the line itself works.' },
  ipv6: { answer: 'ipv6', sentence: 'Only IPv6 is affected; what works over IPv4 works.' },
  unclear: { answer: 'unclear', sentence: 'Something is wrong, and the evidence does not say where.' },
};

function drawnFrom({ name, verdict, anchors }: LineFacts, facts: NowFacts): IsItMe['drawnFrom'] {
  const drawn: IsItMe['drawnFrom'] = [{ what: `Line ${name}`, value: saidOf(verdict, facts.nowMonoMs) }];
  for (const record of verdict?.open ?? [])
    drawn.push({ what: `Open record ${record.id}`, value: record.text });
  for (const family of ['ipv4', 'ipv6'] as const) {
    const own = anchors.filter((anchor) => anchor.family === family && anchor.count > 0);
    if (own.length === 0) continue;
    const answering = own.filter(({ count, lost }) => lost < count).length;
    const lost = own.reduce((sum, anchor) => sum + anchor.lost, 0);
    const count = own.reduce((sum, anchor) => sum + anchor.count, 0);
    drawn.push({
      what: `Anchors of ${name} over ${family === 'ipv4' ? 'IPv4' : 'IPv6'}`,
      value: `${answering} of ${own.length} answer; ${lost} of ${count} exchanges were lost in ${facts.seconds} s`,
    });
  }
  return drawn;
}

function saidOf(verdict: LineVerdict | null, nowMonoMs: number): string {
  if (verdict === null) return 'not judged yet';
  const since = verdict.sinceMonoMs === null ? '' : ` for ${sayDuration(nowMonoMs - verdict.sinceMonoMs)}`;
  const cause = verdict.verdict === null ? '' : `, ${causeWords(verdict.verdict)}`;
  return `${verdict.state}${since}${cause}`;
}

function causeWords(verdict: Verdict | 'busy'): string {
  if (verdict === 'busy') return 'filled by traffic';
  return verdict === 'unclear' ? 'cause unclear' : `fault: ${places[verdict]}`;
}

const levels = [
  { from: 80, level: 'critical' },
  { from: 60, level: 'high' },
  { from: 40, level: 'medium' },
  { from: 20, level: 'low' },
  { from: 0, level: 'none' },
] as const;

/** How sure an outage of the worst line is: what the anchor that answers best has lost. */
export function outageConfidence(facts: NowFacts): Omit<OutageConfidence, 'at'> {
  const rated = facts.lines.map((line) => {
    const ratios = line.anchors.filter(({ count }) => count > 0).map(({ count, lost }) => lost / count);
    return { line, ratio: ratios.length === 0 ? null : Math.min(...ratios) };
  });
  const [worst] = rated.sort((a, b) => (b.ratio ?? -1) - (a.ratio ?? -1));
  const confidence = Math.round((worst?.ratio ?? 0) * 100);
  const isOpen = ({ verdict }: LineFacts) =>
    verdict?.open.some(({ kind, symptom }) => kind === 'outage' && symptom === 'no-answer') ?? false;
  return {
    confidence,
    level: levels.find(({ from }) => confidence >= from)?.level ?? 'none',
    isOutage: facts.lines.some(isOpen),
    line: worst?.ratio == null ? null : worst.line.name,
    sources: facts.lines.flatMap((line) =>
      drawnFrom(line, facts).map(({ what, value }) => `${what}: ${value}`),
    ),
  };
}
