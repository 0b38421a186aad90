import { sayDuration } from '../../../core/durations.ts';
import type { Verdict } from '../../../core/shapes.ts';
import type { Gap } from '../outage/schema.ts';
import { type Finding, find, spanOf } from './cause.ts';
import type { Member } from './member.ts';
import { lengthOf } from './spans.ts';
import { type Facts, named, range, type Strand, sentenceOf, strandsOf, titleOf } from './strands.ts';
import { hasName, type Theme, themeWords } from './themes.ts';

/** A verdict that is surer than this is told as a fault, less sure ones as a question. */
const sureRatio = 0.75;
/** Fewer exchanges say nothing about who answered. */
const fewExchanges = 3;
/** Lost by a station that answered, and by one that did not: the first and last answers of an outage come astray. */
const answeringRatio = 0.2;
const silentRatio = 0.7;
/** Gaps that are told one by one; the page has them all. */
const maxGaps = 3;

export interface Words {
  title: string;
  text: string;
}

/** What happened, since when, how long and whose fault: as far as the evidence says it. */
export function wordsOf(facts: Facts): Words {
  const finding = find(facts.members, facts.nowMs);
  const strands = strandsOf(facts);
  const [main, ...others] = strands;
  if (!main) return { title: '', text: '' };
  const text = [
    sentenceOf(main, facts),
    measureOf(main.theme, tellingOf(main, finding)),
    whoAnswered(main.theme, tellingOf(main, finding), others.length === 0),
    faultOf(finding, facts),
    ...alsoOf(others),
    ...facts.gaps.slice(0, facts.isClockKnown ? maxGaps : 0).map((gap) => gapSentence(gap, facts.timezone)),
    main.isCutOff ? 'Watching stopped while it lasted, so when it ended is not known.' : '',
  ];
  const prefix = facts.lineName === null ? '' : `Line ${facts.lineName}: `;
  return { title: `${prefix}${titleOf(main, facts)}`, text: prefix + text.filter(Boolean).join(' ') };
}

/** The record that says most about a strand: the one that the verdict rests on, or the longest. */
function tellingOf({ records }: Strand, { leading }: Finding): Member {
  if (records.includes(leading)) return leading;
  const length = ({ startedMs, endedMs }: Member) => (endedMs ?? Number.POSITIVE_INFINITY) - startedMs;
  return records.reduce((longest, next) => (length(next) > length(longest) ? next : longest));
}

/** How bad it was, for troubles that have a size. */
function measureOf(theme: Theme, { lossRatio, rttMs, baselineMs }: Member): string {
  if (theme === 'loss' && lossRatio !== null) return `${percent(lossRatio)} did not come back.`;
  const isTime = theme === 'latency' || theme === 'slow-names';
  if (!isTime || rttMs === null || baselineMs === null || rttMs <= baselineMs) return '';
  return `They took ${Number(rttMs.toPrecision(2))} ms instead of ${Number(baselineMs.toPrecision(2))} ms.`;
}

const percent = (ratio: number) => `${Number((ratio * 100).toPrecision(2))} %`;

type Heard = 'always' | 'answered' | 'silent' | null;

function heard(witness: { sent: number; lost: number } | null): Heard {
  if (witness === null || witness.sent < fewExchanges) return null;
  const ratio = witness.lost / witness.sent;
  if (witness.lost === 0) return 'always';
  if (ratio <= answeringRatio) return 'answered';
  return ratio >= silentRatio ? 'silent' : null;
}

/** Which stations answered while nothing beyond did. */
function whoAnswered(theme: Theme, { witnesses }: Member, isAlone: boolean): string {
  if (theme === 'service') return isAlone ? 'Everything else answered.' : '';
  if (theme === 'ipv6') return isAlone ? 'IPv4 was not affected.' : '';
  if (theme === 'ipv4') return isAlone ? 'IPv6 worked.' : '';
  if (theme !== 'no-answer') return '';
  const [lan, gateway, isp] = [heard(witnesses.lan), heard(witnesses.gateway), heard(witnesses.isp)];
  if (gateway === 'silent')
    return lan === 'always' || lan === 'answered'
      ? 'Your router did not answer; other devices in the house did.'
      : 'Your router did not answer either.';
  if (gateway === null) return '';
  const allTheTime = gateway === 'always' ? ' all the time' : '';
  if (isp === 'silent') return `Your router answered${allTheTime}; your provider's first router did not.`;
  if (isp === 'always' || isp === 'answered')
    return "Your router and your provider's first router answered; nothing beyond did.";
  return `Your router answered${allTheTime}.`;
}

