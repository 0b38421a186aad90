import type { Migration, StateStore } from '../../../core/storing.ts';
import { isImpossible, type KnownName } from './judgement.ts';
import type { NameAnswer } from './schema.ts';

/** Large sites rotate through more; these are the newest. */
const maxAddresses = 24;
/** What fails in content for so long, while other names work, is how this name is now. */
export const giveUpMs = 24 * 3_600_000;

export const knownNameMigrations: readonly Migration[] = [
  {
    database: 'state',
    id: 'dns-001-known-names',
    sql: `create table known_names (
      line text not null,
      name text not null,
      type text not null,
      is_private integer not null,
      addresses text not null,
      primary key (line, name, type)
    ) strict, without rowid;`,
  },
];

type Type = NameAnswer['type'];

interface Entry {
  line: string;
  name: string;
  type: Type;
  /** Newest first. Empty: never had any. */
  addresses: string[];
  isPrivate: boolean;
  /** CLOCK_MONOTONIC ms since which an unknown name gives impossible addresses; NaN: it does not. */
  strangeSinceMonoMs: number;
  /** Since when the answers for a known name have been failures in content; NaN: they are not. */
  badSinceMonoMs: number;
}

/**
 * What each name was answered with on each line, so that a lie can be told from the truth. In memory; written when a
 * name becomes known, once a day and at the end. Bounded by the lines and names of the configuration.
 */
export class KnownNames {
  readonly #state: StateStore;
  readonly #entries = new Map<string, Entry>();
  #unsaved = new Map<string, Entry>();
  #isNewUnsaved = false;

  constructor(state: StateStore) {
    this.#state = state;
  }

  get(line: string, name: string, type: Type): KnownName | null {
    const entry = this.#entries.get(keyOf(line, name, type));
    return entry !== undefined && entry.addresses.length > 0 ? entry : null;
  }

  /** Whether any name ever had an address on this line. */
  hasAny(line: string): boolean {
    return [...this.#entries.values()].some((entry) => entry.line === line && entry.addresses.length > 0);
  }

  strangeForMs(line: string, name: string, type: Type, nowMonoMs: number): number {
    const since = this.#entries.get(keyOf(line, name, type))?.strangeSinceMonoMs ?? Number.NaN;
    return Number.isNaN(since) ? 0 : nowMonoMs - since;
  }

  learn(line: string, name: string, type: Type, addresses: readonly string[]): void {
    const key = keyOf(line, name, type);
    const entry = this.#entry(key, line, name, type);
    const isNew = entry.addresses.length === 0;
    const isPrivate = addresses.some(isImpossible);
    // A name that is public after all, as one that was first asked for behind a portal, forgets the portal's address.
    const kept = entry.isPrivate && !isPrivate ? [] : entry.addresses;
    const next = [...new Set([...addresses, ...kept])].slice(0, maxAddresses);
    const isChanged = isPrivate !== entry.isPrivate || next.some((address) => !kept.includes(address));
    entry.strangeSinceMonoMs = Number.NaN;
    if (!isChanged && !isNew) return; // the order alone is not worth a write
    Object.assign(entry, { addresses: next, isPrivate });
    this.#unsaved.set(key, entry);
    this.#isNewUnsaved ||= isNew;
  }

  /** The name was answered as it should be. */
  noteGood(line: string, name: string, type: Type): void {
    const entry = this.#entries.get(keyOf(line, name, type));
    if (entry) entry.badSinceMonoMs = Number.NaN;
  }

  /** An unknown name got impossible addresses. */
  noteStrange(line: string, name: string, type: Type, nowMonoMs: number): void {
    const entry = this.#entry(keyOf(line, name, type), line, name, type);
    if (Number.isNaN(entry.strangeSinceMonoMs)) entry.strangeSinceMonoMs = nowMonoMs;
  }

  /**
   * A known name got a wrong answer, none, or the answer that it does not exist. After a day of nothing else it is
   * forgotten, when others work meanwhile: its owner changed it, and it says nothing about the line any more.
   */
  noteBad(line: string, name: string, type: Type, nowMonoMs: number, areOthersWell: boolean): void {
    const key = keyOf(line, name, type);
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.addresses.length === 0) return;
    if (Number.isNaN(entry.badSinceMonoMs)) entry.badSinceMonoMs = nowMonoMs;
    if (nowMonoMs - entry.badSinceMonoMs < giveUpMs || !areOthersWell) return;
    this.#entries.delete(key);
    this.#unsaved.set(key, entry);
  }

  /** True when a name became known that the file does not have yet: losing it would cost trust after a restart. */
  get hasNewUnsaved(): boolean {
    return this.#isNewUnsaved;
  }

  async load(): Promise<void> {
    const rows = await this.#state.all<{
      line: string;
      name: string;
      type: Type;
      is_private: number;
      addresses: string;
    }>('select line, name, type, is_private, addresses from known_names');
    for (const row of rows) {
      const { line, name, type } = row;
      const addresses = row.addresses.split(' ').slice(0, maxAddresses);
      const entry = this.#entry(keyOf(line, name, type), line, name, type);
      Object.assign(entry, { addresses, isPrivate: row.is_private === 1 });
    }
  }

  /** Drops what is not in the configuration any more and writes what changed, in one transaction. */
  async save(lines: readonly string[], names: readonly string[]): Promise<void> {
    for (const [key, entry] of this.#entries) {
      if (lines.includes(entry.line) && names.includes(entry.name)) continue;
      this.#entries.delete(key);
      this.#unsaved.set(key, entry);
    }
    const unsaved = this.#unsaved;
    if (unsaved.size === 0) return;
    this.#unsaved = new Map();
    this.#isNewUnsaved = false;
    try {
      await this.#state.write([...unsaved].map(([key, entry]) => this.#statement(key, entry)));
    } catch (error) {
      this.#unsaved = new Map([...unsaved, ...this.#unsaved]);
      throw error;
    }
  }

  #statement(key: string, { line, name, type, isPrivate, addresses }: Entry) {
    if (!this.#entries.has(key)) {
      const sql = 'delete from known_names where line = ? and name = ? and type = ?';
      return { sql, parameters: [line, name, type] };
    }
    return {
      sql: 'insert or replace into known_names (line, name, type, is_private, addresses) values (?, ?, ?, ?, ?)',
      parameters: [line, name, type, isPrivate ? 1 : 0, addresses.join(' ')],
    };
  }

  #entry(key: string, line: string, name: string, type: Type): Entry {
    const known = this.#entries.get(key);
    if (known) return known;
    const entry: Entry = {
      line,
      name,
      type,
      addresses: [],
      isPrivate: false,
      strangeSinceMonoMs: Number.NaN,
      badSinceMonoMs: Number.NaN,
    };
    this.#entries.set(key, entry);
    return entry;
  }
}

const keyOf = (line: string, name: string, type: Type) => `${line} ${type} ${name}`;
