import type { LineState } from '../../../core/shapes.ts';
import type { FamilyAssessment, StationAssessment } from './assess.ts';

/** "14.8 ms", "0.82 ms", "153 ms": three significant digits at most. */
export function rttInWords(us: number): string {
  const ms = us / 1000;
  if (ms >= 100) return `${Math.round(ms)} ms`;
  return `${ms >= 10 ? ms.toFixed(1) : ms.toFixed(2)} ms`;
}

export interface Facts {
  state: LineState;
  families: readonly FamilyAssessment[];
  /** What the judge says of the gravest thing that lasts, or of a busy line; null when there is none. */
  trouble: string | null;
  hasTargets: boolean;
  /** More than one line is watched: name the one that is spoken of. */
  lineName: string | null;
}

/** What is true of a line now, in words a neighbour understands. */
export function sentenceOf(facts: Facts): string {
  if (facts.trouble !== null && facts.state !== 'unknown') return facts.trouble;
  const subject = facts.lineName === null ? 'Your Internet' : `Line ${facts.lineName}`;
  switch (facts.state) {
    case 'unknown':
      return facts.hasTargets
        ? 'Measuring has just begun.'
        : 'Nothing is measured: no network and no targets were found.';
    case 'up':
      return `${subject} is working.${upDetail(facts.families)}`;
    case 'down':
      return `${subject} does not answer.`;
    case 'degraded':
      return `${subject} is not well.`;
  }
}

const internetOf = (family: FamilyAssessment): StationAssessment | undefined =>
  family.stations.find((station) => station.segment === 'anchor');

function upDetail(families: readonly FamilyAssessment[]): string {
  const internet = families
    .map(internetOf)
    .find((station) => station !== undefined && !Number.isNaN(station.p50Us));
  if (!internet) return '';
  const loss = internet.lossRatio > 0 ? `${percent(internet.lossRatio)} lost` : 'nothing lost';
  return ` Answers take ${rttInWords(internet.p50Us)}, ${loss} in the last minute.`;
}

const percent = (ratio: number) => `${ratio >= 0.1 ? Math.round(ratio * 100) : (ratio * 100).toFixed(1)} %`;
