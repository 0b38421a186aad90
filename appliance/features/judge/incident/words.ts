import { sayDuration } from '../../../core/durations.ts';
import { localDay, localTime } from '../../../core/local-time.ts';
import type { Verdict } from '../../../core/shapes.ts';
import type { Gap } from '../outage/schema.ts';
import { type Finding, find, spanOf } from './cause.ts';
import type { Member } from './member.ts';
import { lengthOf, type Span, union } from './spans.ts';
import { hasName, type Theme, themeOf, themes, themeWords } from './themes.ts';

/** A verdict that is surer than this is told as a fault, less sure ones as a question. */
const sureRatio = 0.75;
/** Fewer exchanges say nothing about who answered. */
const fewExchanges = 3;
/** Interruptions from this many on are a line that is not steady. */
const unsteadyCount = 3;
/** Gaps that are told one by one; the page has them all. */
const maxGaps = 3;

export interface Facts {
  /** Not empty. */
  members: readonly Member[];
  /** Gaps of the same time. */
  gaps: readonly Gap[];
  nowMs: number;
  timezone: string;
  /** More than one line is watched: name the one that is spoken of. */
  lineName: string | null;
}

export interface Words {
  title: string;
  text: string;
}

/** One kind of trouble of an incident, with each moment counted once. */
interface Strand {
  theme: Theme;
  /** The one destination, where it is about one. */
  name: string;
  spans: Span[];
  isOpen: boolean;
  /** Watching stopped during the last one: how long it was is not known. */
  isCutOff: boolean;
}

/** What happened, since when, how long and whose fault: as far as the evidence says it. */
export function wordsOf(facts: Facts): Words {
  const finding = find(facts.members, facts.nowMs);
  const strands = strandsOf(facts);
  const [main, ...others] = strands;
  if (!main) return { title: '', text: '' };
  const text = [
    sentenceOf(main, facts),
    measureOf(main.theme, finding.leading),
    whoAnswered(main.theme, finding.leading),
    faultOf(finding, facts),
    ...alsoOf(others),
    ...facts.gaps.slice(0, maxGaps).map((gap) => gapSentence(gap, facts.timezone)),
    main.isCutOff ? 'Watching stopped while it lasted, so when it ended is not known.' : '',
  ];
  const prefix = facts.lineName === null ? '' : `Line ${facts.lineName}: `;
  return { title: `${prefix}${titleOf(main, facts)}`, text: prefix + text.filter(Boolean).join(' ') };
}

function strandsOf({ members, nowMs }: Facts): Strand[] {
  const keyed = Map.groupBy(members, (member) => {
    const theme = themeOf(member);
    return hasName(theme) ? `${theme} ${member.target}` : theme;
  });
  const strands = [...keyed.values()].map((records): Strand => {
    const [first] = records as [Member, ...Member[]]; // a group has at least one
    const last = records.reduce((a, b) => ((b.endedMs ?? nowMs) > (a.endedMs ?? nowMs) ? b : a));
    return {
      theme: themeOf(first),
      name: first.targetName ?? 'One destination',
      spans: union(records.map((record) => spanOf(record, nowMs))),
      isOpen: records.some(({ endedMs }) => endedMs === null),
      isCutOff: last.endedBy === 'gap',
    };
  });
  const rank = ({ theme }: Strand) => themes.indexOf(theme);
  return strands.sort((a, b) => rank(a) - rank(b) || lengthOf(b.spans) - lengthOf(a.spans));
}

const named = (words: string, { name }: Strand) => words.replace('{name}', () => name);

function titleOf(strand: Strand, { timezone }: Facts): string {
  const { theme, spans, isOpen, isCutOff } = strand;
  const { title: ended, was, hasBeen } = themeWords[theme];
  const title = named(isOpen && ended === was ? hasBeen : ended, strand);
  const fromMs = spans[0]?.fromMs ?? 0;
  const toMs = spans.at(-1)?.toMs ?? fromMs;
  const count = spans.length;
  const since = `since ${localTime(fromMs, timezone)}`;
  if (theme === 'no-answer' && count >= unsteadyCount)
    return `Unstable line: ${count} interruptions ${isOpen ? since : `in ${sayDuration(toMs - fromMs)}`}`;
  if (count > 1) {
    const total = isOpen ? since : `${isCutOff ? 'at least ' : ''}${sayDuration(lengthOf(spans))} in total`;
    return `${title} ${times(count)}${isOpen ? ' ' : ', '}${total}`;
  }
  if (isOpen) return `${title} ${since}`;
  return `${title} for ${isCutOff ? 'at least ' : ''}${sayDuration(lengthOf(spans))}`;
}

function sentenceOf(strand: Strand, { timezone }: Facts): string {
  const { theme, spans, isOpen } = strand;
  const { was, hasBeen } = themeWords[theme];
  const fromMs = spans[0]?.fromMs ?? 0;
  const toMs = spans.at(-1)?.toMs ?? fromMs;
  const from = localTime(fromMs, timezone);
  const total = sayDuration(lengthOf(spans));
  if (spans.length === 1) {
    if (isOpen) return `${named(hasBeen, strand)} since ${from} (${total}).`;
    return `${named(was, strand)} ${range(fromMs, toMs, timezone)} (${total}).`;
  }
  const longest = sayDuration(Math.max(...spans.map((span) => span.toMs - span.fromMs)));
  if (isOpen)
    return `${named(hasBeen, strand)} ${times(spans.length)} since ${from}, ${total} in total up to now.`;
  const between = range(fromMs, toMs, timezone).replace(/^from (.*) to (.*)$/, 'between $1 and $2');
  return `${named(was, strand)} ${times(spans.length)} ${between}, ${total} in total, the longest for ${longest}.`;
}

const times = (count: number) => (count === 2 ? 'twice' : `${count} times`);

/** "from 19:42:07 to 19:51:30", with the days where there are two. */
export function range(fromMs: number, toMs: number, timezone: string): string {
  const hasDays = localDay(fromMs, timezone) !== localDay(toMs, timezone);
  return `from ${localTime(fromMs, timezone, hasDays)} to ${localTime(toMs, timezone, hasDays)}`;
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
  if (ratio <= 0.2) return 'answered';
  return ratio >= 0.9 ? 'silent' : null;
}

/** Which stations answered while nothing beyond did. */
function whoAnswered(theme: Theme, { witnesses }: Member): string {
  if (theme === 'service') return 'Everything else answered.';
  if (theme === 'ipv6') return 'IPv4 was not affected.';
  if (theme === 'ipv4') return 'IPv6 worked.';
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
    return `${told} (${sayDuration(lengthOf(strand.spans))})`;
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
