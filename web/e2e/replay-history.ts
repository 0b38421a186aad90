/** What went wrong in the replayed house: told moments and drawn ones, the same for the same start. */
import type { BusyPeriod, Gap, Outage } from '../../appliance/features/judge/outage/schema.ts';
import type { Target } from '../../appliance/features/watch/latency/schema.ts';
import { noise } from './replay-noise.ts';

export type Scenario = 'empty' | 'hour' | 'year' | 'down' | 'degraded' | 'busy' | 'gap' | 'lines';
export const scenarios: readonly Scenario[] = [
  'empty',
  'hour',
  'year',
  'down',
  'degraded',
  'busy',
  'gap',
  'lines',
];

export const second = 1000;
export const minute = 60 * second;
export const hour = 60 * minute;
export const day = 24 * hour;

export interface Trouble extends Pick<Outage, 'line' | 'symptom' | 'verdict' | 'candidates' | 'family'> {
  kind: Outage['kind'];
  confidence: number;
  fromMs: number;
  /** Null while it lasts. */
  toMs: number | null;
  /** Share lost; milliseconds where the symptom is latency. */
  depth: number;
  target: string | null;
}

export interface Rush extends Pick<BusyPeriod, 'line' | 'direction' | 'source' | 'downMbps' | 'upMbps'> {
  fromMs: number;
  toMs: number | null;
  addedMs: number;
}

export interface Hole {
  fromMs: number;
  toMs: number;
  reason: Gap['reason'];
}

export interface History {
  firstMs: number;
  /** In time order, like the others. */
  troubles: readonly Trouble[];
  rushes: readonly Rush[];
  holes: readonly Hole[];
}

const watchedMs: Record<Scenario, number> = {
  empty: -day, // the clock is not known: nothing counts yet
  hour,
  year: 365 * day,
  down: 9 * day,
  degraded: 9 * day,
  busy: 9 * day,
  gap: 9 * day,
  lines: 40 * day,
};

export function historyOf(scenario: Scenario, startedAtMs: number): History {
  const firstMs = startedAtMs - watchedMs[scenario];
  const past = (toldOf[scenario] ?? []).map((one) => troubleOf(one, startedAtMs));
  const drawn = scenario === 'year' || scenario === 'lines' ? drawnTroubles(firstMs, startedAtMs) : [];
  const isClear = (one: Trouble) =>
    past.every(
      (told) => one.fromMs > (told.toMs ?? startedAtMs) + hour || (one.toMs ?? 0) < told.fromMs - hour,
    );
  const holes = (holesOf[scenario] ?? []).map(({ ago, lasted, reason }) => ({
    fromMs: startedAtMs - ago,
    toMs: startedAtMs - ago + lasted,
    reason,
  }));
  const byStart = (a: { fromMs: number }, b: { fromMs: number }) => a.fromMs - b.fromMs;
  return {
    firstMs,
    troubles: [...past, ...drawn.filter(isClear)].sort(byStart),
    rushes: rushesOf(scenario, firstMs, startedAtMs).sort(byStart),
    holes: holes.sort(byStart),
  };
}

type Told = Pick<Trouble, 'verdict'> & { ago: number; lasted: number | null } & Partial<Trouble>;

function troubleOf({ ago, lasted, ...rest }: Told, startedAtMs: number): Trouble {
  const fromMs = startedAtMs - ago;
  return {
    line: 'main',
    kind: 'outage',
    symptom: 'no-answer',
    candidates: [rest.verdict],
    family: 'both',
    confidence: 0.97,
    depth: 1,
    target: null,
    fromMs,
    toMs: lasted === null ? null : fromMs + lasted,
    ...rest,
  };
}

