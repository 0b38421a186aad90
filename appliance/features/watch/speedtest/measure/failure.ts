import { AppError, messageOf } from '../../../../core/errors.ts';
import type { LoadReport } from '../../../../core/load.ts';
import type { FailureReason, SpeedFailure, SpeedPhase } from '../schema.ts';

/** Ends a test, or one server's part of it, with a reason that is shown. */
export class EngineFailure extends Error {
  readonly reason: FailureReason;
  readonly phase: SpeedPhase;

  constructor(reason: FailureReason, message: string, phase: SpeedPhase) {
    super(message);
    this.reason = reason;
    this.phase = phase;
  }

  toJson(): SpeedFailure {
    return { reason: this.reason, message: this.message.slice(0, 500), phase: this.phase };
  }
}

/** The failure of a load in the words of a test. */
export function failureOfLoad({ outcome, message }: LoadReport, phase: SpeedPhase): EngineFailure {
  const reason: FailureReason = outcome === 'ok' ? 'engine' : outcome;
  return new EngineFailure(reason, message ?? 'the load ended without a reason', phase);
}

/** Whatever was thrown: what is not foreseen is the engine's own. */
export function failureOfError(error: unknown, phase: SpeedPhase): EngineFailure {
  if (error instanceof EngineFailure) return error;
  if (error instanceof AppError && error.code === 'CONSENT_MISSING')
    return new EngineFailure('no-consent', error.message, phase);
  return new EngineFailure('engine', messageOf(error), phase);
}

/** No other server would do better: the line itself, or somebody at home, has ended the test. */
export const isFinal = (reason: FailureReason) =>
  reason === 'cancelled' || reason === 'line-wanted' || reason === 'line-down' || reason === 'budget';
