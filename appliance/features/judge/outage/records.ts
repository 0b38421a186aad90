/** What the judge gives back. Times are ms on the clock of the evidence. */
import type { Family, Segment, Verdict } from '../../../core/shapes.ts';
import type { Symptom } from './schema.ts';

export interface RecordNode {
  target: string;
  name: string;
  address: string | null;
  segment: Segment;
  family: Family;
  sent: number;
  lost: number;
  medianUs: number;
  baselineUs: number;
  lastAnsweredMs: number | null;
  isUsed: boolean;
}

/** One outage or degradation, open or closed. */
export interface OutageRecord {
  /** Counts up from 1 per judge. */
  key: number;
  line: string;
  families: Family[];
  kind: 'outage' | 'degradation';
  symptom: Symptom;
  /** The one destination or name server, where it concerns one. */
  target: string | null;
  startMs: number;
  /** The last affected exchange so far. */
  lastMs: number;
  endMs: number | null;
  endedBy: 'recovery' | 'gap' | null;
  announcedMs: number;
  decidedMs: number | null;
  verdict: Verdict;
  candidates: Verdict[];
  confidence: number;
  /** Where the path broke. */
  segment: string | null;
  cause: string | null;
  rule: string;
  nodes: RecordNode[];
  facts: { name: string; value: string }[];
  phases: { atMs: number; segment: string }[];
}

export interface BusyRecord {
  key: number;
  line: string;
  startMs: number;
  endMs: number | null;
  direction: 'down' | 'up' | 'both' | 'unknown';
  source: 'own' | 'router' | 'inferred';
  downBps: number;
  upBps: number;
  /** µs that answers took longer, at most. */
  addedUs: number;
}

export type Change =
  | { type: 'opened' | 'updated' | 'closed'; record: OutageRecord }
  | { type: 'busy'; busy: BusyRecord }
  | { type: 'worked'; line: string; family: Family };

export interface Thresholds {
  /** Silence of all anchors that counts as an outage. */
  silenceMs: number;
  /** Loss that counts as a degradation, 0..1. */
  lossRatio: number;
  /** Added delay that counts as a degradation. */
  addedUs: number;
}

export const defaultThresholds: Thresholds = { silenceMs: 1200, lossRatio: 0.05, addedUs: 30_000 };
