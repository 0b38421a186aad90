import { readFileSync } from 'node:fs';
import { systemClock } from '../core/clock.ts';

/** /proc/uptime counts CLOCK_BOOTTIME in hundredths; less than this is rounding and the time between two readings. */
const roundingMs = 50;

/** Milliseconds this machine has spent suspended since boot: CLOCK_BOOTTIME runs on then, CLOCK_MONOTONIC does not. */
export function suspendedMs(root = '/'): number {
  const before = systemClock.monoMs();
  const uptimeMs = Number(readFileSync(`${root}proc/uptime`, 'latin1').split(' ')[0]) * 1000;
  const difference = uptimeMs - before;
  return difference < roundingMs ? 0 : difference;
}

/** The kernel's id of this boot; empty where it does not tell. */
export function bootId(root = '/'): string {
  try {
    return readFileSync(`${root}proc/sys/kernel/random/boot_id`, 'latin1').trim();
  } catch {
    return ''; // no /proc in this sandbox: every start then counts as a new boot
  }
}
