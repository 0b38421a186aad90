import type { RunEnd } from './agenda.ts';
import { changeOf } from './change.ts';
import type { SpeedPlan } from './engine.ts';
import type { EngineName, FailureReason, SpeedTest, SpeedTestResult } from './schema.ts';

/** Bad luck, or the server's fault: worth another try in a while. */
const passing: readonly FailureReason[] = [
  'dns',
  'timeout',
  'refused',
  'unreachable',
  'reset',
  'stalled',
  'short',
  'no-capacity',
  'rate-limited',
];

/** What the agenda makes of a result. `earlier`: alike, newest first. */
export function endOf(result: SpeedTestResult, isDisplaced: boolean, earlier: readonly SpeedTest[]): RunEnd {
  if (isDisplaced || result.outcome === 'busy') return 'busy';
  const reason = result.details.failure?.reason;
  if (result.outcome === 'aborted') return reason === 'line-wanted' ? 'busy' : 'over';
  if (result.outcome === 'failed') return reason !== undefined && passing.includes(reason) ? 'again' : 'over';
  if (result.outcome === 'skipped') return 'over';
  return changeOf({ id: '', ...result }, earlier)?.isBad ? 'bad' : 'over';
}

/** A test that was not made, so that the history says why there is none. */
export function leftOut(
  plan: Pick<SpeedPlan, 'line' | 'family' | 'kind' | 'reason' | 'interfaceName'>,
  engine: EngineName,
  failure: { reason: FailureReason; message: string },
  at: string,
): SpeedTestResult {
  const { line, family, kind, reason, interfaceName } = plan;
  return {
    at,
    line,
    family,
    engine,
    server: null,
    outcome: 'skipped',
    downloadMbps: null,
    uploadMbps: null,
    idleMs: null,
    loadedDownMs: null,
    loadedUpMs: null,
    grade: null,
    rpm: null,
    bytes: 0,
    flags: [],
    details: {
      kind,
      method: 'skipped',
      reason,
      host: null,
      address: null,
      interfaceName,
      tls: null,
      down: null,
      up: null,
      both: null,
      idle: null,
      responsiveness: null,
      busy: null,
      failure: { ...failure, phase: 'waiting' },
      passedOver: [],
      seconds: 0,
    },
  };
}
