/** One interface for every way to measure a line, and the run that the service calls. */
import type { FeatureContext } from '../../../core/feature.ts';
import type { LoadProtocol } from '../../../core/load.ts';
import type { Family } from '../../../core/shapes.ts';
import type { EngineName, SpeedKind, SpeedProgress, SpeedTestResult } from './schema.ts';

/** What a run needs; a FeatureContext has all of it. */
export type SpeedPorts = Pick<
  FeatureContext,
  'clock' | 'timeline' | 'log' | 'engine' | 'link' | 'names' | 'net' | 'calls' | 'config' | 'load'
>;

/** One server to try; the run goes down the list until one serves. */
export interface EngineChoice {
  engine: EngineName;
  /** Own server, or object to fetch; null: the engine finds one. */
  server: string | null;
  name?: string;
  /** Of the engine http: takes a POST. */
  upload?: string;
  isInside?: boolean;
  /** PEM text. */
  ca?: string;
}

export interface SpeedPlan {
  line: string;
  /** Null: as the routes say. */
  interfaceName: string | null;
  gateway: string | null;
  /** Null: IPv4 where the server has it, else IPv6. */
  family: Family | null;
  kind: SpeedKind;
  /** In order of preference; at most 8. */
  choices: readonly EngineChoice[];
  /** Id of the text that tells why: 'asked', 'schedule', 'outage', 'retest', … */
  reason: string;
  /** Load is not begun, and is ended, beyond this many bytes on the wire. */
  maxBytes: number;
  /** Of the last good test of this line; null when there is none. */
  last: { downMbps: number | null; upMbps: number | null; burstRatio: number | null } | null;
  /** Somebody waits for the number: a busy line does not postpone it, and foreign traffic does not end it. */
  isForced: boolean;
  /** Also load both ways at once. */
  hasBoth?: boolean;
  /** What this box can generate, from its own calibration; null when it is not known. */
  maxTestMbps: number | null;
}

/** Runs one test. Never rejects: whatever goes wrong is in the result, and the signal ends it within a second. */
export type RunSpeedTest = (
  ports: SpeedPorts,
  plan: SpeedPlan,
  signal: AbortSignal,
  onProgress: (progress: SpeedProgress) => void,
) => Promise<SpeedTestResult>;

/** Where the bytes go to or come from. */
export interface LoadTarget {
  protocol: LoadProtocol;
  url: string;
  headers?: Readonly<Record<string, string>>;
}

/** A server that an engine has found and that may be loaded. */
export interface FoundServer {
  /** What people call it. */
  name: string;
  host: string;
  port: number;
  address: string;
  family: Family;
  down: LoadTarget | null;
  up: LoadTarget | null;
  ca?: string;
  /** The owner has named it; anything else must stand outside the house. */
  mayBeInside: boolean;
  /** Sends as we ask: congestion control in the request. */
  isOurs: boolean;
  /** Bounds that the other side asks for. */
  maxMs?: number;
  maxBytes?: number;
  /** Answers with one byte; null where such requests are not welcome. */
  pingUrl: string | null;
  /** Interval of connection probes under load; strangers are asked less often. */
  tcpProbeMs: number;
}

/** What an engine that brings a test of its own has measured. */
export interface WholeResult {
  server: string;
  host: string | null;
  interfaceName: string | null;
  family: Family | null;
  downMbps: number;
  upMbps: number;
  idleMs: number | null;
  loadedDownMs: number | null;
  loadedUpMs: number | null;
  lossRatio: number | null;
  downBytes: number;
  upBytes: number;
  downSeconds: number;
  upSeconds: number;
}

/** Finds servers and knows how to speak to them; the phases are the same for all. */
export interface SpeedEngine {
  readonly name: EngineName;
  /** Id of the outside service that must be switched on; null: the owner has named the server himself. */
  readonly service: string | null;
  /** Measures with the server that the owner names; the others find theirs, whatever is named. */
  readonly takesServer: boolean;
  /** Servers to try, best first, at most 4. Throws `EngineFailure`. */
  find(ports: SpeedPorts, choice: EngineChoice, plan: SpeedPlan, signal: AbortSignal): Promise<FoundServer[]>;
  /** In place of the phases: a program that measures by itself. Throws `EngineFailure`. */
  measure?(
    ports: SpeedPorts,
    choice: EngineChoice,
    plan: SpeedPlan,
    signal: AbortSignal,
  ): Promise<WholeResult>;
}
