import { toIso } from '../../../core/clock.ts';
import { AppError } from '../../../core/errors.ts';
import type { Keeper } from './keeper.ts';
import { joinRows } from './keeper.ts';
import type { Incident, IncidentNote } from './schema.ts';
import { type IncidentRow, maxNotes, statements } from './store.ts';

/** Changes by a person. What was put together or taken apart here is no longer grouped. */
export class Edits {
  readonly #keeper: Keeper;
  readonly #nowMs: () => number;

  constructor(keeper: Keeper, nowMs: () => number) {
    this.#keeper = keeper;
    this.#nowMs = nowMs;
  }

  /** Makes one incident of several; it keeps the smallest number, and the others lead to it. */
  merge(ids: readonly number[]): Promise<Incident> {
    return this.#keeper.exclusively(async () => {
      const { store } = this.#keeper;
      const rows: IncidentRow[] = [];
      for (const id of ids) {
        const row = await this.#row(id);
        if (!rows.some((each) => each.id === row.id)) rows.push(row);
      }
      const [survivor, ...others] = rows.sort((a, b) => a.id - b.id);
      if (!survivor || others.length === 0)
        throw new AppError(
          'INCIDENT_MERGE',
          `ids ${ids.join(', ')} are one incident already; name at least two`,
          {
            status: 400,
          },
        );
      const foreign = others.find(({ line }) => line !== survivor.line);
      if (foreign)
        throw new AppError(
          'INCIDENT_LINES',
          `Incident ${foreign.id} is of line ${foreign.line} and ${survivor.id} of line ${survivor.line}; only incidents of one line can be merged`,
          { status: 409 },
        );
      const members = (await store.members(rows.map(({ id }) => id))).map(({ member }) => member);
      const merged = this.#keeper.refreshed({ ...joinRows(survivor, others), isEdited: true }, members);
      await store.write([
        statements.putIncident(merged),
        ...others.flatMap(({ id }) => statements.absorb(id, survivor.id)),
      ]);
      return this.#announced(survivor.id);
    });
  }

  /** Takes outages out of an incident into one of their own; gives what is left and the new one. */
  split(id: number, outages: readonly number[]): Promise<Incident[]> {
    return this.#keeper.exclusively(async () => {
      const { store } = this.#keeper;
      const row = await this.#row(id);
      const members = (await store.members([row.id])).map(({ member }) => member);
      const wanted = new Set(outages);
      const known = members.map(({ outage }) => outage);
      const unknown = [...wanted].find((outage) => !known.includes(outage));
      if (unknown !== undefined)
        throw new AppError(
          'INCIDENT_SPLIT',
          `outages: ${unknown} is not in incident ${row.id}, which has ${known.join(', ')}`,
          { status: 400 },
        );
      if (wanted.size === known.length)
        throw new AppError(
          'INCIDENT_SPLIT',
          `outages: these are all of incident ${row.id}; at least one must stay`,
          { status: 400 },
        );
      const taken = members.filter(({ outage }) => wanted.has(outage));
      const left = members.filter(({ outage }) => !wanted.has(outage));
      const newId = await store.nextId();
      const made = { ...row, id: newId, tags: [], isEdited: true, settledMs: null };
      await store.write([
        statements.putIncident(this.#keeper.refreshed(made, taken)),
        statements.putIncident(this.#keeper.refreshed({ ...row, isEdited: true }, left)),
        ...taken.map(({ outage }) => statements.moveMember(outage, newId)),
        statements.prune(),
      ]);
      return this.#keeper.announce([row.id, newId]);
    });
  }

  note(id: number, text: string): Promise<IncidentNote> {
    return this.#keeper.exclusively(async () => {
      const { store } = this.#keeper;
      const row = await this.#row(id);
      const trimmed = text.trim();
      if (trimmed === '') throw new AppError('NOTE_EMPTY', 'text: a note needs words', { status: 400 });
      if ((await store.notes(row.id)).length >= maxNotes)
        throw new AppError(
          'NOTES_FULL',
          `Incident ${row.id} has ${maxNotes} notes already; delete one first`,
          {
            status: 409,
          },
        );
      const atMs = this.#nowMs();
      const note = await store.addNote(row.id, atMs, trimmed);
      await this.#announced(row.id);
      return { id: note, at: toIso(Math.round(atMs)), text: trimmed };
    });
  }

  removeNote(id: number, note: number): Promise<Incident> {
    return this.#keeper.exclusively(async () => {
      const row = await this.#row(id);
      if (!(await this.#keeper.store.removeNote(row.id, note)))
        throw new AppError('NOTE_UNKNOWN', `Incident ${row.id} has no note ${note}`, { status: 404 });
      return this.#announced(row.id);
    });
  }

  tag(id: number, tags: readonly string[]): Promise<Incident> {
    const trimmed = tags.map((tag) => tag.trim()).filter((tag) => tag !== '');
    return this.#change(id, (row) => ({ ...row, tags: [...new Set(trimmed)] }));
  }

  acknowledge(id: number): Promise<Incident> {
    return this.#change(id, (row) => ({ ...row, isAcknowledged: true }));
  }

  #change(id: number, change: (row: IncidentRow) => IncidentRow): Promise<Incident> {
    return this.#keeper.exclusively(async () => {
      const row = change(await this.#row(id));
      await this.#keeper.store.write([statements.putIncident(row)]);
      return this.#announced(row.id);
    });
  }

  async #row(id: number): Promise<IncidentRow> {
    const row = await this.#keeper.store.byId(id);
    if (row) return row;
    throw unknownIncident(id);
  }

  async #announced(id: number): Promise<Incident> {
    const [incident] = await this.#keeper.announce([id]);
    if (incident) return incident;
    throw unknownIncident(id);
  }
}

export function unknownIncident(id: number): AppError {
  return new AppError('INCIDENT_UNKNOWN', `There is no incident ${id}. GET /api/incidents lists them.`, {
    status: 404,
  });
}
