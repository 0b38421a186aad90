import type { DemoPlan, Happening } from './happenings.ts';

/** An event for the list of what happened. */
export interface ChronicleEvent {
  atMs: number;
  kind: 'state.changed' | 'link.changed' | 'service.started' | 'gap' | 'target.changed';
  text: string;
  line?: string;
}

/** What the appliance would have noted over the year, in time order. Anything shorter than this goes unnoticed. */
const noticedMs = 5000;

export function chronicleOf(plan: DemoPlan, line: string): ChronicleEvent[] {
  const first: ChronicleEvent = { atMs: plan.startedAtMs, kind: 'service.started', text: 'Measuring began.' };
  const past = plan.happenings.filter((one) => one.endedAtMs <= plan.nowMs);
  const told = past.flatMap((one) =>
    one.endedAtMs - one.startedAtMs < noticedMs ? [] : eventsOf(one, line),
  );
  const moved: ChronicleEvent = {
    atMs: plan.providerChangedAtMs + 47 * 60_000,
    kind: 'link.changed',
    text: 'The line has another provider: the first router behind yours is a new one.',
    line,
  };
  const isInside = ({ atMs }: ChronicleEvent) => atMs >= plan.startedAtMs && atMs <= plan.nowMs;
  return [first, moved, ...told].filter(isInside).sort((one, other) => one.atMs - other.atMs);
}

function eventsOf(one: Happening, line: string): ChronicleEvent[] {
  const lasted = inWords(one.endedAtMs - one.startedAtMs);
  const between = (begin: string, end: string): ChronicleEvent[] => [
    { atMs: one.startedAtMs, kind: 'state.changed', text: begin, line },
    { atMs: one.endedAtMs, kind: 'state.changed', text: end, line },
  ];
  const back = `Your Internet answers again after ${lasted}.`;
  const well = `Your Internet is well again after ${lasted}.`;
  switch (one.kind) {
    case 'access':
      return between(
        "Your Internet stopped answering: your router answers, your provider's first router does not.",
        back,
      );
    case 'router':
      return between('Your Internet stopped answering: your router does not answer either.', back);
    case 'upstream':
      return between(
        "Your Internet stopped answering: your provider's first router answers, nothing beyond does.",
        back,
      );
    case 'names':
      return between(
        'The Internet answers, but names are not resolved.',
        `Names are resolved again after ${lasted}.`,
      );
    case 'ipv6':
      return between('IPv6 gets no answer, IPv4 works.', `IPv6 answers again after ${lasted}.`);
    case 'service':
      return between(
        `${one.address} does not answer; everything else does.`,
        `${one.address} answers again after ${lasted}.`,
      );
    case 'bufferbloat':
      return between('Answers take much longer than a quarter of an hour ago: the line is full.', well);
    case 'noise':
      return between(`${Math.round(one.depth * 100)} % of the packets of the last minute were lost.`, well);
    case 'wifi':
      return between(
        'This box hangs on Wi-Fi: answers of your own router vary a lot.',
        'This box hangs on a cable again.',
      );
    case 'route':
      return between(
        `${one.address} is reached by a longer way: ${one.depth} ms more.`,
        `${one.address} is reached by its old way again.`,
      );
    case 'power':
      return [
        {
          atMs: one.startedAtMs,
          kind: 'gap',
          text: `Nothing was measured for ${lasted}: this box had no power.`,
        },
        { atMs: one.endedAtMs, kind: 'service.started', text: 'Measuring began again.' },
      ];
  }
}

/** "9 min 24 s", "2 h 14 min", "7 days". */
function inWords(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds >= 2 * 86_400) return `${Math.round(seconds / 86_400)} days`;
  const parts = [
    [Math.floor(seconds / 3600), 'h'],
    [Math.floor((seconds % 3600) / 60), 'min'],
    [seconds % 60, 's'],
  ] as const;
  const first = parts.findIndex(([count]) => count > 0);
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ');
}
