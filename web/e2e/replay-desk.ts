/** What people did to the replayed incidents: notes, tags, merging, snapshots. Kept in memory. */
import type {
  Incident,
  IncidentDetail,
  IncidentNote,
  Snapshot,
  SnapshotSummary,
} from '../../appliance/features/judge/incident/schema.ts';
import { detailOf } from './replay-incident.ts';
import type { ReplayModel } from './replay-model.ts';
import { incidentOf, type Records } from './replay-records.ts';

export interface Reply {
  status: number;
  body: unknown;
}
const ok = (body: unknown): Reply => ({ status: 200, body });
const notFound: Reply = {
  status: 404,
  body: { error: { code: 'INCIDENT_UNKNOWN', message: 'There is no incident of this number.' } },
};

interface Sent {
  text?: string;
  tags?: string[];
  ids?: number[];
  outages?: number[];
  incident?: number;
}

export class Desk {
  readonly #model: ReplayModel;
  readonly #tell: (event: string, data: unknown) => void;
  #incidents: Incident[] | null = null;
  readonly #notes = new Map<number, IncidentNote[]>();
  #snapshots: Snapshot[] = [];
  #madeSnapshots = 0;

  constructor(model: ReplayModel, tell: (event: string, data: unknown) => void) {
    this.#model = model;
    this.#tell = tell;
  }

  list(nowMs: number): Incident[] {
    this.#incidents ??= this.#model.records(nowMs).incidents(nowMs);
    return this.#incidents;
  }

  /** Answers what begins with /api/incidents or /api/snapshots; null for anything else. */
  answer(method: string, path: string, sent: Sent, query: URLSearchParams, nowMs: number): Reply | null {
    const [, , room, name, verb, sub] = path.split('/');
    if (room === 'snapshots') return this.#snapshot(method, name, sent, nowMs);
    if (room !== 'incidents') return null;
    if (!name) return ok({ incidents: this.#between(query, nowMs) });
    if (name === 'merge') return this.#merge(sent.ids ?? [], nowMs);
    const incident = this.list(nowMs).find((one) => one.id === Number(name));
    if (!incident) return notFound;
    if (!verb) return ok(this.#detail(incident, nowMs));
    if (verb === 'notes') return this.#note(method, incident, sent, Number(sub), nowMs);
    if (verb === 'tags') return this.#change(incident, { tags: sent.tags ?? [] });
    if (verb === 'acknowledge') return this.#change(incident, { isAcknowledged: true });
    if (verb === 'split') return this.#split(incident, sent.outages ?? [], nowMs);
    return null;
  }

  #between(query: URLSearchParams, nowMs: number): Incident[] {
    const from = Date.parse(query.get('from') ?? '') || 0;
    const to = Date.parse(query.get('to') ?? '') || nowMs;
    return this.list(nowMs)
      .filter(
        (one) => Date.parse(one.startedAt) < to && (one.endedAt === null || Date.parse(one.endedAt) > from),
      )
      .slice(0, Number(query.get('limit') ?? 200));
  }

  #records(nowMs: number): Records {
    return this.#model.records(nowMs);
  }

  #detail(incident: Incident, nowMs: number): IncidentDetail {
    const detail = detailOf(this.#model, this.#records(nowMs), incident, nowMs);
    return { ...detail, notes: this.#notes.get(incident.id) ?? [] };
  }

  #change(incident: Incident, change: Partial<Incident>): Reply {
    Object.assign(incident, change);
    this.#tell('incident.updated', incident);
    return ok(incident);
  }

  #note(method: string, incident: Incident, sent: Sent, id: number, nowMs: number): Reply {
    const notes = this.#notes.get(incident.id) ?? [];
    const note = { id: notes.length + 1, at: new Date(nowMs).toISOString(), text: sent.text ?? '' };
    this.#notes.set(
      incident.id,
      method === 'DELETE' ? notes.filter((one) => one.id !== id) : [...notes, note],
    );
    return method === 'DELETE' ? this.#change(incident, {}) : ok(note);
  }

  #merge(ids: readonly number[], nowMs: number): Reply {
    const chosen = this.list(nowMs).filter((one) => ids.includes(one.id));
    const outages = chosen.flatMap((one) => one.outages).sort((a, b) => a - b);
    return ok(this.#regroup(chosen, [outages], nowMs)[0]);
  }

  #split(incident: Incident, apart: readonly number[], nowMs: number): Reply {
    const rest = incident.outages.filter((id) => !apart.includes(id));
    return ok({ incidents: this.#regroup([incident], [rest, [...apart]], nowMs) });
  }

  #regroup(old: readonly Incident[], groups: readonly number[][], nowMs: number): Incident[] {
    const all = this.list(nowMs);
    const records = this.#records(nowMs).outages;
    let next = Math.max(...all.map((one) => one.id)) + 1;
    const made = groups.map((ids, index) => {
      const group = ids.flatMap((id) => records.find((one) => one.id === id) ?? []);
      const kept = index === 0 ? old[0]?.id : undefined;
      return { ...incidentOf(group, kept ?? next++, nowMs), isEdited: true };
    });
    this.#incidents = [...all.filter((one) => !old.includes(one)), ...made].sort((a, b) =>
      b.startedAt.localeCompare(a.startedAt),
    );
    for (const one of made) this.#tell('incident.updated', one);
    return made;
  }

  #snapshot(method: string, name: string | undefined, sent: Sent, nowMs: number): Reply {
    if (method === 'POST') {
      const incident = this.list(nowMs).find((one) => one.id === sent.incident);
      if (!incident) return notFound;
      this.#madeSnapshots += 1;
      const id = `k${this.#madeSnapshots}x7`;
      this.#snapshots.push({
        id,
        at: new Date(nowMs).toISOString(),
        site: 'Home',
        timezone: 'auto',
        version: '0.1.0',
        detail: structuredClone(this.#detail(incident, nowMs)),
        leftOut: [],
      });
      const made = this.#snapshots.at(-1);
      return made ? ok(summaryOf(made)) : notFound;
    }
    if (method === 'DELETE') this.#snapshots = this.#snapshots.filter((one) => one.id !== name);
    if (!name || method === 'DELETE') return ok({ snapshots: [...this.#snapshots].reverse().map(summaryOf) });
    const found = this.#snapshots.find((one) => one.id === name);
    return found ? ok(found) : notFound;
  }
}

function summaryOf({ id, at, detail }: Snapshot): SnapshotSummary {
  const { incident } = detail;
  return { id, at, incident: incident.id, title: incident.title, bytes: JSON.stringify(detail).length };
}
