import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { messageOf } from '../../../core/errors.ts';
import type { Log } from '../../../core/log.ts';
import { newCode, readCode, showCode } from './crockford.ts';
import { hashToken, isSameHash } from './tokens.ts';

/** 40 bits: out of reach for guesses that have to wait. */
const codeLength = 8;

/**
 * The code that makes its first user the owner. It stands in a file of our own user until then, because it must be
 * shown again; whoever can read that file owns the box anyway.
 */
export class ClaimCode {
  readonly file: string;
  readonly #log: Log;
  #code: string | null = null;

  constructor(file: string, log: Log) {
    this.file = file;
    this.#log = log;
  }

  /** As people read it; null when there is nothing to claim. */
  get shown(): string | null {
    return this.#code === null ? null : showCode(this.#code);
  }

  /** Takes the code of an earlier start, or makes one. */
  offer(): void {
    this.#code = this.#read() ?? newCode(codeLength);
    try {
      writeFileSync(this.file, `${showCode(this.#code)}\n`, { mode: 0o600 });
      chmodSync(this.file, 0o600); // the mode above is for new files alone
    } catch (error) {
      this.#log.warn({ file: this.file }, `the claim code stands in memory only: ${messageOf(error)}`);
    }
  }

  /** The code is spent; the next offer makes another one. */
  void(): void {
    this.#code = null;
    rmSync(this.file, { force: true });
  }

  matches(text: string): boolean {
    const given = readCode(text, codeLength);
    const [code, isThere] = [this.#code ?? '', this.#code !== null];
    return isSameHash(hashToken(given ?? ''), hashToken(code)) && isThere && given !== null;
  }

  #read(): string | null {
    try {
      return readCode(readFileSync(this.file, 'utf8').slice(0, 64), codeLength);
    } catch {
      return null; // the first start; any other trouble shows when the file is written
    }
  }
}
