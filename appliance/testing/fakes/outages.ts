import { toIso } from '../../core/clock.ts';
import type { EvidenceNode, Gap, Outage } from '../../features/judge/outage/schema.ts';

/** An outage of which a test says what matters; it begins at `startedMs` and lasts `seconds` (null: still). */
export function outageOf(
  id: number,
  startedMs: number,
  seconds: number | null,
  more: Partial<Outage> & { nodes?: EvidenceNode[] } = {},
): Outage {
  const { nodes = pathNodes(), ...given } = more;
  return {
    id,
    line: 'main',
    family: 'both',
    kind: 'outage',
    symptom: 'no-answer',
    verdict: 'access',
    candidates: ['access'],
    confidence: 0.9,
    severity: 'critical',
    startedAt: toIso(startedMs),
    endedAt: seconds === null ? null : toIso(startedMs + seconds * 1000),
    durationSeconds: seconds ?? 0,
    announcedAt: toIso(startedMs + 1400),
    decidedAt: toIso(startedMs + 3000),
    endedBy: seconds === null ? null : 'recovery',
    target: null,
    text: 'The Internet did not answer.',
    evidence: {
      rule: 'no-answer/isp-hop-silent',
      because: ["The router answered, the provider's first router did not."],
      segment: 'access',
      cause: null,
      nodes,
      facts: [],
      phases: [],
    },
    ...given,
  };
}

export function nodeOf(
  segment: EvidenceNode['segment'],
  sent: number,
  lost: number,
  more: Partial<EvidenceNode> = {},
) {
  return {
    target: `${segment}-ipv4`,
    name: segment,
    address: '203.0.113.1',
    segment,
    family: 'ipv4',
    sent,
    lost,
    rttMs: lost < sent ? 12 : null,
    baselineMs: 12,
    lastAnswerAt: null,
    isUsed: true,
    ...more,
  } satisfies EvidenceNode;
}

/** The router answers, nothing behind it does. */
export function pathNodes(): EvidenceNode[] {
  return [nodeOf('gateway', 20, 0), nodeOf('isp', 20, 20), nodeOf('anchor', 20, 20)];
}

export function gapOf(id: number, fromMs: number, toMs: number, reason: Gap['reason'] = 'power'): Gap {
  return { id, startedAt: toIso(fromMs), endedAt: toIso(toMs), reason, text: 'Nothing was measured.' };
}
