import type { Span } from '../charts/scale.ts';
import type { BarKind, TimelineItem } from '../charts/timeline-maths.ts';
import { duration, moment } from './format.ts';
import type { Book } from './outages-loader.ts';
import { incidentOfOutage } from './troubles.ts';
import { outagesWords } from './words/outages.ts';
import { verdictWords } from './words/verdict.ts';

const words = outagesWords.timeline;

/** Everything the timeline shows of a range. What was before watching began is as unobserved as a gap. */
export function timelineItems(
  book: Book,
  range: Span,
  firstMs: number | null,
  nowMs: number,
): TimelineItem[] {
  const item = (
    kind: BarKind,
    line: string | null,
    one: { startedAt: string; endedAt: string | null },
    what: string,
    href: string | null = null,
  ): TimelineItem => {
    const fromMs = Date.parse(one.startedAt);
    const toMs = one.endedAt === null ? null : Date.parse(one.endedAt);
    const label = `${words.kind[kind]}, ${moment(fromMs, nowMs)}, ${duration((toMs ?? nowMs) - fromMs)}: ${what}`;
    return { kind, line, fromMs, toMs, label, href };
  };
  const items = [
    ...book.list.outages.map((one) => {
      const incident = incidentOfOutage(one.id, book.incidents);
      const href = incident && `/incident?id=${incident.id}`;
      return item(one.kind, one.line, one, verdictWords.short[one.verdict], href);
    }),
    ...book.list.busy.map((one) => item('busy', one.line, one, one.text)),
    ...book.list.gaps.map((one) => item('gap', null, one, one.text)),
  ];
  const isNothing = firstMs === null && book.list.uptime.ratio === null;
  const beginMs = isNothing ? range.toMs : firstMs;
  if (beginMs === null || beginMs <= range.fromMs) return items;
  const before = { kind: 'gap', line: null, fromMs: range.fromMs, toMs: beginMs } as const;
  return [...items, { ...before, label: words.before, href: null }];
}
