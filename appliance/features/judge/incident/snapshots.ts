import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { toIso } from '../../../core/clock.ts';
import { AppError } from '../../../core/errors.ts';
import type { StateStore } from '../../../core/storing.ts';
import type { IncidentDetail, Snapshot, SnapshotList, SnapshotSummary } from './schema.ts';

/** JSON of one snapshot; packed it takes about a tenth of that on the card. */
const maxBytes = 2 * 2 ** 20;
/** Somebody may hold a link to any of them, so none is dropped silently: the next one is refused. */
const maxSnapshots = 200;
/** Nobody can guess 128 bits. */
const idBytes = 16;

const pack = promisify(gzip);
const unpack = promisify(gunzip);

type Header = Omit<Snapshot, 'id' | 'at' | 'detail' | 'leftOut'>;

/** Snapshots on disk. */
export class Snapshots {
  readonly #state: StateStore;
  #making: Promise<unknown> = Promise.resolve();

  constructor(state: StateStore) {
    this.#state = state;
  }

  /** One after the other, so that the bound holds. */
  make(detail: IncidentDetail, atMs: number, header: Header): Promise<SnapshotSummary> {
    const made = this.#making.then(() => this.#make(detail, atMs, header));
    this.#making = made.catch(() => undefined); // whoever asked is told
    return made;
  }

  async list(): Promise<SnapshotList> {
    const rows = await this.#state.all<{
      id: string;
      made_ms: number;
      incident: number;
      title: string;
      bytes: number;
    }>('select id, made_ms, incident, title, bytes from incident_snapshots order by made_ms desc, id');
    return { snapshots: rows.map(({ made_ms, ...row }) => ({ ...row, at: toIso(made_ms) })) };
  }

  /** The JSON of a `Snapshot`, as it was written. */
  async read(id: string): Promise<Uint8Array> {
    const [row] = await this.#state.all<{ body: Uint8Array }>(
      'select body from incident_snapshots where id = ?',
      [id],
    );
    if (!row) throw unknownSnapshot();
    return unpack(row.body);
  }

  async remove(id: string): Promise<void> {
    const [removed] = await this.#state.write([
      { sql: 'delete from incident_snapshots where id = ?', parameters: [id] },
    ]);
    if (removed?.changes !== 1) throw unknownSnapshot();
  }

  async #make(detail: IncidentDetail, atMs: number, header: Header): Promise<SnapshotSummary> {
    const [row] = await this.#state.all<{ count: number }>(
      'select count(*) as count from incident_snapshots',
    );
    if ((row?.count ?? 0) >= maxSnapshots)
      throw new AppError(
        'SNAPSHOTS_FULL',
        `There are ${maxSnapshots} snapshots already; delete those that nobody needs any more`,
        { status: 409 },
      );
    const id = randomBytes(idBytes).toString('base64url');
    const at = toIso(Math.round(atMs));
    const body = await pack(fit({ id, at, ...header, detail, leftOut: [] }));
    const { id: incident, title } = detail.incident;
    await this.#state.write([
      {
        sql: 'insert into incident_snapshots (id, made_ms, incident, title, bytes, body) values (?, ?, ?, ?, ?, ?)',
        parameters: [id, Math.round(atMs), incident, title, body.length, body],
      },
    ]);
    return { id, at, incident, title, bytes: body.length };
  }
}

/** Parts that may be left out, those that the story needs least first. */
const dispensable: readonly { name: string; without(detail: IncidentDetail): IncidentDetail }[] = [
  { name: 'names asked', without: (detail) => ({ ...detail, names: [] }) },
  {
    name: 'captures but the first',
    without: (detail) => ({ ...detail, captures: detail.captures.slice(0, 1) }),
  },
  { name: 'the first capture', without: (detail) => ({ ...detail, captures: [] }) },
  {
    name: 'traces during the incident',
    without: (detail) => ({ ...detail, traces: { ...detail.traces, during: [] } }),
  },
];

/** The snapshot as text within its bound, with what had to be left out named in it. */
function fit(snapshot: Snapshot): string {
  let { detail } = snapshot;
  const leftOut: string[] = [];
  for (let step = 0; ; step += 1) {
    const text = JSON.stringify({ ...snapshot, detail, leftOut });
    if (Buffer.byteLength(text) <= maxBytes) return text;
    const next = dispensable[step];
    if (next === undefined) break;
    detail = next.without(detail);
    leftOut.push(next.name);
  }
  throw new AppError(
    'SNAPSHOT_TOO_LARGE',
    `Incident ${detail.incident.id} does not fit into a snapshot of ${maxBytes / 2 ** 20} MB; split it first`,
    { status: 413 },
  );
}

/** The id is a secret of those who share it, so it is not repeated. */
function unknownSnapshot(): AppError {
  return new AppError('SNAPSHOT_UNKNOWN', 'There is no such snapshot; it may have been deleted', {
    status: 404,
  });
}
