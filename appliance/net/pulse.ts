import type { Clock } from '../core/clock.ts';
import type { Log } from '../core/log.ts';
import type { EngineStatistics } from '../core/probing.ts';
import type { Notify } from './systemd.ts';

/** Longer than any pause of a busy machine; a real standstill then costs this and one WatchdogSec. */
const patienceMs = 30_000;
/** Well below half of any sensible WatchdogSec, as sd_watchdog_enabled(3) asks. */
const watchdogMs = 10_000;

export interface PulseSources {
  clock: Pick<Clock, 'monoMs'>;
  statistics(): Pick<EngineStatistics, 'targets' | 'received' | 'timeouts' | 'errors' | 'skipped'>;
  /** How often what is probed now is probed; the shortest one counts. */
  intervalsMs(): readonly number[];
}

/**
 * Says whether exchanges still end, well or badly: a broken line is no reason to restart, an engine that stands still is.
 * A service without any target is healthy.
 */
export class ProbePulse {
  readonly #sources: PulseSources;
  #ended = -1;
  #endedAtMs = 0;

  constructor(sources: PulseSources) {
    this.#sources = sources;
  }

  /** Looks again and tells how long nothing has ended, when that is too long; null when all is well. */
  silentMs(): number | null {
    const now = this.#sources.clock.monoMs();
    const { targets, received, timeouts, errors, skipped } = this.#sources.statistics();
    const ended = received + timeouts + errors + skipped;
    if (targets === 0 || ended !== this.#ended) {
      this.#ended = ended;
      this.#endedAtMs = now;
      return null;
    }
    const shortest = this.#sources.intervalsMs().reduce((least, each) => Math.min(least, each), Infinity);
    const allowed = patienceMs + (Number.isFinite(shortest) ? 2 * shortest : 0);
    const silent = now - this.#endedAtMs;
    return silent > allowed ? silent : null;
  }
}

/** Feeds the service manager's watchdog while the pulse beats; the returned function ends that. */
export function keepAlive({
  clock,
  log,
  notify,
  pulse,
}: {
  clock: Pick<Clock, 'every'>;
  log: Log;
  notify: Notify;
  pulse: ProbePulse;
}): () => void {
  let isTold = false;
  return clock.every(watchdogMs, () => {
    const silentMs = pulse.silentMs();
    if (silentMs === null) notify('WATCHDOG=1');
    else if (!isTold) log.error({ silentMs }, 'no probe ends any more; a service manager starts ist again');
    isTold = silentMs !== null;
  });
}