const loss = { kind: 'degradation', symptom: 'loss' } as const;
const yearTold: readonly Told[] = [
  { ...loss, ago: 11.4 * hour, lasted: 6 * minute, verdict: 'access', depth: 0.12, confidence: 0.83 },
  { ago: 11 * hour + 17 * minute, lasted: 17 * minute, verdict: 'access' },
  { ago: 45.4 * hour, lasted: 4.2 * minute, verdict: 'dns', symptom: 'names', confidence: 0.9 },
  {
    ...loss,
    ago: 4.2 * day,
    lasted: 38 * minute,
    verdict: 'isp',
    candidates: ['isp', 'transit'],
    confidence: 0.62,
    depth: 0.06,
  },
  { ago: 5.3 * day, lasted: 55 * second, verdict: 'gateway', confidence: 0.95 },
  { ago: 6.1 * day, lasted: 22 * minute, verdict: 'ipv6', family: 'ipv6', confidence: 0.93 },
  {
    ...loss,
    ago: 9.2 * day,
    lasted: 41 * minute,
    verdict: 'service',
    confidence: 0.88,
    target: 'anchor-quad9-ipv4',
  },
  ...[0, 6, 9, 17, 31].map(
    (later): Told => ({ ago: 12 * day - later * minute, lasted: (7 + later) * second, verdict: 'access' }),
  ),
  { ago: 18 * day + 5 * hour, lasted: 5 * hour, verdict: 'access', confidence: 0.99 },
  { ago: 33.2 * day, lasted: 2 * minute, verdict: 'device', confidence: 0.99 },
  { ...loss, ago: 45 * day, lasted: 3 * hour, verdict: 'isp', symptom: 'mtu', depth: 0, confidence: 0.86 },
  {
    ago: 62 * day,
    lasted: 52 * minute,
    verdict: 'transit',
    candidates: ['transit', 'isp'],
    confidence: 0.71,
  },
  {
    ago: 200 * day,
    lasted: 12 * minute,
    verdict: 'unclear',
    candidates: ['access', 'gateway', 'unclear'],
    confidence: 0.38,
  },
  { ago: 241.2 * day, lasted: 1.2 * day, verdict: 'isp', confidence: 0.98 },
];
const nineDays: readonly Told[] = [{ ago: 5 * day + 25 * minute, lasted: 25 * minute, verdict: 'access' }];

const toldOf: Partial<Record<Scenario, readonly Told[]>> = {
  hour: [{ ago: 22.2 * minute, lasted: 1.2 * minute, verdict: 'access', confidence: 0.96 }],
  year: yearTold,
  lines: [
    ...yearTold.filter((one) => one.ago < 34 * day),
    { ago: 11.2 * hour, lasted: 3 * minute, verdict: 'isp', line: 'mobile', confidence: 0.7 },
    { ...loss, ago: 3.4 * day, lasted: 5 * hour, verdict: 'isp', line: 'mobile', depth: 0.04 },
  ],
  down: [...nineDays, { ago: 192 * second, lasted: null, verdict: 'access', confidence: 0.96 }],
  degraded: [
    ...nineDays,
    {
      ...loss,
      ago: 12 * minute,
      lasted: null,
      verdict: 'isp',
      candidates: ['isp', 'transit'],
      confidence: 0.58,
      depth: 0.09,
    },
  ],
  busy: nineDays,
  gap: nineDays,
};

type ToldHole = { ago: number; lasted: number; reason: Gap['reason'] };
const yearHoles: readonly ToldHole[] = [
  { ago: 2.9 * day + 41 * minute, lasted: 41 * minute, reason: 'power' },
  { ago: 57 * day, lasted: 3.5 * minute, reason: 'stopped' },
  { ago: 140 * day, lasted: 9 * day, reason: 'power' },
  { ago: 301 * day, lasted: 5 * hour, reason: 'suspended' },
];
const holesOf: Partial<Record<Scenario, readonly ToldHole[]>> = {
  hour: [{ ago: 38 * minute, lasted: 4 * minute, reason: 'not-measured' }],
  year: yearHoles,
  lines: yearHoles.slice(0, 1),
  down: yearHoles.slice(0, 1),
  degraded: yearHoles.slice(0, 1),
  busy: yearHoles.slice(0, 1),
  gap: [{ ago: 27 * minute, lasted: 21 * minute, reason: 'power' }],
};

