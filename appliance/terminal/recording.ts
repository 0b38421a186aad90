import type { Terminal } from '../core/feature.ts';
import { type ColourDepth, createDrawing } from './drawing.ts';

export interface RecordingTerminal extends Terminal {
  /** Everything written to standard output, and to standard error, so far. */
  readonly output: string;
  readonly errors: string;
  press(key: string): void;
  resize(columns: number, rows: number): void;
}

export interface RecordingOptions {
  columns?: number;
  rows?: number;
  isJson?: boolean;
  isInteractive?: boolean;
  depth?: ColourDepth;
  isUnicode?: boolean;
}

/** A terminal that remembers, for tests of commands. */
export function createRecordingTerminal(options: RecordingOptions = {}): RecordingTerminal {
  const keyListeners = new Set<(key: string) => void>();
  const resizeListeners = new Set<() => void>();
  let output = '';
  let errors = '';
  let columns = options.columns ?? 80;
  let rows = options.rows ?? 24;
  const write = (text: string) => {
    output += text;
  };
  const subscribe = <Listener>(set: Set<Listener>, listener: Listener) => {
    set.add(listener);
    return () => set.delete(listener);
  };
  return {
    isJson: options.isJson ?? false,
    isInteractive: options.isInteractive ?? false,
    hasColour: (options.depth ?? 'none') !== 'none',
    get columns() {
      return columns;
    },
    get rows() {
      return rows;
    },
    get output() {
      return output;
    },
    get errors() {
      return errors;
    },
    draw: createDrawing(options.depth ?? 'none', options.isUnicode ?? true),
    line: (text = '') => write(`${text}\n`),
    json: (value) => write(`${JSON.stringify(value, null, 2)}\n`),
    raw: write,
    progress: () => undefined,
    error(text) {
      errors += `${text}\n`;
    },
    onKey: (listener) => subscribe(keyListeners, listener),
    onResize: (listener) => subscribe(resizeListeners, listener),
    press(key) {
      for (const listener of keyListeners) listener(key);
    },
    resize(newColumns, newRows) {
      columns = newColumns;
      rows = newRows;
      for (const listener of resizeListeners) listener();
    },
  };
}
