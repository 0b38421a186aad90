import type { Gap } from '../outage/schema.ts';
import type { Incident, TimelineItem } from './schema.ts';
import { gapSentence } from './words.ts';

/** Incidents, their recoveries and gaps as one list, newest first. What merely works is no event. */
export function timelineOf(
  incidents: readonly Incident[],
  gaps: readonly Gap[],
  timezone: string,
): TimelineItem[] {
  const items = [
    ...incidents.flatMap(itemsOf),
    ...gaps.map((gap): TimelineItem => {
      const text = gapSentence(gap, timezone);
      return {
        id: `gap-${gap.id}`,
        kind: 'gap',
        severity: null,
        at: gap.startedAt,
        endedAt: gap.endedAt,
        durationSeconds: secondsBetween(gap.startedAt, gap.endedAt),
        title: 'Not measured',
        text,
        incident: null,
      };
    }),
  ];
  return items.sort((a, b) => b.at.localeCompare(a.at) || b.id.localeCompare(a.id));
}

function itemsOf({ id, kind, severity, startedAt, endedAt, title, text }: Incident): TimelineItem[] {
  const durationSeconds = endedAt === null ? null : secondsBetween(startedAt, endedAt);
  const began: TimelineItem = {
    id: `incident-${id}`,
    kind,
    severity,
    at: startedAt,
    endedAt,
    durationSeconds,
    title,
    text,
    incident: id,
  };
  if (endedAt === null) return [began];
  const over = kind === 'outage' ? 'Works again' : 'Well again';
  return [
    began,
    {
      id: `incident-${id}-over`,
      kind: 'recovery',
      severity: null,
      at: endedAt,
      endedAt,
      durationSeconds,
      title: over,
      text: `${over}. ${title}.`,
      incident: id,
    },
  ];
}

const secondsBetween = (from: string, to: string) => (Date.parse(to) - Date.parse(from)) / 1000;
