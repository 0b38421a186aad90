import type { RouterGauge } from '../core/network.ts';

export async function findRouterGauge(
  _options: { interfaceName: string | null; gateway: string },
  _signal: AbortSignal,
): Promise<RouterGauge | null> {
  return null;
}
