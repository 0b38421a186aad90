import type { Terminal } from '../core/feature.ts';
import { type ColourDepth, createDrawing } from './drawing.ts';

export interface TerminalStreams {
  stdin: NodeJS.ReadStream;
  stdout: NodeJS.WriteStream;
  stderr: NodeJS.WriteStream;
}

export type Environment = Readonly<Record<string, string | undefined>>;

export interface TerminalOptions {
  isJson: boolean;
  environment: Environment;
}

/** Width assumed for a pipe: what a person who opens the file later can read without wrapping. */
const pipeColumns = 120;

/** The terminal of this process. Colours and single keys only where a person sits at both ends. */
export function createTerminal(streams: TerminalStreams, options: TerminalOptions): Terminal {
  const { stdin, stdout, stderr } = streams;
  const { environment, isJson } = options;
  const isDumb = environment.TERM === 'dumb' || environment.TERM === '';
  const isInteractive = stdout.isTTY === true && !isDumb && !isJson;
  const depth = colourDepth(environment, isInteractive);
  let hasProgress = false;

  const clearProgress = () => {
    if (hasProgress) stderr.write('\r\x1b[K');
    hasProgress = false;
  };

  return {
    isJson,
    isInteractive,
    hasColour: depth !== 'none',
    get columns() {
      return stdout.columns || Number(environment.COLUMNS) || pipeColumns;
    },
    get rows() {
      return stdout.rows || 24;
    },
    draw: createDrawing(depth, isUnicode(environment)),
    line(text = '') {
      clearProgress();
      stdout.write(`${text}\n`);
    },
    json(value) {
      clearProgress();
      stdout.write(`${JSON.stringify(value, null, 2)}\n`);
    },
    raw(text) {
      stdout.write(text);
    },
    progress(text) {
      if (stderr.isTTY !== true || isDumb || isJson) return;
      stderr.write(`\r\x1b[K${text}`);
      hasProgress = true;
    },
    error(text) {
      clearProgress();
      stderr.write(`${text}\n`);
    },
    onKey(listener) {
      if (!isInteractive || stdin.isTTY !== true) return () => undefined;
      const onData = (bytes: Buffer) => {
        for (const key of keysOf(bytes.toString('utf8'))) listener(key);
      };
      stdin.setRawMode(true);
      stdin.on('data', onData);
      stdin.resume();
      return () => {
        stdin.off('data', onData);
        stdin.setRawMode(false);
        stdin.pause();
      };
    },
    onResize(listener) {
      stdout.on('resize', listener);
      return () => stdout.off('resize', listener);
    },
  };
}

/** https://no-color.org: any non-empty value means no colours. */
function colourDepth(environment: Environment, isInteractive: boolean): ColourDepth {
  if (!isInteractive || environment.NO_COLOR) return 'none';
  const is256 = environment.COLORTERM !== undefined || /256|direct|kitty/.test(environment.TERM ?? '');
  return is256 ? 'rich' : 'basic';
}

/** POSIX order of the locale variables. Unset means a modern terminal over a bare login, which speaks UTF-8. */
function isUnicode(environment: Environment): boolean {
  if (environment.TERM === 'dumb') return false;
  const locale = environment.LC_ALL || environment.LC_CTYPE || environment.LANG;
  return locale === undefined || locale === '' || /utf-?8/i.test(locale);
}

const named: Readonly<Record<string, string>> = {
  '\x03': 'ctrl-c',
  '\x04': 'ctrl-d',
  '\x1b': 'escape',
  '\r': 'enter',
  '\x1b[A': 'up',
  '\x1b[B': 'down',
  '\x1b[C': 'right',
  '\x1b[D': 'left',
};

/** One read may hold several keys, and an arrow is three bytes. */
export function keysOf(input: string): string[] {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: keys are control characters
  const keys = input.match(/\x1b\[[0-9;]*[A-Za-z~]|./gsu) ?? [];
  return keys.map((key) => named[key] ?? key);
}
