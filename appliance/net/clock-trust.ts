import { existsSync, readFileSync } from 'node:fs';
import type { ClockTrust } from '../core/timeline.ts';
import { loadAddon } from './addon.ts';

/** Says whether the kernel set its time from this clock at boot (`1`) or only could have. */
const setAtBootPath = '/sys/class/rtc/rtc0/hctosys';
/** Made by systemd-timesyncd when it has set the clock. A service that may not ask the kernel (ProtectClock=) sees this. */
const timesyncPath = '/run/systemd/timesync/synchronized';

function hasHardwareClock(): boolean {
  // Every PC has one, and hypervisors give one to their guests, often without showing it in /sys.
  if (process.arch === 'x64') return true;
  try {
    return readFileSync(setAtBootPath, 'latin1').trim() === '1';
  } catch {
    return false; // no clock chip, as on a Raspberry Pi up to 4
  }
}

let hardware: boolean | undefined;

/** What the operating system says about its clock now. Never throws: without the addon nothing is synchronised. */
export function readClockTrust(): ClockTrust {
  hardware ??= hasHardwareClock();
  return { isSynchronised: readSynchronised() || existsSync(timesyncPath), hasHardwareClock: hardware };
}

function readSynchronised(): boolean {
  try {
    return loadAddon().clockState().isSynchronised;
  } catch {
    return false;
  }
}