/** Where a fault lies, in words a neighbour understands. */
export const places: Record<Exclude<Verdict, 'unclear'>, string> = {
  device: "this box's own link",
  lan: 'the home network',
  gateway: 'your router',
  access: 'the line to your provider',
  isp: "your provider's network",
  transit: 'the networks beyond your provider',
  dns: 'the name servers',
  service: 'that destination itself',
  ipv6: 'the IPv6 side of the line',
  'captive-portal': 'a login page in between',
};

/** The same for the places at which a path breaks; `destination` and `names` are no verdicts. */
export const placeNames: Readonly<Record<string, string>> = {
  ...places,
  destination: 'at the destination',
  names: 'the name servers',
};

function faultOf({ verdict, confidence, leading }: Finding, { members, nowMs }: Facts): string {
  if (!leading.isDecided && leading.endedMs === null) return 'Whose fault it is shows in a moment.';
  const possible = [verdict, ...leading.candidates].filter((each) => each !== 'unclear');
  const candidates = [...new Set(possible)].map((each) => places[each]);
  const [first, second] = candidates;
  if (verdict === 'unclear' || first === undefined) {
    if (candidates.length < 2) return 'The evidence does not say whose fault it was.';
    return `The evidence does not say whether the fault was in ${either(candidates)}.`;
  }
  if (second !== undefined && confidence < sureRatio)
    return `The evidence does not say whether the fault was in ${either(candidates)}.`;
  const doubt = second === undefined ? '' : ` ${capital(either(candidates.slice(1)))} cannot be excluded.`;
  return `Fault${confidence < sureRatio ? ', as far as the evidence goes' : ''}: ${first}.${doubt}${unclearTime(members, nowMs)}`;
}

/** The part of a judged incident that nothing was found out about. */
function unclearTime(members: readonly Member[], nowMs: number): string {
  const unclear = members.filter(({ verdict, kind }) => verdict === 'unclear' && kind === 'outage');
  const length = lengthOf(unclear.map((member) => spanOf(member, nowMs)));
  return length === 0 ? '' : ` For ${sayDuration(length)} of it the evidence does not say where it broke.`;
}

const capital = (text: string) => text.slice(0, 1).toUpperCase() + text.slice(1);

function either(places: readonly string[]): string {
  if (places.length < 2) return places.join();
  return `${places.slice(0, -1).join(', ')} or ${places.at(-1)}`;
}

/** What else came with it, in one sentence. */
function alsoOf(strands: readonly Strand[]): string[] {
  if (strands.length === 0) return [];
  const parts = strands.map((strand) => {
    const { was, hasBeen } = themeWords[strand.theme];
    const words = named(strand.isOpen ? hasBeen : was, strand);
    const isName = hasName(strand.theme) || words.startsWith('IP');
    const told = isName ? words : words.slice(0, 1).toLowerCase() + words.slice(1);
    return `${told} (${sayDuration(strand.totalMs)})`;
  });
  return [`Also, ${parts.join('; ')}.`];
}

const gapReasons: Record<Gap['reason'], string> = {
  power: 'the box was without power or was reset',
  stopped: 'the service was stopped',
  crashed: 'the service ended unexpectedly',
  suspended: 'the box slept',
  'not-measured': 'the box could not measure',
  clock: 'the time of day was not known',
};

export function gapSentence({ startedAt, endedAt, reason }: Gap, timezone: string): string {
  const when = range(Date.parse(startedAt), Date.parse(endedAt), timezone);
  return `Nothing was measured ${when}: ${gapReasons[reason]}.`;
}
