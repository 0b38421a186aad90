import { uniform } from './noise.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/**
 * What is wrong, and thereby what still answers.
 * access: the line to the provider. router: the router restarts, then the line synchronises. upstream: behind the
 * provider's first router. names: the resolvers do not answer queries. ipv6: only IPv6. service: one destination.
 * power: the box is off too, nothing is measured. bufferbloat: an upload fills the queue. noise: packets are lost in
 * bursts. wifi: the box hangs on Wi-Fi, and where the depth is large a neighbour's is in the way. route: one destination
 * is reached by a longer way.
 */
export type HappeningKind =
  | 'access'
  | 'router'
  | 'upstream'
  | 'names'
  | 'ipv6'
  | 'service'
  | 'power'
  | 'bufferbloat'
  | 'noise'
  | 'wifi'
  | 'route';

export interface Happening {
  kind: HappeningKind;
  startedAtMs: number;
  endedAtMs: number;
  /** In the unit of its kind: ms of delay for bufferbloat and route, share lost for noise, times the loss for wifi; else 1. */
  depth: number;
  /** For service and route. */
  address?: string;
}

export interface DemoPlan {
  startedAtMs: number;
  /** When history ends and the live part begins. */
  nowMs: number;
  /** From here on the household has its new provider. */
  providerChangedAtMs: number;
  /** In time order; those after `nowMs` happen while somebody watches. */
  happenings: readonly Happening[];
}

export const demoAddresses = { google: '8.8.8.8', quad9: '9.9.9.9' } as const;

/** Moments that everyone who opens the demo finds at the same distance from today. Times are UTC. */
const told: readonly (Omit<Happening, 'startedAtMs' | 'endedAtMs'> & {
  daysAgo: number;
  at: string;
  minutes: number;
})[] = [
  { kind: 'access', daysAgo: 1, at: '18:42:07', minutes: 9.4, depth: 1 },
  { kind: 'bufferbloat', daysAgo: 2, at: '19:04:30', minutes: 74, depth: 190 },
  { kind: 'router', daysAgo: 3, at: '03:12:40', minutes: 2.6, depth: 1 },
  { kind: 'noise', daysAgo: 4, at: '16:20:00', minutes: 14, depth: 0.07 },
  { kind: 'service', daysAgo: 6, at: '13:17:12', minutes: 41, depth: 1, address: demoAddresses.quad9 },
  { kind: 'upstream', daysAgo: 12, at: '09:31:18', minutes: 24, depth: 1 },
  { kind: 'names', daysAgo: 19, at: '20:05:44', minutes: 38, depth: 1 },
  { kind: 'ipv6', daysAgo: 27, at: '01:02:10', minutes: 188, depth: 1 },
  { kind: 'power', daysAgo: 33, at: '17:12:33', minutes: 134, depth: 1 },
  { kind: 'wifi', daysAgo: 48, at: '08:30:00', minutes: 7 * 24 * 60, depth: 1 },
  { kind: 'wifi', daysAgo: 47, at: '19:10:00', minutes: 8, depth: 7 },
  { kind: 'wifi', daysAgo: 44, at: '20:35:20', minutes: 11, depth: 7 },
  { kind: 'wifi', daysAgo: 42, at: '18:52:10', minutes: 7, depth: 7 },
  {
    kind: 'route',
    daysAgo: 96,
    at: '05:14:00',
    minutes: 25 * 24 * 60,
    depth: 11,
    address: demoAddresses.google,
  },
  { kind: 'bufferbloat', daysAgo: 118, at: '18:30:00', minutes: 105, depth: 240 },
  { kind: 'access', daysAgo: 152, at: '10:47:20', minutes: 317, depth: 1 },
  { kind: 'upstream', daysAgo: 187, at: '14:20:05', minutes: 52, depth: 1 },
  { kind: 'access', daysAgo: 221, at: '12:00:00', minutes: 47, depth: 1 },
  { kind: 'power', daysAgo: 260, at: '02:31:50', minutes: 26, depth: 1 },
];
const providerChangedDaysAgo = 221;

