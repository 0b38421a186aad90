import type {
  FailureReason,
  SpeedOutcome,
  SpeedTest,
  SpeedTestResult,
} from '../../features/watch/speedtest/schema.ts';

type Change = Partial<Omit<SpeedTestResult, 'details'>> & { details?: Partial<SpeedTestResult['details']> };

/** A good quick test of a line of 100/40 Mbit/s. */
export function speedResult(change: Change = {}): SpeedTestResult {
  const { details, ...rest } = change;
  return {
    at: '2026-11-22T12:00:00.000Z',
    line: 'main',
    family: 'ipv4',
    engine: 'peer',
    server: 'near',
    outcome: 'ok',
    downloadMbps: 95,
    uploadMbps: 38,
    idleMs: 12,
    loadedDownMs: 20,
    loadedUpMs: 60,
    grade: 'B',
    rpm: 900,
    bytes: 40_000_000,
    flags: [],
    ...rest,
    details: {
      kind: 'quick',
      method: 'steady',
      reason: 'schedule',
      host: 'near.test:443',
      address: '203.0.113.7',
      interfaceName: 'eth0',
      tls: null,
      down: null,
      up: null,
      both: null,
      idle: null,
      responsiveness: null,
      busy: null,
      failure: null,
      passedOver: [],
      seconds: 9,
      ...details,
    },
  };
}

/** One that measured nothing. */
export function failedResult(
  reason: FailureReason,
  outcome: SpeedOutcome = 'failed',
  change: Change = {},
): SpeedTestResult {
  return speedResult({
    outcome,
    downloadMbps: null,
    uploadMbps: null,
    idleMs: null,
    loadedDownMs: null,
    loadedUpMs: null,
    grade: null,
    rpm: null,
    bytes: 0,
    ...change,
    details: { failure: { reason, message: `because of ${reason}`, phase: 'download' }, ...change.details },
  });
}

/** As it is read back. */
export function speedTest(id: number, change: Change = {}): SpeedTest {
  return { id: String(id), ...speedResult(change) };
}
