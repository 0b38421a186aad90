import type { Log } from '../../core/log.ts';

/** Says warnings and errors on standard error and nothing else. */
export const quietLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: (fields, message) => console.error(message, fields),
  error: (fields, message) => console.error(message, fields),
  child: () => quietLog,
};
