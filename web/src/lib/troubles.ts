import type { Incident, IncidentList } from '../../../appliance/features/judge/incident/schema.ts';
import type { BusyPeriod, Gap, Outage, OutageList } from '../../../appliance/features/judge/outage/schema.ts';
import type { Shade } from '../charts/live-scene.ts';
import { getJson, withQuery } from './api.ts';
import type { StreamMessage } from './event-parser.ts';

/** What Now speaks of: its tile of the uptime, and the outages the chart shades. */
export const troubleDays = 30;
const dayMs = 86_400_000;
/** The newest ones: for the last outage, and to find the incident of an event. */
const keptIncidents = 50;
/** A burst of events asks once; a forgotten page asks now and then, because the uptime moves by itself. */
const settleMs = 1500;
const refreshMs = 10 * 60_000;

/** Outages, busy periods, gaps and incidents of late, kept up to date by the stream. Reads nothing before `open`. */
export class Troubles {
  recent: OutageList | null = null;
  /** Newest first. */
  incidents: readonly Incident[] | null = null;
  failure: string | null = null;
  /** Grows with every event: a page with a range of its own then asks again. */
  version = 0;
  readonly #changed: () => void;
  readonly #nowMs: () => number;
  #isOpen = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(nowMs: () => number, changed: () => void) {
    this.#nowMs = nowMs;
    this.#changed = changed;
  }

  /** From now on somebody looks. */
  open(): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    void this.#load();
  }

  /** The stream was interrupted: what happened meanwhile has to be asked for. */
  reload(): void {
    this.version += 1;
    if (this.#isOpen) this.#soon(0);
    this.#changed();
  }

  /** Takes the events that this is about; others pass by. */
  take(message: StreamMessage): void {
    switch (message.event) {
      case 'outage.opened':
      case 'outage.updated':
      case 'outage.closed':
        this.#put('outages', JSON.parse(message.data) as Outage); // the event's schema, published by the same build
        break;
      case 'busy.changed':
        this.#put('busy', JSON.parse(message.data) as BusyPeriod); // as above
        break;
      case 'gap.recorded':
        this.#put('gaps', JSON.parse(message.data) as Gap); // as above
        break;
      case 'incident.updated':
        this.#putIncident(JSON.parse(message.data) as Incident); // as above
        break;
      default:
        return;
    }
    this.version += 1;
    if (this.#isOpen) this.#soon(settleMs);
    this.#changed();
  }

  #put<Name extends 'outages' | 'busy' | 'gaps'>(name: Name, one: OutageList[Name][number]): void {
    if (!this.recent) return;
    const list: readonly { id: number }[] = this.recent[name];
    this.recent = { ...this.recent, [name]: [one, ...list.filter((known) => known.id !== one.id)] };
  }

  #putIncident(one: Incident): void {
    if (!this.incidents) return;
    this.incidents = [one, ...this.incidents.filter((known) => known.id !== one.id)]
      .sort((a, b) => Date.parse(b.startedAt) - Date.parse(a.startedAt))
      .slice(0, keptIncidents);
  }

  #soon(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#load(), ms);
  }

  async #load(): Promise<void> {
    const nowMs = this.#nowMs();
    const to = new Date(nowMs).toISOString();
    const from = new Date(nowMs - troubleDays * dayMs).toISOString();
    try {
      const [recent, { incidents }] = await Promise.all([
        getJson<OutageList>(withQuery('/api/outages', { from, to })),
        getJson<IncidentList>(
          withQuery('/api/incidents', { from: new Date(0).toISOString(), to, limit: keptIncidents }),
        ),
      ]);
      this.recent = recent;
      this.incidents = incidents;
      this.failure = null;
    } catch (error) {
      this.failure = error instanceof Error ? error.message : String(error);
    }
    this.#soon(refreshMs);
    this.#changed();
  }
}

/** The gravest of the outages that last, and how many more there are. */
export function worstOpen(list: OutageList | null): { worst: Outage; others: number } | null {
  const rank = { critical: 0, high: 1, medium: 2 } as const;
  const open = (list?.outages ?? []).filter((one) => one.endedAt === null);
  const [worst] = open.sort(
    (a, b) =>
      Number(b.kind === 'outage') - Number(a.kind === 'outage') ||
      rank[a.severity] - rank[b.severity] ||
      Date.parse(a.startedAt) - Date.parse(b.startedAt),
  );
  return worst ? { worst, others: open.length - 1 } : null;
}

export function incidentOfOutage(id: number, incidents: readonly Incident[] | null): Incident | null {
  return incidents?.find((one) => one.outages.includes(id)) ?? null;
}

/** How long before and after an incident something that is told belongs to it: both are noticed a little late. */
const aroundMs = 90_000;

/** The incident a moment belongs to; the nearest beginning where several do. */
export function incidentAt(
  atMs: number,
  line: string | null,
  incidents: readonly Incident[] | null,
): Incident | null {
  const near = (incidents ?? []).filter(
    (one) =>
      (line === null || one.line === line) &&
      atMs >= Date.parse(one.startedAt) - aroundMs &&
      atMs <= (one.endedAt === null ? Number.POSITIVE_INFINITY : Date.parse(one.endedAt) + aroundMs),
  );
  const distance = (one: Incident) => Math.abs(Date.parse(one.startedAt) - atMs);
  return near.sort((a, b) => distance(a) - distance(b))[0] ?? null;
}

/** When the last outage ended; null when none is known, now while one lasts. */
export function lastOutage(incidents: readonly Incident[] | null): Incident | null {
  const outages = (incidents ?? []).filter((one) => one.kind === 'outage');
  const endOf = (one: Incident) =>
    one.endedAt === null ? Number.POSITIVE_INFINITY : Date.parse(one.endedAt);
  return outages.sort((a, b) => endOf(b) - endOf(a))[0] ?? null;
}

/** What a chart shades: outages of everything, degradations, busy periods. What lasts reaches to now. */
export function shadesOf(list: Pick<OutageList, 'outages' | 'busy'> | null, nowMs: number): Shade[] {
  const end = (at: string | null) => (at === null ? nowMs : Date.parse(at));
  const ofAll = (list?.outages ?? []).filter((one) => one.family !== 'ipv6' && one.target === null);
  return [
    ...(list?.busy ?? []).map((one) => ({
      kind: 'busy' as const,
      fromMs: Date.parse(one.startedAt),
      toMs: end(one.endedAt),
    })),
    ...ofAll.map((one) => ({ kind: one.kind, fromMs: Date.parse(one.startedAt), toMs: end(one.endedAt) })),
  ];
}
