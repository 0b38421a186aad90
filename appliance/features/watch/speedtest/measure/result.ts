/** A finished run as it is stored and shown. */
import { toIso } from '../../../../core/clock.ts';
import type { SpeedPlan, SpeedPorts, WholeResult } from '../engine.ts';
import type { DirectionResult, EngineName, SpeedDetails, SpeedOutcome, SpeedTestResult } from '../schema.ts';
import type { EngineFailure } from './failure.ts';
import { flagsOf } from './flags.ts';
import { gradeOf, worstGrade } from './grade.ts';
import { type ServerTest, worstResponsiveness } from './server-test.ts';

export interface Ending {
  ports: Pick<SpeedPorts, 'clock' | 'timeline'>;
  plan: SpeedPlan;
  engine: EngineName;
  startMonoMs: number;
  /** Of servers that were tried before as well. */
  bytes: number;
  passedOver: SpeedDetails['passedOver'];
}

/** Nothing was measured: every number is null. */
function blank({ ports, plan, engine, startMonoMs, bytes, passedOver }: Ending): SpeedTestResult {
  return {
    at: toIso(ports.timeline.wallMs(startMonoMs)),
    line: plan.line,
    family: plan.family,
    engine,
    server: null,
    outcome: 'failed',
    downloadMbps: null,
    uploadMbps: null,
    idleMs: null,
    loadedDownMs: null,
    loadedUpMs: null,
    grade: null,
    rpm: null,
    bytes: Math.round(bytes),
    flags: [],
    details: {
      kind: plan.kind,
      method: `speedtest.${engine}.${plan.kind}`,
      reason: plan.reason,
      host: null,
      address: null,
      interfaceName: plan.interfaceName,
      tls: null,
      down: null,
      up: null,
      both: null,
      idle: null,
      responsiveness: null,
      busy: null,
      failure: null,
      passedOver: passedOver.slice(0, 8),
      seconds: (ports.clock.monoMs() - startMonoMs) / 1000,
    },
  };
}

export function failedResult(
  ending: Ending,
  failure: EngineFailure,
  test: ServerTest | null,
): SpeedTestResult {
  const result = test === null ? blank(ending) : withServer(blank(ending), test);
  const outcome: SpeedOutcome =
    failure.reason === 'cancelled' || failure.reason === 'line-wanted' ? 'aborted' : 'failed';
  return { ...result, outcome, details: { ...result.details, failure: failure.toJson() } };
}

export function busyResult(ending: Ending, test: ServerTest): SpeedTestResult {
  const result = withServer(blank(ending), test);
  return { ...result, outcome: 'busy', flags: ['busy'] };
}

const deepDelay = (direction: DirectionResult | null) =>
  direction?.icmp?.p90Ms ?? direction?.tcp?.p90Ms ?? null;

export function measuredResult(ending: Ending, test: ServerTest, nicMbps: number | null): SpeedTestResult {
  const result = withServer(blank(ending), test);
  const { down, up, traces, trips } = test;
  const responsiveness = worstResponsiveness(trips);
  return {
    ...result,
    outcome: 'ok',
    downloadMbps: down?.capacityMbps ?? null,
    uploadMbps: up?.capacityMbps ?? null,
    loadedDownMs: deepDelay(down),
    loadedUpMs: deepDelay(up),
    grade: worstGrade([down?.grade ?? null, up?.grade ?? null]),
    rpm: responsiveness?.rpm ?? null,
    flags: flagsOf(test, ending.plan, nicMbps),
    details: {
      ...result.details,
      down,
      up,
      responsiveness,
      tls: traces.down?.report?.tls ?? traces.up?.report?.tls ?? null,
    },
  };
}

function withServer(result: SpeedTestResult, test: ServerTest): SpeedTestResult {
  const { server, interfaceName, idle, busy, baseMs } = test;
  return {
    ...result,
    server: server.name,
    family: server.family,
    idleMs: baseMs,
    details: { ...result.details, host: server.host, address: server.address, interfaceName, idle, busy },
  };
}

/** What a program that measures by itself has said; what it does not say is null. */
export function wholeResult(ending: Ending, whole: WholeResult): SpeedTestResult {
  const result = blank(ending);
  const added = (loadedMs: number | null) =>
    loadedMs === null || whole.idleMs === null ? null : Math.max(0, loadedMs - whole.idleMs);
  const grade = (loadedMs: number | null) => {
    const addedMs = added(loadedMs);
    return addedMs === null ? null : gradeOf(addedMs);
  };
  return {
    ...result,
    server: whole.server,
    family: whole.family,
    outcome: 'ok',
    downloadMbps: whole.downMbps,
    uploadMbps: whole.upMbps,
    idleMs: whole.idleMs,
    loadedDownMs: whole.loadedDownMs,
    loadedUpMs: whole.loadedUpMs,
    grade: worstGrade([grade(whole.loadedDownMs), grade(whole.loadedUpMs)]),
    bytes: ending.bytes + whole.downBytes + whole.upBytes,
    details: { ...result.details, host: whole.host, interfaceName: whole.interfaceName },
  };
}
