import type { Verdict } from '../../core/shapes.ts';
import type { Outage } from '../../features/judge/outage/schema.ts';
import type { Fault } from '../lab/faults.ts';
import type { Node } from '../lab/topology.ts';

/** Traffic of the house: TCP between a node of the LAN and anchor 1. */
export interface Load {
  from: 'client' | 'nas';
  down: boolean;
  up: boolean;
}

export type Action =
  | { fault: Fault; argument?: string }
  | { ctl: string }
  | { load: Load }
  /** To the service itself: kill -9, start again with the same data, stand still, go on. */
  | { service: 'kill' | 'start' | 'suspend' | 'resume' };

/** One thing that is done; `atMs` counts from the first one. */
export type Deed = Action & { atMs?: number };

/** Which of several equal records is meant, or tolerated. */
export interface Pattern {
  kind: Outage['kind'];
  /** Any of them is right. */
  verdicts: readonly Verdict[];
}

/** A record that must be there. */
export interface Expectation extends Pattern {
  /** Causes that the evidence cannot exclude: all of them must be among the candidates. */
  candidates?: readonly Verdict[];
  family?: Outage['family'];
  segment?: string;
  cause?: string;
  /** Where nothing tells the causes apart, more confidence than this is a mistake. */
  confidenceBelow?: number;
  /** Index of the deed that begins it; default: the first. */
  from?: number;
  /** Index of the deed that ends it; default: clearing the lab. */
  to?: number;
  /** The time is what this link's log says of its flapping, in place of one interval. */
  flapping?: string;
  /** Which ends of it can be compared; default: both for an outage, none for a degradation, which fades in and out. */
  times?: 'both' | 'start' | 'none';
}

/** What is special about the network or the configuration, before the service starts and as long as it runs. */
export interface Setup {
  /** Commands in nodes, and those that undo them; `Lab.clear` leaves them alone. */
  before?: readonly { node: Node; argv: readonly string[] }[];
  after?: readonly { node: Node; argv: readonly string[] }[];
  /** How the line is by nature: given to linksim after every `clear`. */
  line?: string;
  config?: Readonly<Record<string, unknown>>;
  /** How many anchors are configured; default 3. */
  anchors?: number;
  /** Segments that must have a target before the drill begins; default: gateway, isp, transit and anchor. */
  segments?: readonly string[];
}

export interface DrillCase {
  name: string;
  deeds: readonly Deed[];
  /** From the first deed to clearing; default 25 s. */
  holdMs?: number;
  /** Empty: there must be no record at all. */
  expect: readonly Expectation[];
  /** Records that may be there as well. */
  allow?: readonly Pattern[];
  /** A busy period must be told, and no fault. */
  isBusy?: boolean;
  /** The time between these deeds was not observed and must be a gap. */
  gap?: { from: number; to: number; reasons: readonly string[] };
  setup?: string;
  /** Fills the machine as well as the line: runs with nothing beside it. */
  isHeavy?: boolean;
}

export const defaultHoldMs = 25_000;
