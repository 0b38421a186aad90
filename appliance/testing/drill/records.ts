/** Recorded answers for the tests of the judge: records as the API gives them, around one moment. */
import { toIso } from '../../core/clock.ts';
import type { Outage } from '../../features/judge/outage/schema.ts';
import type { Observation } from './observation.ts';

/** The first deed of every recorded run. */
export const deedAtMs = Date.UTC(2026, 10, 23, 9, 30, 0);
const second = 1000;

/** A record of an outage of 25 s that is right in everything; times in seconds after the first deed. */
export function record(
  change: Partial<Omit<Outage, 'startedAt' | 'endedAt' | 'announcedAt' | 'decidedAt'>> & {
    from?: number;
    to?: number | null;
    announced?: number;
    decided?: number | null;
  } = {},
): Outage {
  const { from = 0.2, to = 24.9, announced = 1.6, decided = 3, ...rest } = change;
  const at = (after: number) => toIso(deedAtMs + after * second);
  return {
    id: 1,
    line: 'main',
    family: 'both',
    kind: 'outage',
    symptom: 'no-answer',
    verdict: 'access',
    candidates: ['access', 'gateway'],
    confidence: 0.9,
    severity: 'critical',
    durationSeconds: 25,
    endedBy: 'recovery',
    target: null,
    text: '',
    ...rest,
    startedAt: at(from),
    endedAt: to === null ? null : at(to),
    announcedAt: at(announced),
    decidedAt: decided === null ? null : at(decided),
    evidence: {
      rule: 'no-answer/isp-hop-silent',
      because: [],
      segment: 'access',
      cause: null,
      nodes: [],
      facts: [],
      phases: [],
      ...rest.evidence,
    },
  };
}

/** A run whose deeds were done at these seconds and cleared at the last, each within 100 ms, by linksim half way. */
export function observation(
  deedSeconds: readonly number[],
  clearedSeconds: number,
  outages: readonly Outage[],
  change: Partial<Observation> & Partial<Pick<Observation['answer'], 'busy' | 'gaps'>> = {},
): Observation {
  const { busy = [], gaps = [], ...rest } = change;
  const moment = (after: number) => ({
    fromMs: deedAtMs + after * second - 50,
    toMs: deedAtMs + after * second + 50,
  });
  return {
    calmFromMs: deedAtMs - 12_000,
    deeds: deedSeconds.map(moment),
    cleared: moment(clearedSeconds),
    changes: [
      ...deedSeconds.map((after) => ({
        atMs: deedAtMs + after * second,
        who: 'access',
        text: 'set access down',
      })),
      { atMs: deedAtMs + clearedSeconds * second, who: '*', text: 'set * clear' },
    ],
    answer: { outages: [...outages], busy, gaps },
    sightings: [],
    ...rest,
  };
}
