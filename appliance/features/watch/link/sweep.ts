import { type Clock, pause } from '../../../core/clock.ts';
import type { OneShot, ProbeEngine } from '../../../core/probing.ts';

/** Gentle: one question every 20 ms, at most 16 without an answer. A network of 254 takes five seconds. */
const gapMs = 20;
const maxOpen = 16;
const sweepTimeoutMs = 300;

/** A witness answers every time it is asked. */
const tries = 3;
const triesGapMs = 200;
const tryTimeoutMs = 500;

export interface Asker {
  engine: Pick<ProbeEngine, 'probeOnce' | 'methodOf'>;
  clock: Clock;
  /** Set where the line is bound to its interface. */
  interfaceName: string | null;
}

async function answers(
  asker: Asker,
  address: string,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<boolean> {
  const shot: OneShot = {
    // Where ICMP is forbidden a handshake stands in, as it does for targets: refused, the device is there, too.
    kind: asker.engine.methodOf('icmp', 'ipv4') === 'tcp' ? 'tcp' : 'icmp',
    family: 'ipv4',
    address,
    timeoutMs,
    ...(asker.interfaceName === null ? {} : { interfaceName: asker.interfaceName }),
  };
  const { outcome } = await asker.engine.probeOnce(shot, signal);
  return outcome === 'ok' || outcome === 'refused';
}

/** Whether a device answers three times out of three. */
export async function answersAlways(asker: Asker, address: string, signal: AbortSignal): Promise<boolean> {
  for (let attempt = 0; attempt < tries; attempt += 1) {
    if (attempt > 0) await pause(asker.clock, triesGapMs, signal);
    if (!(await answers(asker, address, tryTimeoutMs, signal))) return false;
  }
  return true;
}

/** Asks every address once and tells of those that answer as they do. Rejects when the signal aborts. */
export async function sweep(
  asker: Asker,
  addresses: readonly string[],
  signal: AbortSignal,
  onAnswer: (address: string) => void,
): Promise<void> {
  const open = new Set<Promise<void>>();
  for (const address of addresses) {
    signal.throwIfAborted();
    const asked = answers(asker, address, sweepTimeoutMs, signal)
      .then((isThere) => {
        if (isThere) onAnswer(address);
      })
      .finally(() => open.delete(asked));
    asked.catch(() => undefined); // awaited below; a rejection must not be unhandled until then
    open.add(asked);
    if (open.size >= maxOpen) await Promise.race(open);
    await pause(asker.clock, gapMs, signal);
  }
  await Promise.all(open);
}
