/** Rates, grades and names of speed tests as people read them. Plain functions. */
import type { Grade, SpeedTest } from '../../../appliance/features/watch/speedtest/schema.ts';
import { roughly } from './format.ts';
import type { State } from './icons.ts';
import { speedWords as words } from './words/speed.ts';

const noBreak = '\u00a0';

/** Two or three significant digits: 0.94, 9.4, 94.1, 941. */
export function rateNumber(mbps: number): string {
  if (mbps === 0) return '0';
  if (mbps < 0.095) return mbps.toPrecision(1);
  if (mbps < 9.95) return mbps.toPrecision(2);
  if (mbps < 99.95) return mbps.toFixed(1);
  return Math.round(mbps).toString();
}

/** A rate with its unit; an em dash where none was measured, never a zero. */
export function rate(mbps: number | null | undefined): string {
  if (mbps === null || mbps === undefined) return '—';
  if (mbps >= 9995) return `${(mbps / 1000).toFixed(1)}${noBreak}Gbit/s`;
  return `${rateNumber(mbps)}${noBreak}Mbit/s`;
}

const states: Record<Grade, State> = { 'A+': 'up', A: 'up', B: 'up', C: 'degraded', D: 'down', F: 'down' };
/** The shape and colour that stand beside the letter. */
export function gradeState(grade: Grade): State {
  return states[grade];
}

/** Cuts of draft-ietf-ippm-responsiveness: 200, 60 and 10 ms a round trip. */
export function rpmWord(rpm: number): keyof typeof words.result.rpmWord {
  if (rpm < 300) return 'poor';
  if (rpm < 1000) return 'fair';
  return rpm < 6000 ? 'good' : 'excellent';
}

/** "3 h ago"; a test that ended within the last minute was just now. */
export function ago(ms: number, nowMs: number): string {
  return nowMs - ms < 60_000 ? words.justNow : words.agoWords(roughly(nowMs - ms));
}

/** What a delay under load adds to the one at rest; null where either is missing. */
export function addedMs(loadedMs: number | null, idleMs: number | null): number | null {
  return loadedMs === null || idleMs === null ? null : Math.max(0, loadedMs - idleMs);
}

/** Why there is no number, in a sentence; null where there is one. */
export function failureOf(test: SpeedTest): string | null {
  if (test.outcome === 'ok') return null;
  const failure = test.details?.failure;
  if (!failure) return `${words.outcome[test.outcome]}.`;
  return words.failedIn(words.failure[failure.reason], words.phase[failure.phase]);
}
