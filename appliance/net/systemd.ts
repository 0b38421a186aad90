import { messageOf } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import { loadAddon } from './addon.ts';

/** Tells the service manager how we are, sd_notify(3): `READY=1`, `WATCHDOG=1`, `STATUS=…`, `STOPPING=1`. */
export type Notify = (state: string) => void;

/** `socketPath` is $NOTIFY_SOCKET; without one, nobody listens and nothing happens. */
export function createNotify(socketPath: string | undefined, log: Log): Notify {
  if (!socketPath) return () => undefined;
  return (state) => {
    try {
      loadAddon().notifyService(socketPath, state);
    } catch (error) {
      log.warn({ state, reason: messageOf(error) }, 'the service manager could not be notified');
    }
  };
}
