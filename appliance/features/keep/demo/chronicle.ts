import type { DemoPlan, Happening } from './happenings.ts';

/** An event for the list of what happened. */
export interface ChronicleEvent {
  atMs: number;
  kind: 'link.changed' | 'path.changed' | 'service.started';
  text: string;
  line?: string;
}

/** What lasts for days is the state of the house, and no outage of its line. */
const backgroundMs = 24 * 3_600_000;
/** The provider's first router is found a while after the line was switched over. */
const foundAfterMs = 47 * 60_000;

export function isBackground({ startedAtMs, endedAtMs }: Happening): boolean {
  return endedAtMs - startedAtMs >= backgroundMs;
}

/** What the appliance would have noted over the year besides outages and gaps, in time order. */
export function chronicleOf(plan: DemoPlan, line: string): ChronicleEvent[] {
  const first: ChronicleEvent = { atMs: plan.startedAtMs, kind: 'service.started', text: 'Measuring began.' };
  const moved: ChronicleEvent = {
    atMs: plan.providerChangedAtMs + foundAfterMs,
    kind: 'link.changed',
    text: 'The line has another provider: the first router behind yours is a new one.',
    line,
  };
  const told = plan.happenings.filter(isBackground).flatMap((one) => eventsOf(one, line));
  const isInside = ({ atMs }: ChronicleEvent) => atMs >= plan.startedAtMs && atMs <= plan.nowMs;
  return [first, moved, ...told].filter(isInside).sort((one, other) => one.atMs - other.atMs);
}

function eventsOf(
  { kind, startedAtMs, endedAtMs, address, depth }: Happening,
  line: string,
): ChronicleEvent[] {
  const between = (as: ChronicleEvent['kind'], begin: string, end: string): ChronicleEvent[] => [
    { atMs: startedAtMs, kind: as, text: begin, line },
    { atMs: endedAtMs, kind: as, text: end, line },
  ];
  if (kind === 'wifi')
    return between('link.changed', 'This box hangs on Wi-Fi now.', 'This box hangs on a cable again.');
  if (kind !== 'route') return [];
  return between(
    'path.changed',
    `${address} is reached by a longer way: ${depth} ms more.`,
    `${address} is reached by its old way again.`,
  );
}
