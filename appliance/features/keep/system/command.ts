import { pause, systemClock } from '../../../core/clock.ts';
import { AppError } from '../../../core/errors.ts';
import type { Command, Drawing, Tone } from '../../../core/feature.ts';
import { doctor } from './doctor-command.ts';
import type { LogEntries, LogEntry } from './schema.ts';

const followEveryMs = 1000;
const levelTones: Record<string, Tone> = { warn: 'degraded', error: 'down', fatal: 'down', debug: 'faint' };

const logs: Command = {
  name: 'logs',
  summary: 'show what the service logged, newest last',
  options: [
    { flags: '-f, --follow', description: 'keep showing new lines' },
    { flags: '-n, --lines <number>', description: 'how many to begin with', default: '50' },
    {
      flags: '--level <level>',
      description: 'at least this serious: debug, info, warn, error',
      default: 'debug',
    },
  ],
  async run({ client, options, terminal, signal }) {
    const lines = Number(options.lines);
    if (!Number.isInteger(lines) || lines < 1 || lines > 1000) {
      throw new AppError('USAGE', `--lines ${String(options.lines)} is not a number from 1 to 1000.`, {
        status: 400,
      });
    }
    const level = encodeURIComponent(String(options.level));
    const read = (limit: number, after: number) =>
      client.get<LogEntries>(`/api/logs?limit=${limit}&after=${after}&level=${level}`);
    const first = await read(lines, 0);
    if (terminal.isJson && options.follow !== true) {
      terminal.json(first);
      return 0;
    }
    // With --follow, JSON is one line an entry, because the list has no end.
    const show = (entries: readonly LogEntry[]) => {
      for (const entry of entries)
        terminal.line(terminal.isJson ? JSON.stringify(entry) : sayEntry(entry, terminal.draw));
    };
    show(first.lines);
    let last = first.lines.at(-1)?.seq ?? 0;
    while (options.follow === true && !signal.aborted) {
      await pause(systemClock, followEveryMs, signal);
      if (signal.aborted) break;
      const next = await readOrNull(() => read(1000, last));
      if (next === null) {
        terminal.progress('The service does not answer; waiting for it …');
        continue;
      }
      show(next.lines);
      last = next.lines.at(-1)?.seq ?? last;
    }
    return 0;
  },
};

/** Null while the service is away, for example in a restart. */
async function readOrNull(read: () => Promise<LogEntries>): Promise<LogEntries | null> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof AppError && error.code === 'SERVICE_UNREACHABLE') return null;
    throw error;
  }
}

function sayEntry({ at, level, part, message, fields }: LogEntry, { paint, fit }: Drawing): string {
  const time = at === null ? '--:--:--' : new Date(at).toLocaleTimeString('en-GB');
  const facts = Object.entries(fields)
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' ');
  const head = `${time} ${fit(level, 5)} ${part === '' ? '' : `${part}: `}${message}`;
  const tone = levelTones[level];
  return `${tone === undefined ? head : paint(tone, head)}${facts === '' ? '' : ` ${paint('faint', facts)}`}`;
}

export const systemCommands: readonly Command[] = [logs, doctor];
