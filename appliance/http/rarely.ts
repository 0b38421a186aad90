import type { Clock } from '../core/clock.ts';

/** A broken route under a page that asks every second must not fill the log. */
const everyMs = 60_000;
/** Keys are routes and messages; a flood of different ones starts over. */
const maxKeys = 256;

/** Answers true at most once a minute for one key. */
export function createRarely(clock: Clock): (key: string) => boolean {
  const saidAt = new Map<string, number>();
  return (key) => {
    const now = clock.monoMs();
    const before = saidAt.get(key);
    if (before !== undefined && now - before < everyMs) return false;
    if (saidAt.size >= maxKeys) saidAt.clear();
    saidAt.set(key, now);
    return true;
  };
}
