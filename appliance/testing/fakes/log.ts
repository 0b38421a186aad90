import type { Log } from '../../core/log.ts';

export interface LoggedLine {
  level: 'debug' | 'info' | 'warn' | 'error';
  fields: object;
  message: string;
}

/** A log that remembers. */
export class FakeLog implements Log {
  readonly lines: LoggedLine[];

  constructor(lines: LoggedLine[] = []) {
    this.lines = lines;
  }

  debug(fields: object, message: string): void {
    this.lines.push({ level: 'debug', fields, message });
  }

  info(fields: object, message: string): void {
    this.lines.push({ level: 'info', fields, message });
  }

  warn(fields: object, message: string): void {
    this.lines.push({ level: 'warn', fields, message });
  }

  error(fields: object, message: string): void {
    this.lines.push({ level: 'error', fields, message });
  }

  child(): Log {
    return new FakeLog(this.lines);
  }
}
