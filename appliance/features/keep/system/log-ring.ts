import type { LogLine, LogTail } from '../../../core/feature.ts';

/** About a day of a calm service; the journal keeps the rest. */
const maximumLines = 1000;
/** A longer line, such as a deep stack, is cut: 1,000 of these are 4 MB at the very worst. */
const maximumCharacters = 4096;

/** The newest log lines in memory; pino writes into it as into a stream. */
export class LogRing implements LogTail {
  readonly #lines: LogLine[] = [];
  #seq = 0;

  write(line: string): void {
    this.#seq += 1;
    const text = line.length > maximumCharacters ? line.slice(0, maximumCharacters) : line.trimEnd();
    this.#lines[this.#seq % maximumLines] = { seq: this.#seq, text };
  }

  tail(limit: number, afterSeq: number): LogLine[] {
    const known = afterSeq > this.#seq ? 0 : afterSeq; // a reader from before a restart
    const first = Math.max(known + 1, this.#seq - Math.min(limit, maximumLines) + 1, 1);
    const found: LogLine[] = [];
    for (let seq = first; seq <= this.#seq; seq += 1) {
      const line = this.#lines[seq % maximumLines];
      if (line !== undefined && line.seq === seq) found.push(line);
    }
    return found;
  }
}
