import { sayDuration } from '../../../core/durations.ts';
import { localDay, localTime } from '../../../core/local-time.ts';
import type { Gap } from '../outage/schema.ts';
import { spanOf } from './cause.ts';
import { touchMs } from './group.ts';
import type { Member } from './member.ts';
import { lengthOf, type Span, union } from './spans.ts';
import { hasName, type Theme, themeOf, themes, themeWords } from './themes.ts';

/** Interruptions from this many on are a line that is not steady. */
const unsteadyCount = 3;

export interface Facts {
  /** Not empty. */
  members: readonly Member[];
  /** Gaps of the same time. */
  gaps: readonly Gap[];
  nowMs: number;
  timezone: string;
  /** False: times are labels that nobody should be told; lengths are true all the same. */
  isClockKnown: boolean;
  /** More than one line is watched: name the one that is spoken of. */
  lineName: string | null;
}

/** One kind of trouble of an incident, with each moment counted once. */
export interface Strand {
  theme: Theme;
  /** The one destination, where it is about one. */
  name: string;
  /** Not empty. */
  records: readonly Member[];
  spans: Span[];
  fromMs: number;
  toMs: number;
  totalMs: number;
  /** Interruptions: what a gap parted may have been one. */
  count: number;
  isOpen: boolean;
  /** Watching stopped during the last one: how long it was is not known. */
  isCutOff: boolean;
}

/** The kinds of trouble of an incident, gravest first. */
export function strandsOf({ members, gaps, nowMs }: Facts): Strand[] {
  const keyed = Map.groupBy(members, (member) => {
    const theme = themeOf(member);
    return hasName(theme) ? `${theme} ${member.target}` : theme;
  });
  const strands = [...keyed.values()].map((records): Strand => {
    const [first] = records as [Member, ...Member[]]; // a group has at least one
    const last = records.reduce((a, b) => ((b.endedMs ?? nowMs) > (a.endedMs ?? nowMs) ? b : a));
    const spans = union(records.map((record) => spanOf(record, nowMs)));
    const cuts = records.filter(({ endedBy }) => endedBy === 'gap').map(({ endedMs }) => endedMs);
    const bridged = spans.filter((span, index) => {
      const before = spans[index - 1];
      return before !== undefined && cuts.includes(before.toMs) && isBridged(before, span, gaps);
    });
    return {
      theme: themeOf(first),
      name: first.targetName ?? 'One destination',
      records,
      spans,
      fromMs: spans[0]?.fromMs ?? 0,
      toMs: spans.at(-1)?.toMs ?? 0,
      totalMs: lengthOf(spans),
      count: spans.length - bridged.length,
      isOpen: records.some(({ endedMs }) => endedMs === null),
      isCutOff: last.endedBy === 'gap',
    };
  });
  const rank = ({ theme }: Strand) => themes.indexOf(theme);
  return strands.sort((a, b) => rank(a) - rank(b) || b.totalMs - a.totalMs);
}

/** Nothing was seen between them. */
function isBridged(before: Span, after: Span, gaps: readonly Gap[]): boolean {
  return gaps.some(
    ({ startedAt, endedAt }) =>
      Date.parse(startedAt) <= before.toMs + touchMs && Date.parse(endedAt) + touchMs >= after.fromMs,
  );
}

/** The words with the destination's name in them. */
export const named = (words: string, { name }: Strand) => words.replace('{name}', () => name);

export function titleOf(strand: Strand, facts: Facts): string {
  const { theme, count, isOpen, fromMs, toMs, totalMs } = strand;
  const { title: ended, was, hasBeen } = themeWords[theme];
  const title = named(isOpen && ended === was ? hasBeen : ended, strand);
  const total = `${isAtLeast(strand) ? 'at least ' : ''}${sayDuration(totalMs)}`;
  const since = facts.isClockKnown ? `since ${sinceTime(fromMs, facts)}` : `for ${total} up to now`;
  if (theme === 'no-answer' && count >= unsteadyCount)
    return `Unstable line: ${count} interruptions ${isOpen ? since : `in ${sayDuration(toMs - fromMs)}`}`;
  if (count > 1) return `${title} ${times(count)}${isOpen ? ` ${since}` : `, ${total} in total`}`;
  return `${title} ${isOpen ? since : `for ${total}`}`;
}

/** "The Internet was down from 19:42:07 to 19:51:30 (9 min 23 s)." */
export function sentenceOf(strand: Strand, facts: Facts): string {
  const { theme, spans, count, isOpen, fromMs, toMs } = strand;
  const what = named(themeWords[theme][isOpen ? 'hasBeen' : 'was'], strand);
  const total = sayDuration(strand.totalMs);
  if (count === 1) {
    const watched = spans.length > 1 ? ', as far as it was watched' : '';
    if (!facts.isClockKnown) return `${what} for ${total}${watched}.`;
    const when = isOpen ? `since ${sinceTime(fromMs, facts)}` : range(fromMs, toMs, facts.timezone);
    return `${what} ${when}${watched} (${total}).`;
  }
  const often = `${what} ${times(count)}`;
  if (isOpen) {
    const since = facts.isClockKnown ? ` since ${sinceTime(fromMs, facts)}` : '';
    return `${often}${since}, ${total} in total up to now.`;
  }
  const between = facts.isClockKnown
    ? range(fromMs, toMs, facts.timezone).replace(/^from (.*) to (.*)$/, 'between $1 and $2')
    : `within ${sayDuration(toMs - fromMs)}`;
  const longest = sayDuration(Math.max(...spans.map((span) => span.toMs - span.fromMs)));
  return `${often} ${between}, ${total} in total, the longest for ${longest}.`;
}

const isAtLeast = ({ isCutOff, spans, count }: Strand) => isCutOff || spans.length > count;

/** With the day where it is not today. */
function sinceTime(fromMs: number, { nowMs, timezone }: Facts): string {
  return localTime(fromMs, timezone, localDay(fromMs, timezone) !== localDay(nowMs, timezone));
}

const times = (count: number) => (count === 2 ? 'twice' : `${count} times`);

/** "from 19:42:07 to 19:51:30", with the days where there are two. */
export function range(fromMs: number, toMs: number, timezone: string): string {
  const hasDays = localDay(fromMs, timezone) !== localDay(toMs, timezone);
  return `from ${localTime(fromMs, timezone, hasDays)} to ${localTime(toMs, timezone, hasDays)}`;
}
