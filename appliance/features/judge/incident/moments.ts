import { sayDuration } from '../../../core/durations.ts';
import type { LinkState } from '../../watch/link/schema.ts';
import type { PathTrace } from '../../watch/path/schema.ts';
import type { BusyPeriod, Gap, Outage } from '../outage/schema.ts';
import { memberOf } from './member.ts';
import type { IncidentMoment, IncidentNote } from './schema.ts';
import { themeOf, themeWords } from './themes.ts';
import { gapSentence, placeNames, places } from './words.ts';

/** Moments of one timeline; a line in ruins for a day has more, and nobody reads them one by one. */
const maxMoments = 500;

export interface Happened {
  outages: readonly Outage[];
  gaps: readonly Gap[];
  busy: readonly BusyPeriod[];
  notes: readonly IncidentNote[];
  /** States of the line's link, oldest first, led by the one before. */
  links: readonly LinkState[];
  /** Traces of the time and the newest before it. */
  traces: readonly PathTrace[];
  timezone: string;
}

/** What happened, in the order of time. */
export function momentsOf(happened: Happened): IncidentMoment[] {
  const moments = [
    ...happened.outages.flatMap(momentsOfOutage),
    ...linkMoments(happened.links),
    ...pathMoments(happened.traces),
    ...happened.gaps.map((gap) => ({
      at: gap.startedAt,
      kind: 'gap',
      text: gapSentence(gap, happened.timezone),
    })),
    ...happened.busy.map((busy) => ({ at: busy.startedAt, kind: 'busy', text: busy.text })),
    ...happened.notes.map(({ at, text }) => ({ at, kind: 'note', text })),
  ];
  const atMs = ({ at }: IncidentMoment) => Date.parse(at);
  return moments
    .map((moment, index) => ({ moment, index }))
    .sort((a, b) => atMs(a.moment) - atMs(b.moment) || a.index - b.index)
    .map(({ moment }) => moment)
    .slice(0, maxMoments);
}

function momentsOfOutage(outage: Outage): IncidentMoment[] {
  const { startedAt, announcedAt, decidedAt, endedAt, endedBy, verdict, confidence, evidence } = outage;
  const member = memberOf(outage);
  const { was } = themeWords[themeOf(member)];
  const what = was.replace('{name}', () => member.targetName ?? 'one destination');
  const startMs = Date.parse(startedAt);
  const after = (iso: string) => sayDuration(Date.parse(iso) - startMs);
  const moments: IncidentMoment[] = [
    { at: startedAt, kind: 'first-loss', text: `${what}: the first exchange that shows it.` },
    { at: announcedAt, kind: 'noticed', text: `Noticed after ${after(announcedAt)}.` },
  ];
  for (const { at, segment } of evidence.phases.slice(1))
    moments.push({ at, kind: 'verdict', text: `The break moved: now ${placeNames[segment] ?? segment}.` });
  if (decidedAt !== null) {
    const cause =
      verdict === 'unclear'
        ? 'the evidence does not say whose fault it is'
        : `${places[verdict]} (${Math.round(confidence * 100)} % sure)`;
    moments.push({ at: decidedAt, kind: 'verdict', text: `Judged after ${after(decidedAt)}: ${cause}.` });
  }
  if (endedAt !== null)
    moments.push(
      endedBy === 'gap'
        ? { at: endedAt, kind: 'gap', text: `The last that was seen of it, after ${after(endedAt)}.` }
        : { at: endedAt, kind: 'recovered', text: `Over after ${after(endedAt)}.` },
    );
  return moments;
}

/** What became another one from each state of the link to the next. */
function linkMoments(links: readonly LinkState[]): IncidentMoment[] {
  return links.flatMap((after, index) => {
    const before = links[index - 1];
    if (!before) return [];
    const text = linkChanges(before, after).join('. ');
    return text === '' ? [] : [{ at: after.at, kind: 'link', text: `${text}.` }];
  });
}

export function linkChanges(before: LinkState, after: LinkState): string[] {
  const changes: string[] = [];
  const via = after.interface ?? before.interface ?? 'the interface';
  if (before.interface !== after.interface && after.interface !== null && before.interface !== null)
    changes.push(`The line moved from ${before.interface} to ${after.interface}`);
  if (before.hasCarrier && !after.hasCarrier) changes.push(`${via} lost its carrier: cable or Wi-Fi`);
  if (!before.hasCarrier && after.hasCarrier) changes.push(`${via} has a carrier again`);
  const lost = before.addresses.filter((address) => !after.addresses.includes(address));
  const gained = after.addresses.filter((address) => !before.addresses.includes(address));
  if (lost.length > 0) changes.push(`Address ${lost.join(', ')} went away`);
  if (gained.length > 0) changes.push(`Address ${gained.join(', ')} came`);
  for (const now of after.families) {
    const was = before.families.find(({ family }) => family === now.family);
    if (!was) continue;
    const family = now.family === 'ipv4' ? 'IPv4' : 'IPv6';
    if (was.hasRoute !== now.hasRoute)
      changes.push(
        now.hasRoute ? `${family} has a default route again` : `The default route of ${family} went away`,
      );
    if (was.gateway !== now.gateway && was.gateway !== null && now.gateway !== null)
      changes.push(`The router of ${family} is ${now.gateway} now, it was ${was.gateway}`);
    else if (was.gatewayMac !== now.gatewayMac && was.gatewayMac !== null && now.gatewayMac !== null)
      changes.push(
        `Another device answers as the router of ${family}: ${now.gatewayMac} in place of ${was.gatewayMac}`,
      );
    const isGone = now.neighbour === 'failed' && was.neighbour !== 'failed';
    if (isGone) changes.push(`The router of ${family} is not found on the local network`);
    if (was.neighbour === 'failed' && now.neighbour === 'reachable')
      changes.push(`The router of ${family} is found on the local network again`);
  }
  return changes;
}

/** Where one whole way to a target differs from the whole one before it. */
function pathMoments(traces: readonly PathTrace[]): IncidentMoment[] {
  const whole = traces.filter(({ isReached }) => isReached).sort((a, b) => a.at.localeCompare(b.at));
  return [...Map.groupBy(whole, ({ target }) => target)].flatMap(([target, way]) =>
    way.flatMap((after, index) => {
      const before = way[index - 1];
      if (!before || before.fingerprint === after.fingerprint) return [];
      const at = differsFrom(before, after);
      return [
        {
          at: after.at,
          kind: 'path-changed',
          text: `The way to ${target} is another one${at === null ? '' : ` from hop ${at} on`}.`,
        },
      ];
    }),
  );
}

function differsFrom(before: PathTrace, after: PathTrace): number | null {
  for (const hop of after.hops) {
    const was = before.hops.find(({ ttl }) => ttl === hop.ttl);
    const isSame = was?.addresses.some((address) => hop.addresses.includes(address)) ?? false;
    if (!isSame && hop.addresses.length > 0) return hop.ttl;
  }
  return null;
}