/** While somebody watches, minutes after the start: enough to see how the page speaks of it. */
const live: readonly { kind: HappeningKind; afterMinutes: number; minutes: number; depth: number }[] = [
  { kind: 'noise', afterMinutes: 1.5, minutes: 0.5, depth: 0.12 },
  { kind: 'access', afterMinutes: 4, minutes: 0.45, depth: 1 },
  { kind: 'bufferbloat', afterMinutes: 9, minutes: 2, depth: 120 },
  { kind: 'names', afterMinutes: 16, minutes: 1.5, depth: 1 },
  { kind: 'router', afterMinutes: 27, minutes: 2.2, depth: 1 },
];
/** The live happenings come again after this long, for as long as the demo runs. */
const livePeriodMs = 45 * minuteMs;
const liveDays = 2;

/** The year that ends now. The same seed and moment give the same year. */
export function planYear(seed: number, nowMs: number, days: number): DemoPlan {
  const startedAtMs = Math.floor(nowMs / dayMs) * dayMs - days * dayMs;
  const today = Math.floor(nowMs / dayMs) * dayMs;
  const happenings: Happening[] = told.map(({ daysAgo, at, minutes, ...rest }) => {
    const begun = today - daysAgo * dayMs + ofDayMs(at);
    return { ...rest, startedAtMs: begun, endedAtMs: begun + minutes * minuteMs };
  });
  for (let day = 0; day < days; day += 1) {
    for (const one of ordinaryDay(seed, day, startedAtMs + day * dayMs, days - day)) {
      if (!happenings.some((other) => overlaps(one, other))) happenings.push(one);
    }
  }
  for (let at = nowMs; at < nowMs + liveDays * dayMs; at += livePeriodMs) {
    for (const { afterMinutes, minutes, ...rest } of live) {
      const begun = at + afterMinutes * minuteMs;
      happenings.push({ ...rest, startedAtMs: begun, endedAtMs: begun + minutes * minuteMs });
    }
  }
  const isInside = ({ startedAtMs: at, endedAtMs: end }: Happening) =>
    at >= startedAtMs && (end <= nowMs || at >= nowMs);
  return {
    startedAtMs,
    nowMs,
    providerChangedAtMs: today - providerChangedDaysAgo * dayMs + ofDayMs('12:00:00'),
    happenings: happenings.filter(isInside).sort((one, other) => one.startedAtMs - other.startedAtMs),
  };
}

/** What an ordinary day may bring: short losses of the line (more on the old one), noise, an evening upload. */
function ordinaryDay(seed: number, day: number, dayStartMs: number, daysAgo: number): Happening[] {
  const draw = (number: number) => uniform(seed + number, day);
  const isOldLine = daysAgo > providerChangedDaysAgo;
  const found: Happening[] = [];
  const add = (kind: HappeningKind, hour: number, minutes: number, depth: number) => {
    const begun = Math.round(dayStartMs + hour * hourMs);
    found.push({ kind, depth, startedAtMs: begun, endedAtMs: begun + Math.round(minutes * minuteMs) });
  };
  // Lengths spread over two orders of magnitude: most are seconds, a few are half an hour.
  const length = (number: number) => 0.08 * 250 ** (draw(number) ** 2);
  if (draw(1) < (isOldLine ? 0.16 : 0.035)) add('access', 24 * draw(2), length(3), 1);
  if (draw(4) < 0.02) add('upstream', 24 * draw(5), length(6), 1);
  if (draw(7) < 0.015) add('names', 24 * draw(8), 0.5 + 12 * draw(9), 1);
  if (draw(10) < 0.03) add('noise', 24 * draw(11), 6 + 10 * draw(12), 0.06 + 0.03 * draw(13));
  if (draw(14) < 0.12) add('bufferbloat', 16.5 + 4 * draw(15), 6 + 24 * draw(16), 60 + 120 * draw(17));
  // The provider works on its network in the small hours, about once a month.
  if (draw(18) < 0.03) add('access', 1 + 2 * draw(19), 3 + 11 * draw(20), 1);
  if (draw(21) < 0.008) add('router', 24 * draw(22), 2 + draw(23), 1);
  return found;
}

function overlaps(one: Happening, other: Happening): boolean {
  const margin = 10 * minuteMs;
  return one.startedAtMs < other.endedAtMs + margin && other.startedAtMs < one.endedAtMs + margin;
}

function ofDayMs(time: string): number {
  const [hours = 0, minutes = 0, seconds = 0] = time.split(':').map(Number);
  return ((hours * 60 + minutes) * 60 + seconds) * 1000;
}
