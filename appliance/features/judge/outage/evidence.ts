/** What the judge is told. Times are ms on one clock of the caller's choice; only differences matter. */
import type { Family, Segment } from '../../../core/shapes.ts';

export interface NodeFacts {
  /** Id of the target. */
  id: string;
  name: string;
  address: string | null;
  line: string;
  family: Family;
  segment: Segment;
  intervalMs: number;
}

/** One exchange of a target, told when its outcome was known. */
export interface ExchangeEvidence {
  kind: 'exchange';
  atMs: number;
  target: string;
  sentMs: number;
  /** µs; NaN when it was lost. */
  rttUs: number;
  /** From the quick series, which runs only while something is suspected and waits longer for an answer. */
  isQuick: boolean;
}

export interface NameEvidence {
  kind: 'name';
  atMs: number;
  sentMs: number;
  line: string;
  server: string;
  /** That it is asked by. */
  family: Family;
  /** Not one that the house uses by itself: its failures are nobody's outage. */
  isControl: boolean;
  /** The same question every second: silence tells, a denial only dates what other names tell. */
  isPulse: boolean;
  outcome: string;
  isAnswered: boolean;
  /** The name had an address here before; the failure of another one says nothing. */
  isTrusted: boolean;
  /** NaN without a reply. */
  rttMs: number;
}

export interface PageEvidence {
  kind: 'page';
  atMs: number;
  sentMs: number;
  line: string;
  family: Family;
  url: string;
  outcome: 'ok' | 'portal' | 'failed';
  /** The host of the page is one of the targets, so it says nothing that their pings do not. */
  portal: string | null;
}

export interface FullSizeEvidence {
  kind: 'full-size';
  atMs: number;
  sentMs: number;
  line: string;
  family: Family;
  target: string;
  segment: Segment;
  outcome: 'ok' | 'lost' | 'told' | 'local';
  sizeBytes: number;
}

export interface LinkEvidence {
  kind: 'link';
  atMs: number;
  line: string;
  interfaceName: string | null;
  isUp: boolean;
  hasCarrier: boolean;
  families: {
    family: Family;
    hasAddress: boolean;
    hasRoute: boolean;
    neighbour: 'reachable' | 'stale' | 'failed' | 'incomplete' | 'unknown';
  }[];
}

export interface TrafficEvidence {
  kind: 'traffic';
  atMs: number;
  line: string;
  source: 'own' | 'router';
  downBps: number;
  upBps: number;
}

/** The set of targets is another one now. */
export interface TargetsEvidence {
  kind: 'targets';
  atMs: number;
  targets: readonly NodeFacts[];
}

/** Nothing was measured from `fromMs` on until now. */
export interface GapEvidence {
  kind: 'gap';
  atMs: number;
  fromMs: number;
}

export type Evidence =
  | ExchangeEvidence
  | NameEvidence
  | PageEvidence
  | FullSizeEvidence
  | LinkEvidence
  | TrafficEvidence
  | TargetsEvidence
  | GapEvidence;
