import type { Gap } from '../outage/schema.ts';
import type { Member } from './member.ts';

/** What is at most this far apart is one story for whoever lives with it. */
export const pauseMs = 10 * 60_000;
/** The same for a line that comes and goes with the same cause. */
export const flappingPauseMs = 30 * 60_000;
/** Fewer than this are no flapping. */
const flappingCount = 3;
/** Records of one event do not begin and end in the same second. */
export const touchMs = 60_000;

export type Grouped = Pick<
  Member,
  | 'outage'
  | 'line'
  | 'family'
  | 'kind'
  | 'symptom'
  | 'verdict'
  | 'target'
  | 'startedMs'
  | 'endedMs'
  | 'endedBy'
>;

export interface GapSpan {
  fromMs: number;
  toMs: number;
}

export interface HeldIncident {
  id: number;
  isEdited: boolean;
  /** Ids of outages; never taken away from it here. */
  outages: readonly number[];
}

export interface Assignment {
  /** The incident that these outages belong to; null when it is to be made. */
  incident: number | null;
  /** In the order in which they began. */
  outages: number[];
  /** Incidents that are one with it now. */
  absorbed: number[];
}

/** What a record is about: the line as a whole, names, or one destination. */
export function scopeOf({ symptom, verdict, target }: Pick<Grouped, 'symptom' | 'verdict' | 'target'>) {
  if (symptom === 'names' || symptom === 'slow-names') return 'names';
  return target !== null || verdict === 'service' ? 'service' : 'line';
}

/**
 * Puts outages into incidents. Every rule is about two records, or about three that are alike, and more records never
 * undo a link; so the order of arrival does not matter. What an incident holds it keeps, and what a person has put
 * together or taken apart is left as it is.
 */
export function assign(
  records: readonly Grouped[],
  gaps: readonly GapSpan[],
  incidents: readonly HeldIncident[],
): Assignment[] {
  const byHand = new Set(incidents.filter(({ isEdited }) => isEdited).flatMap(({ outages }) => outages));
  const free = records
    .filter(({ outage }) => !byHand.has(outage))
    .sort((a, b) => a.startedMs - b.startedMs || a.outage - b.outage);
  const held = incidents.filter(({ isEdited }) => !isEdited);
  const sets = new Sets();
  for (const { outages } of held) for (const outage of outages) sets.join(outages[0] ?? outage, outage);
  for (const { outage } of free) sets.add(outage);
  for (const [one, other] of links(free, gaps)) sets.join(one.outage, other.outage);

  const place = new Map(free.map(({ outage }, index) => [outage, index]));
  const order = (outage: number) => place.get(outage) ?? -1; // held ones that were not asked about are older
  return sets.all().map((members) => {
    const owners = held
      .filter(({ outages }) => outages.some((outage) => members.includes(outage)))
      .map(({ id }) => id)
      .sort((a, b) => a - b);
    const outages = members.sort((a, b) => order(a) - order(b) || a - b);
    return { incident: owners[0] ?? null, outages, absorbed: owners.slice(1) };
  });
}

/** Every two records that belong together by a rule. */
function* links(sorted: readonly Grouped[], gaps: readonly GapSpan[]): Generator<[Grouped, Grouped]> {
  const bridges = joinGaps(gaps);
  for (const [index, one] of sorted.entries()) {
    const reachMs = reachOf(one, bridges);
    for (let next = index + 1; next < sorted.length; next += 1) {
      const other = sorted[next]!; // within its length
      if (other.startedMs > reachMs) break; // those behind it began later still
      if (one.line !== other.line) continue;
      const isNear = strandOf(one) === strandOf(other) && pauseBetween(one, other) <= pauseMs;
      if (isNear || isAcrossFamilies(one, other) || isBridged(one, other, bridges)) yield [one, other];
      else if (canExplain(one, other) || canExplain(other, one)) yield [one, other];
    }
  }
  yield* flapping(sorted);
}

/** What a record is compared with by time alone: its like. */
function strandOf(record: Grouped): string {
  const scope = scopeOf(record);
  if (scope === 'service') return `${record.line} service ${record.target}`;
  if (scope === 'names') return `${record.line} names`;
  return `${record.line} ${record.family === 'ipv6' ? 'ipv6' : 'ipv4'}`;
}

const endOf = ({ endedMs }: Grouped) => endedMs ?? Number.POSITIVE_INFINITY;

/** No rule about two records links one to another that began later than this. */
function reachOf(one: Grouped, bridges: readonly GapSpan[]): number {
  const endMs = endOf(one);
  const over =
    one.endedBy === 'gap' ? bridges.filter((gap) => isCutOffBy(one, gap)).map(({ toMs }) => toMs) : [];
  return Math.max(endMs, ...over) + pauseMs;
}

