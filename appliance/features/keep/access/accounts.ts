import { AppError } from '../../../core/errors.ts';
import type { Migration, StateStore } from '../../../core/storing.ts';
import { newId } from './tokens.ts';

/** A household, not a directory. */
export const maxViewers = 10;

export const accountMigration: Migration = {
  database: 'state',
  id: 'access-001-accounts',
  sql: `create table access_accounts (
      id text primary key,
      name text not null unique collate nocase,
      role text not null check (role in ('owner', 'viewer')),
      password_hash text not null,
      password_at_ms integer not null,
      created_at_ms integer not null,
      totp_secret text,
      totp_step integer not null,
      recovery_hashes text not null
    ) strict;
    create unique index access_one_owner on access_accounts (role) where role = 'owner';`,
};

export interface Account {
  readonly id: string;
  readonly name: string;
  readonly role: 'owner' | 'viewer';
  readonly passwordHash: string;
  readonly passwordAtMs: number;
  readonly createdAtMs: number;
  /** Base 32; null while the second factor is off. */
  readonly totpSecret: string | null;
  /** The newest step whose code was used: each counts once. */
  readonly totpStep: number;
  readonly recoveryHashes: readonly string[];
}

interface Row {
  id: string;
  name: string;
  role: Account['role'];
  password_hash: string;
  password_at_ms: number;
  created_at_ms: number;
  totp_secret: string | null;
  totp_step: number;
  recovery_hashes: string;
}

/** The people. All of them are in memory, because every request asks; a change is on disk before it counts. */
export class Accounts {
  readonly #state: StateStore;
  #accounts: readonly Account[] = [];

  constructor(state: StateStore) {
    this.#state = state;
  }

  async load(): Promise<void> {
    const rows = await this.#state.all<Row>('select * from access_accounts order by created_at_ms, id');
    this.#accounts = rows.map((row) => ({
      id: row.id,
      name: row.name,
      role: row.role,
      passwordHash: row.password_hash,
      passwordAtMs: row.password_at_ms,
      createdAtMs: row.created_at_ms,
      totpSecret: row.totp_secret,
      totpStep: row.totp_step,
      recoveryHashes: JSON.parse(row.recovery_hashes) as string[], // written below
    }));
  }

  get all(): readonly Account[] {
    return this.#accounts;
  }

  get owner(): Account | null {
    return this.#accounts.find(({ role }) => role === 'owner') ?? null;
  }

  find(id: string): Account | null {
    return this.#accounts.find((account) => account.id === id) ?? null;
  }

  /** Names differ by more than case; without one the owner is meant. */
  named(name: string | undefined): Account | null {
    if (name === undefined) return this.owner;
    const wanted = fold(name);
    return this.#accounts.find((account) => fold(account.name) === wanted) ?? null;
  }

  /** Throws `ACCOUNT_EXISTS` and `ACCOUNTS_FULL`. */
  async add(facts: Pick<Account, 'name' | 'role' | 'passwordHash'>, atMs: number): Promise<Account> {
    this.assertRoomFor(facts.name, facts.role);
    const createdAtMs = Math.round(atMs);
    const account: Account = {
      ...facts,
      id: newId(),
      passwordAtMs: createdAtMs,
      createdAtMs,
      totpSecret: null,
      totpStep: 0,
      recoveryHashes: [],
    };
    await this.#state.write([
      {
        sql: `insert into access_accounts (id, name, role, password_hash, password_at_ms, created_at_ms, totp_secret,
                totp_step, recovery_hashes) values (?, ?, ?, ?, ?, ?, null, 0, '[]')`,
        parameters: [account.id, account.name, account.role, account.passwordHash, createdAtMs, createdAtMs],
      },
    ]);
    this.#accounts = [...this.#accounts, account];
    return account;
  }

  assertRoomFor(name: string, role: Account['role']): void {
    if (this.named(name) !== null) {
      throw new AppError('ACCOUNT_EXISTS', `There is an account called "${name}" already`, { status: 409 });
    }
    const viewers = this.#accounts.filter((account) => account.role === 'viewer').length;
    if (role === 'viewer' && viewers >= maxViewers) {
      throw new AppError('ACCOUNTS_FULL', `There are ${maxViewers} viewers already; remove one first`, {
        status: 409,
      });
    }
  }

  /** Gives the account as it is now. */
  async change(
    id: string,
    facts: Partial<Omit<Account, 'id' | 'role' | 'name' | 'createdAtMs'>>,
  ): Promise<Account> {
    const before = this.find(id);
    if (before === null) throw new AppError('ACCOUNT_UNKNOWN', 'This account is gone', { status: 404 });
    const account: Account = { ...before, ...facts };
    await this.#state.write([
      {
        sql: `update access_accounts set password_hash = ?, password_at_ms = ?, totp_secret = ?, totp_step = ?,
                recovery_hashes = ? where id = ?`,
        parameters: [
          account.passwordHash,
          Math.round(account.passwordAtMs),
          account.totpSecret,
          account.totpStep,
          JSON.stringify(account.recoveryHashes),
          id,
        ],
      },
    ]);
    this.#accounts = this.#accounts.map((other) => (other.id === id ? account : other));
    return account;
  }

  async remove(id: string): Promise<void> {
    await this.#state.write([{ sql: 'delete from access_accounts where id = ?', parameters: [id] }]);
    this.#accounts = this.#accounts.filter((account) => account.id !== id);
  }

  async removeAll(): Promise<void> {
    await this.#state.write([{ sql: 'delete from access_accounts' }]);
    this.#accounts = [];
  }
}

function fold(name: string): string {
  return name.normalize('NFKC').trim().toLowerCase();
}