/** Most are seconds long, a few half an hour; more of them on the old line. */
function drawnTroubles(firstMs: number, startedAtMs: number): Trouble[] {
  const found: Trouble[] = [];
  for (let number = 0; firstMs + number * day < startedAtMs - 2 * day; number += 1) {
    const draw = (seed: number) => noise(700 + seed, number);
    const ago = startedAtMs - firstMs - (number + draw(1)) * day;
    const often = ago > 240 * day ? 0.2 : 0.07;
    const lasted = Math.round((5 + 1500 * draw(2) ** 4) * second);
    if (draw(3) < often) found.push(troubleOf({ ago, lasted, verdict: 'access' }, startedAtMs));
    else if (draw(4) < 0.05)
      found.push(
        troubleOf({ ...loss, ago, lasted: lasted + 8 * minute, verdict: 'isp', depth: 0.05 }, startedAtMs),
      );
  }
  return found;
}

function rushesOf(scenario: Scenario, firstMs: number, startedAtMs: number): Rush[] {
  const rush = (fromMs: number, toMs: number | null, isUp: boolean): Rush => ({
    line: 'main',
    direction: isUp ? 'up' : 'down',
    source: isUp ? 'router' : 'inferred',
    downMbps: isUp ? 3.1 : null,
    upMbps: isUp ? 18.2 : null,
    addedMs: isUp ? 96 : 41,
    fromMs,
    toMs,
  });
  if (scenario === 'busy') return [rush(startedAtMs - 14 * minute, null, true)];
  if (scenario !== 'year' && scenario !== 'lines') return [];
  const found: Rush[] = [];
  for (let at = firstMs; at < startedAtMs - day; at += day) {
    if (noise(61, at / day) > 0.22) continue;
    const evening = new Date(at).setHours(19, 30, 0, 0) + noise(62, at / day) * 1.5 * hour;
    if (evening <= firstMs) continue;
    const lasted = (15 + 55 * noise(63, at / day)) * minute;
    found.push(rush(Math.round(evening), Math.round(evening + lasted), noise(64, at / day) < 0.5));
  }
  return found;
}

/** The stations a verdict silences. */
const reach: Partial<Record<Outage['verdict'], readonly Target['segment'][]>> = {
  device: ['gateway', 'isp', 'anchor', 'resolver'],
  lan: ['gateway', 'isp', 'anchor', 'resolver'],
  gateway: ['gateway', 'isp', 'anchor', 'resolver'],
  access: ['isp', 'anchor', 'resolver'],
  unclear: ['isp', 'anchor', 'resolver'],
  isp: ['anchor', 'resolver'],
  transit: ['anchor'],
  dns: ['resolver'],
  ipv6: ['isp', 'anchor'],
};

export function isAffected(trouble: Trouble, target: Target): boolean {
  if (trouble.line !== target.line) return false;
  if (trouble.target !== null) return trouble.target === target.id;
  if (trouble.family !== 'both' && trouble.family !== target.family) return false;
  return reach[trouble.verdict]?.includes(target.segment) ?? false;
}

export interface Effect {
  isMeasured: boolean;
  lossRatio: number;
  addedMs: number;
}

/** What the history does to one target at one moment. */
export function effectOf(history: History, target: Target, atMs: number): Effect {
  const effect: Effect = {
    isMeasured: !history.holes.some((hole) => atMs > hole.fromMs && atMs < hole.toMs),
    lossRatio: 0,
    addedMs: 0,
  };
  for (const one of history.troubles) {
    if (atMs < one.fromMs || (one.toMs !== null && atMs > one.toMs) || !isAffected(one, target)) continue;
    if (one.symptom === 'latency') effect.addedMs += one.depth;
    else effect.lossRatio = Math.max(effect.lossRatio, one.depth);
  }
  const rush = history.rushes.find((one) => atMs >= one.fromMs && (one.toMs === null || atMs <= one.toMs));
  if (rush && target.segment !== 'gateway') effect.addedMs += rush.addedMs;
  return effect;
}
