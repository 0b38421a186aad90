import { toIso } from '../../../core/clock.ts';
import type { Migration, StateStore } from '../../../core/storing.ts';
import type { ChainLink } from './schema.ts';

export const chainMigrations: readonly Migration[] = [
  {
    database: 'state',
    id: 'evidence-001-chain',
    // The triggers keep our own mistakes out; the hashes show those of others.
    sql: `create table evidence_chain (
      seq integer primary key,
      at_ms integer not null,
      kind text not null,
      subject text,
      payload text not null,
      previous text not null,
      hash text not null,
      signature text not null,
      record text
    ) strict;
    create index evidence_chain_by_subject on evidence_chain (subject) where subject is not null;
    create index evidence_chain_by_kind on evidence_chain (kind, at_ms);
    create trigger evidence_chain_keeps_links before update on evidence_chain
      begin select raise(abort, 'a link of the chain is never changed'); end;
    create trigger evidence_chain_loses_no_link before delete on evidence_chain
      begin select raise(abort, 'a link of the chain is never removed'); end;`,
  },
];

/** A link, and beside it what it speaks of where its payload holds only the hash of that. */
export interface StoredLink extends ChainLink {
  record: string | null;
}

interface Row {
  seq: number;
  at_ms: number;
  kind: ChainLink['kind'];
  payload: string;
  previous: string;
  hash: string;
  signature: string;
  record: string | null;
}

/** A card that is lost every week for twenty years. */
const maxKeys = 1000;
const columns = 'seq, at_ms, kind, payload, previous, hash, signature';

/** The rows of the chain. */
export class ChainTable {
  readonly #state: StateStore;

  constructor(state: StateStore) {
    this.#state = state;
  }

  /** One durable transaction; fails when the number is taken. */
  async insert(link: ChainLink, subject: string | null, record: string | null): Promise<void> {
    const { seq, at, kind, payload, previous, hash, signature } = link;
    await this.#state.write([
      {
        sql: `insert into evidence_chain (${columns}, subject, record) values (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        parameters: [seq, Date.parse(at), kind, payload, previous, hash, signature, subject, record],
      },
    ]);
  }

  /** The newest link, or the newest of a kind. */
  async newest(kind?: ChainLink['kind']): Promise<StoredLink | null> {
    const [where, parameters] = kind === undefined ? ['1', []] : ['kind = ?', [kind]];
    const [link] = await this.#read(where, parameters, 'seq desc', 1);
    return link ?? null;
  }

  /** The newest link about something, for example "incident-12". */
  async about(subject: string): Promise<StoredLink | null> {
    const [link] = await this.#read('subject = ?', [subject], 'seq desc', 1);
    return link ?? null;
  }

  /** In order, at most `limit` from a number on. */
  page(fromSeq: number, limit: number): Promise<StoredLink[]> {
    return this.#read('seq >= ?', [fromSeq], 'seq', limit);
  }

  /** The links that name keys, the first one among them. */
  keys(): Promise<StoredLink[]> {
    return this.#read("kind in ('genesis', 'key')", [], 'seq', maxKeys);
  }

  /** Links of a kind that were made in a stretch of time. */
  made(kind: ChainLink['kind'], fromMs: number, toMs: number, limit: number): Promise<StoredLink[]> {
    const times = [Math.round(fromMs), Math.round(toMs)];
    return this.#read('kind = ? and at_ms between ? and ?', [kind, ...times], 'seq', limit);
  }

  async count(): Promise<number> {
    const [row] = await this.#state.all<{ links: number }>('select count(*) as links from evidence_chain');
    return row?.links ?? 0;
  }

  async #read(
    where: string,
    parameters: (string | number)[],
    order: string,
    limit: number,
  ): Promise<StoredLink[]> {
    const rows = await this.#state.all<Row>(
      `select ${columns}, record from evidence_chain where ${where} order by ${order} limit ?`,
      [...parameters, limit],
    );
    return rows.map(({ at_ms, ...row }) => ({ ...row, at: toIso(at_ms) }));
  }
}

/** The link alone, as it leaves the box. */
export function bareLink({ seq, at, kind, payload, previous, hash, signature }: ChainLink): ChainLink {
  return { seq, at, kind, payload, previous, hash, signature };
}
