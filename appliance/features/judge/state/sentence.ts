import { sayDuration } from '../../../core/durations.ts';
import type { LineState, Segment } from '../../../core/shapes.ts';
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
  /** "19:42:07" in the site's zone; null when unknown. */
  sinceTime: string | null;
  sinceMs: number | null;
  hasTargets: boolean;
  /** More than one line is watched: name the one that is spoken of. */
  lineName: string | null;
}

/** What is true of a line now, in words a neighbour understands. It reports who answers; it blames nobody. */
export function sentenceOf(facts: Facts): string {
  const subject = facts.lineName === null ? 'Your Internet' : `Line ${facts.lineName}`;
  const since = facts.sinceTime === null ? '' : ` since ${facts.sinceTime}`;
  const length = facts.sinceMs === null ? '' : ` (${sayDuration(facts.sinceMs)})`;
  switch (facts.state) {
    case 'unknown':
      return facts.hasTargets
        ? 'Measuring has just begun.'
        : 'Nothing is measured: no network and no targets were found.';
    case 'up':
      return `${subject} is working.${upDetail(facts.families)}`;
    case 'down':
      return `No answer from the Internet${since}${length}. ${whoAnswers(facts.families)}`;
    case 'degraded':
      return `${subject} is not well${since}${length}. ${whatIsWrong(facts.families)}`;
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

function whoAnswers(families: readonly FamilyAssessment[]): string {
  const stateOf = (segment: Segment) => {
    const stations = families.flatMap((family) =>
      family.stations.filter((station) => station.segment === segment),
    );
    const isUp = ({ state }: StationAssessment) => state === 'up' || state === 'degraded';
    if (stations.some((station) => isUp(station) && station.hasJustAnswered)) return 'answers';
    if (stations.some(isUp)) return 'unclear'; // it answered until a moment ago
    return stations.some(({ state }) => state === 'down') ? 'silent' : 'unknown';
  };
  const gateway = stateOf('gateway');
  const isp = stateOf('isp');
  if (gateway === 'unclear' || (gateway === 'answers' && isp === 'unclear'))
    return 'Who still answers shows in a moment.';
  if (gateway === 'silent') return 'Your router does not answer either.';
  if (gateway === 'unknown')
    return 'This box has no router to ask: the cable, the Wi-Fi or the address is missing.';
  if (isp === 'silent') return "Your router answers, your provider's first router does not.";
  if (isp === 'answers') return "Your router and your provider's first router answer, nothing beyond does.";
  return 'Your router answers.';
}

/** What makes the line unwell, without since when. */
export function whatIsWrong(families: readonly FamilyAssessment[]): string {
  const down = families.find((family) => family.state === 'down');
  const other = families.find((family) => family !== down);
  if (down && other) return `${nameOf(down)} gets no answer, ${nameOf(other)} works.`;
  for (const family of families) {
    const names = family.stations.find((station) => station.segment === 'resolver');
    const internet = internetOf(family);
    if (internet?.state === 'up' && names?.state === 'down')
      return 'The Internet answers, but names are not resolved.';
    if (internet?.state === 'degraded') {
      if (internet.lossRatio >= 0.05)
        return `${percent(internet.lossRatio)} of the packets of the last minute were lost.`;
      return `Answers take ${rttInWords(internet.p50Us)}, much longer than a quarter of an hour ago.`;
    }
  }
  return 'Some of what is watched does not answer as usual.';
}

const nameOf = (family: FamilyAssessment) => (family.family === 'ipv4' ? 'IPv4' : 'IPv6');
const percent = (ratio: number) => `${ratio >= 0.1 ? Math.round(ratio * 100) : (ratio * 100).toFixed(1)} %`;
