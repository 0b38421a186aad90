import { AppError } from '../core/errors.ts';
import type { ModelRoom } from '../core/forecasting.ts';
import { backtest } from './backtest.ts';

export function createModelRoom(): ModelRoom {
  return {
    backtest,
    anomalies: () => Promise.reject(new AppError('ANOMALIES_ABSENT', 'anomalies')),
  };
}
