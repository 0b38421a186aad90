import { createHash } from 'node:crypto';
import { AppError } from '../../../core/errors.ts';
import { Secret } from '../../../core/secret.ts';
import type { Migration, StateStore } from '../../../core/storing.ts';
import type { BrowserKeys } from './message-cipher.ts';
import { SenderIdentity } from './sender-identity.ts';

/** Of one account. */
export const mostDevices = 10;

export const pushMigration: Migration = {
  database: 'state',
  id: 'push-001-devices',
  sql: `create table push_sender (id integer primary key check (id = 1), private_key text not null) strict;
    create table push_devices (
      id integer primary key,
      account_id text not null,
      carrier text not null,
      endpoint text not null unique,
      p256dh text not null,
      auth text not null,
      agent text not null,
      created_at_ms integer not null
    ) strict;`,
};

export interface Device {
  readonly id: number;
  readonly accountId: string;
  readonly carrier: string;
  /** Whoever knows it can send there what he likes to be thrown away; the keys decide what is shown. */
  readonly endpoint: Secret;
  readonly p256dh: string;
  readonly auth: Secret;
  readonly agent: string;
  readonly createdAtMs: number;
}

interface Row {
  id: number;
  account_id: string;
  carrier: string;
  endpoint: string;
  p256dh: string;
  auth: string;
  agent: string;
  created_at_ms: number;
}

/** The browsers that are told, and the key by which they know this box. */
export class Devices {
  readonly #state: StateStore;
  #devices: readonly Device[] = [];

  constructor(state: StateStore) {
    this.#state = state;
  }

  /** The key is made once, at the first start: browsers are bound to it. */
  async load(): Promise<SenderIdentity> {
    const rows = await this.#state.all<Row>('select * from push_devices order by id');
    this.#devices = rows.map((row) => ({
      id: row.id,
      accountId: row.account_id,
      carrier: row.carrier,
      endpoint: new Secret(row.endpoint),
      p256dh: row.p256dh,
      auth: new Secret(row.auth),
      agent: row.agent,
      createdAtMs: row.created_at_ms,
    }));
    const [kept] = await this.#state.all<{ private_key: string }>('select private_key from push_sender');
    if (kept) return new SenderIdentity(new Secret(kept.private_key));
    const key = SenderIdentity.newKey();
    await this.#state.write([
      { sql: 'insert into push_sender (id, private_key) values (1, ?)', parameters: [key.reveal()] },
    ]);
    return new SenderIdentity(key);
  }

  /** Of one account; of all without one. */
  list(accountId: string | null = null): readonly Device[] {
    return this.#devices.filter((one) => accountId === null || one.accountId === accountId);
  }

  /** The same browser again takes the place of its earlier entry. */
  async add(
    device: Omit<Device, 'id' | 'auth' | 'endpoint'> & BrowserKeys & { endpoint: string },
  ): Promise<Device> {
    const { accountId, carrier, endpoint, p256dh, auth, agent, createdAtMs } = device;
    const others = this.#devices.filter((one) => one.endpoint.reveal() !== endpoint);
    if (others.filter((one) => one.accountId === accountId).length >= mostDevices) {
      throw new AppError('PUSH_FULL', `${mostDevices} browsers get messages already; remove one first`, {
        status: 409,
      });
    }
    const [, inserted] = await this.#state.write([
      { sql: 'delete from push_devices where endpoint = ?', parameters: [endpoint] },
      {
        sql: `insert into push_devices (account_id, carrier, endpoint, p256dh, auth, agent, created_at_ms)
          values (?, ?, ?, ?, ?, ?, ?)`,
        parameters: [accountId, carrier, endpoint, p256dh, auth, agent, Math.round(createdAtMs)],
      },
    ]);
    const added = {
      id: inserted?.lastId ?? 0,
      accountId,
      carrier,
      p256dh,
      agent,
      createdAtMs,
      endpoint: new Secret(endpoint),
      auth: new Secret(auth),
    };
    this.#devices = [...others, added];
    return added;
  }

  async remove(isMeant: (device: Device) => boolean): Promise<number> {
    const gone = this.#devices.filter(isMeant);
    if (gone.length === 0) return 0;
    this.#devices = this.#devices.filter((one) => !gone.includes(one));
    await this.#state.write(
      gone.map(({ id }) => ({ sql: 'delete from push_devices where id = ?', parameters: [id] })),
    );
    return gone.length;
  }
}

/** By which a browser recognises its entry: it knows its own address, and nobody learns an address from this. */
export function markOf(endpoint: string): string {
  return createHash('sha256').update(endpoint).digest('base64url').slice(0, 16);
}
