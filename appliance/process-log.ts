import { Writable } from 'node:stream';
import pino from 'pino';
import type { Log } from './core/log.ts';
import { hideSecretFields } from './core/secret.ts';

/**
 * The log of the process: lines of JSON on standard output, where systemd takes them, or readable lines on a terminal;
 * the newest also in `ring`, for `ist logs`.
 */
export async function openProcessLog(
  level: string,
  ring: { write(line: string): void },
  output?: NodeJS.WritableStream,
): Promise<Log> {
  const stream = output ?? (process.stdout.isTTY ? await readable() : process.stdout);
  const copy = new Writable({
    decodeStrings: false,
    write(line: string, _encoding, done) {
      ring.write(line);
      done();
    },
  });
  const options: pino.LoggerOptions = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    // pino's own redaction looks at one level of nesting only; this looks at all.
    formatters: { log: hideSecretFields },
    serializers: { err: (error: Error) => hideSecretFields(pino.stdSerializers.err(error)) },
  };
  return pino(
    options,
    pino.multistream([
      { level: level as pino.Level, stream },
      { level: level as pino.Level, stream: copy },
    ]),
  );
}

/** pino-pretty where it is installed (a checkout); a terminal without it shows the JSON. */
async function readable(): Promise<NodeJS.WritableStream> {
  try {
    const { default: pretty } = await import('pino-pretty');
    return pretty({
      colorize: true,
      translateTime: 'SYS:HH:MM:ss',
      ignore: 'part,feature',
      hideObject: false,
      sync: true,
    });
  } catch {
    return process.stdout;
  }
}
