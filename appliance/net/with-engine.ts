/** A started engine around a test; no part of the product. */
import { buildAddon, isAddonFresh } from '../../native/build.ts';
import { systemClock } from '../core/clock.ts';
import type { Log } from '../core/log.ts';
import type { Exchange, ProbeEngine, ProbeTarget } from '../core/probing.ts';
import { createEngine, type EngineOptions } from './engine.ts';

const silent = () => undefined;
const log: Log = { debug: silent, info: silent, warn: silent, error: silent, child: () => log };

/** The own machine, every 20 ms. */
export const here: ProbeTarget = {
  kind: 'icmp',
  family: 'ipv4',
  address: '127.0.0.1',
  intervalMs: 20,
  timeoutMs: 500,
};

/** The own machine answers: a reply, or where this user may not ping, the refused handshake that stands in for it. */
export const isAnswer = ({ outcome }: Exchange): boolean => outcome === 'ok' || outcome === 'refused';

/** Runs `work` with a started engine and stops it whatever happens. */
export async function withEngine(
  work: (
    engine: ProbeEngine,
    seen: Exchange[],
    until: (isDone: () => boolean) => Promise<void>,
  ) => Promise<void>,
  options: Partial<EngineOptions> = {},
): Promise<void> {
  if (!isAddonFresh()) await buildAddon(silent);
  const engine = createEngine({ clock: systemClock, log, ...options });
  const seen: Exchange[] = [];
  let wake = silent;
  engine.onExchanges((exchanges) => {
    for (const exchange of exchanges) seen.push({ ...exchange });
    wake();
  });
  const until = (isDone: () => boolean) =>
    new Promise<void>((resolve, reject) => {
      const limit = setTimeout(() => reject(new Error(`nothing more after ${seen.length} exchanges`)), 8000);
      wake = () => {
        if (!isDone()) return;
        clearTimeout(limit);
        resolve();
      };
      wake();
    });
  await engine.start();
  try {
    await work(engine, seen, until);
  } finally {
    await engine.stop();
  }
}

/** Whether every packet sent is accounted for, by statistics. */
export function isAccounted(engine: ProbeEngine): boolean {
  const { sent, received, timeouts, errors, inFlight } = engine.statistics();
  return sent === received + timeouts + errors + inFlight;
}
