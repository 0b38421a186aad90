import type { SpeedtestConfig } from './schema.ts';

const gigabyte = 1e9;
/** What a metered line is given at most. */
const meteredBytes = 0.5 * gigabyte;

export interface LineLimits {
  isMetered: boolean;
  budgetBytes: number;
}

export function limitsOf(
  { lines, monthlyBudgetGb }: Pick<SpeedtestConfig, 'lines' | 'monthlyBudgetGb'>,
  line: string,
): LineLimits {
  const own = lines.find((one) => one.line === line);
  const isMetered = own?.isMetered ?? false;
  const wanted = (own?.monthlyBudgetGb ?? monthlyBudgetGb) * gigabyte;
  return { isMetered, budgetBytes: Math.round(isMetered ? Math.min(wanted, meteredBytes) : wanted) };
}
