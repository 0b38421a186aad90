import type Database from 'better-sqlite3';
import { AppError, messageOf } from '../core/errors.ts';
import type { SqlValue } from '../core/storing.ts';
import { damageIn, isDamage, sqliteCode } from './database.ts';

/** Prepared statements kept for reuse; features have a few dozen. */
const maxStatements = 128;

export interface StateStatement {
  sql: string;
  parameters?: readonly SqlValue[];
}

/** Statements on state.db. */
export class StateRows {
  readonly #database: Database.Database;
  readonly #statements = new Map<string, Database.Statement>();

  constructor(database: Database.Database) {
    this.#database = database;
  }

  all(sql: string, parameters: readonly SqlValue[] = []): unknown[] {
    try {
      const statement = this.#prepare(sql);
      if (!statement.readonly)
        throw new AppError('SQL_INVALID', `all() is for reading; use write() for: ${sql}`);
      return statement.all(...parameters);
    } catch (error) {
      throw explain(error, sql);
    }
  }

  /** One transaction; durable when it returns. */
  write(statements: readonly StateStatement[]): { lastId: number; changes: number }[] {
    let current = '';
    try {
      return this.#database
        .transaction(() =>
          statements.map(({ sql, parameters = [] }) => {
            current = sql;
            const statement = this.#prepare(sql);
            if (statement.reader) {
              const rows = statement.all(...parameters);
              return { lastId: 0, changes: rows.length };
            }
            const { lastInsertRowid, changes } = statement.run(...parameters);
            return { lastId: Number(lastInsertRowid), changes };
          }),
        )
        .immediate();
    } catch (error) {
      throw explain(error, current);
    }
  }

  #prepare(sql: string): Database.Statement {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      const oldest = this.#statements.keys().next().value;
      if (this.#statements.size >= maxStatements && oldest !== undefined) this.#statements.delete(oldest);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  damage(): string | null {
    return damageIn(this.#database);
  }

  close(): void {
    this.#statements.clear();
    this.#database.close();
  }
}

function explain(error: unknown, sql: string): unknown {
  if (error instanceof AppError || isDamage(error)) return error;
  const code = sqliteCode(error);
  const isDisk = /^SQLITE_(FULL|READONLY|IOERR|CANTOPEN|BUSY|NOMEM)/.test(code);
  if (isDisk)
    return new AppError('STORAGE_UNAVAILABLE', `Cannot write state.db: ${messageOf(error)} (${code})`, {
      status: 503,
      cause: error,
    });
  const constraint = code.startsWith('SQLITE_CONSTRAINT');
  return new AppError(constraint ? 'SQL_CONSTRAINT' : 'SQL_INVALID', `${messageOf(error)} in: ${sql}`, {
    status: constraint ? 409 : 500,
    cause: error,
    details: { code },
  });
}
