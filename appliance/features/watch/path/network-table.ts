import type { Migration, StateStore } from '../../../core/storing.ts';
import type { Network } from './schema.ts';

export const networkMigrations: readonly Migration[] = [
  {
    database: 'state',
    id: 'path-002-networks',
    sql: `create table path_networks (
      address text primary key,
      asn integer,
      owner text,
      prefix text,
      asked_at_ms integer not null
    ) strict;`,
  },
];

export const keepNetworksMs = 30 * 86_400_000;
const maxNetworks = 2000;

/** To whom addresses belong, as it was told with consent. */
export class NetworkTable {
  readonly #state: StateStore;

  constructor(state: StateStore) {
    this.#state = state;
  }

  async all(sinceMs: number): Promise<Map<string, { network: Network | null; askedAtMs: number }>> {
    const rows = await this.#state.all<{
      address: string;
      asn: number | null;
      owner: string | null;
      prefix: string | null;
      asked_at_ms: number;
    }>(
      `select address, asn, owner, prefix, asked_at_ms from path_networks where asked_at_ms >= ?
       order by asked_at_ms desc limit ${maxNetworks}`,
      [Math.round(sinceMs)],
    );
    return new Map(
      rows.map(({ address, asn, owner, prefix, asked_at_ms }) => [
        address,
        {
          network: asn === null ? null : { asn, owner: owner ?? '', prefix: prefix ?? '' },
          askedAtMs: asked_at_ms,
        },
      ]),
    );
  }

  async add(found: ReadonlyMap<string, Network | null>, atMs: number): Promise<void> {
    await this.#state.write(
      [...found].map(([address, network]) => ({
        sql: 'insert or replace into path_networks (address, asn, owner, prefix, asked_at_ms) values (?, ?, ?, ?, ?)',
        parameters: [
          address,
          network?.asn ?? null,
          network?.owner ?? null,
          network?.prefix ?? null,
          Math.round(atMs),
        ],
      })),
    );
  }

  /** Forgets what is too old or too much. */
  async prune(nowMs: number): Promise<void> {
    await this.#state.write([
      {
        sql: `delete from path_networks where asked_at_ms < ? or address not in
          (select address from path_networks order by asked_at_ms desc limit ${maxNetworks})`,
        parameters: [Math.round(nowMs - keepNetworksMs)],
      },
    ]);
  }
}
