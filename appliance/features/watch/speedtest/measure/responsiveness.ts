/** Round trips a minute under load, draft-ietf-ippm-responsiveness §4.3, the variant without TLS. Pure. */
import type { Responsiveness } from '../schema.ts';

/** The draft takes away the slowest twentieth. */
const keptShare = 0.95;
const fewProbes = 10;
const manyProbes = 30;

export function trimmedMean(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const kept = sorted.slice(0, Math.ceil(sorted.length * keptShare));
  return kept.reduce((sum, each) => sum + each, 0) / kept.length;
}

export interface LoadedTrips {
  /** Connecting, ms. */
  connectMs: readonly number[];
  /** From the request to the first byte of the answer on a connection of its own, ms. */
  requestMs: readonly number[];
  /** Of the connections that carry the load, by their kernel, ms. */
  loadMs: readonly number[];
  pingMs: readonly number[];
  /** The rate stood still and the queue was full. */
  isSettled: boolean;
}

const perMinute = (ms: number) => Math.round(60_000 / ms);

/** Null when nothing answered under load. */
export function responsivenessOf(trips: LoadedTrips): Responsiveness | null {
  const foreign = [trips.connectMs, trips.requestMs].filter((values) => values.length > 0).map(trimmedMean);
  const foreignRpm = 60_000 / (foreign.reduce((sum, each) => sum + each, 0) / foreign.length);
  const loadedRpm = 60_000 / trimmedMean(trips.loadMs);
  const both = [foreignRpm, loadedRpm].filter(Number.isFinite);
  if (both.length === 0) return null;
  return {
    rpm: Math.round(both.reduce((sum, each) => sum + each, 0) / both.length),
    confidence: confidenceOf(trips),
    icmpRpm: trips.pingMs.length > 0 ? perMinute(trimmedMean(trips.pingMs)) : null,
  };
}

/** high: every kind of trip was made, and often, on a line that stood still. */
function confidenceOf({
  connectMs,
  requestMs,
  loadMs,
  isSettled,
}: LoadedTrips): Responsiveness['confidence'] {
  if (!isSettled || connectMs.length < fewProbes) return 'low';
  const isWhole = requestMs.length > 0 && loadMs.length > 0 && connectMs.length >= manyProbes;
  return isWhole ? 'high' : 'medium';
}