/** Negative where they overlap. */
function pauseBetween(one: Grouped, other: Grouped): number {
  return Math.max(one.startedMs, other.startedMs) - Math.min(endOf(one), endOf(other));
}

/** IPv6 alone is another story than the line, unless both are down at once. */
function isAcrossFamilies(one: Grouped, other: Grouped): boolean {
  return scopeOf(one) === 'line' && scopeOf(other) === 'line' && pauseBetween(one, other) <= 0;
}

/** Watching stopped during the first and the second was there when it began again. */
function isBridged(one: Grouped, other: Grouped, gaps: readonly GapSpan[]): boolean {
  if (strandOf(one) !== strandOf(other)) return false;
  const [first, second] = endOf(one) <= endOf(other) ? [one, other] : [other, one];
  if (first.endedBy !== 'gap') return false;
  return gaps.some(
    (gap) =>
      isCutOffBy(first, gap) && second.startedMs >= endOf(first) && second.startedMs <= gap.toMs + touchMs,
  );
}

const isCutOffBy = (record: Grouped, { fromMs, toMs }: GapSpan) =>
  endOf(record) >= fromMs - touchMs && endOf(record) <= toMs;

/** Gaps with hardly anything between them: a box that started several times. */
function joinGaps(gaps: readonly GapSpan[]): GapSpan[] {
  const joined: GapSpan[] = [];
  for (const gap of [...gaps].sort((a, b) => a.fromMs - b.fromMs)) {
    const last = joined.at(-1);
    if (last && gap.fromMs <= last.toMs + touchMs) last.toMs = Math.max(last.toMs, gap.toMs);
    else joined.push({ ...gap });
  }
  return joined;
}

type Symptom = Grouped['symptom'];

/** What a trouble of the whole line makes of names and of single destinations. */
const explains: Partial<Record<Symptom, readonly Symptom[]>> = {
  'no-answer': ['no-answer', 'loss', 'latency', 'jitter', 'mtu', 'names', 'slow-names', 'portal'],
  portal: ['no-answer', 'loss', 'names', 'slow-names', 'portal'],
  loss: ['loss', 'latency', 'jitter', 'names', 'slow-names'],
  latency: ['latency', 'jitter', 'slow-names'],
  jitter: ['latency', 'jitter', 'slow-names'],
  mtu: ['mtu'],
};

/** A problem that had lasted long before the line broke has another reason, whatever the line does later. */
function canExplain(cause: Grouped, effect: Grouped): boolean {
  if (scopeOf(cause) !== 'line' || scopeOf(effect) === 'line') return false;
  if (!explains[cause.symptom]?.includes(effect.symptom)) return false;
  if (cause.symptom === 'no-answer' && cause.kind === 'degradation') return false; // only pings are refused
  if (cause.family !== 'both' && effect.family !== 'both' && cause.family !== effect.family) return false;
  return pauseBetween(cause, effect) <= touchMs && cause.startedMs - effect.startedMs <= pauseMs;
}

/** Chains of three and more with the same cause. */
function* flapping(sorted: readonly Grouped[]): Generator<[Grouped, Grouped]> {
  const alike = Map.groupBy(sorted, (record) => `${strandOf(record)} ${record.verdict}`);
  for (const records of alike.values()) {
    let chain: Grouped[] = [];
    let endMs = Number.NEGATIVE_INFINITY;
    for (const record of records) {
      if (record.startedMs - endMs > flappingPauseMs) chain = [];
      chain.push(record);
      endMs = chain.length === 1 ? endOf(record) : Math.max(endMs, endOf(record));
      if (chain.length < flappingCount) continue;
      for (const other of chain.length === flappingCount ? chain.slice(0, -1) : chain.slice(-2, -1))
        yield [other, record];
    }
  }
}

/** Disjoint sets of outages. */
class Sets {
  readonly #parents = new Map<number, number>();

  add(outage: number): void {
    if (!this.#parents.has(outage)) this.#parents.set(outage, outage);
  }

  join(one: number, other: number): void {
    this.add(one);
    this.add(other);
    const [first, second] = [this.#rootOf(one), this.#rootOf(other)];
    this.#parents.set(Math.max(first, second), Math.min(first, second));
  }

  all(): number[][] {
    return [...Map.groupBy(this.#parents.keys(), (outage) => this.#rootOf(outage)).values()];
  }

  #rootOf(outage: number): number {
    let root = outage;
    for (let next = this.#parents.get(root); next !== undefined && next !== root; ) {
      root = next;
      next = this.#parents.get(root);
    }
    return root;
  }
}

export function gapSpanOf({ startedAt, endedAt }: Gap): GapSpan {
  return { fromMs: Date.parse(startedAt), toMs: Date.parse(endedAt) };
}
