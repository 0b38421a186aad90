/** Whether the line is in use before anything is sent. */
import { pause } from '../../../../core/clock.ts';
import type { RouterGauge } from '../../../../core/network.ts';
import type { SpeedPlan, SpeedPorts } from '../engine.ts';
import type { BusyFigures } from '../schema.ts';
import { busyLimitMbps, type LineBytes, ratesBetween, readInterface, readRouter } from './line-counter.ts';

const lookMs = 3000;
const findRouterMs = 1500;

/** What the line carries now: of the whole house where the router tells, else of this box alone. Null: nobody counts. */
export async function lookAtLine(
  ports: Pick<SpeedPorts, 'clock' | 'net'>,
  plan: Pick<SpeedPlan, 'gateway' | 'last'>,
  interfaceName: string | null,
  signal: AbortSignal,
): Promise<BusyFigures | null> {
  const { clock, net } = ports;
  const now = () => clock.monoMs();
  const gaugeFound = findGauge(ports, plan.gateway, interfaceName, signal);
  const read = async () => (interfaceName === null ? null : await readInterface(net, interfaceName, now));
  const before = await read();
  const startMs = now();
  const gauge = await gaugeFound;
  const routerBefore = gauge && (await readRouter(gauge, signal, now));
  await pause(clock, Math.max(0, startMs + lookMs - now()), signal);
  const after = await read();
  const routerAfter = gauge && (await readRouter(gauge, signal, now));
  const limitMbps = busyLimitMbps(Math.max(plan.last?.downMbps ?? 0, plan.last?.upMbps ?? 0));
  const own = figuresOf(before, after, limitMbps, 'interface');
  const house = figuresOf(routerBefore, routerAfter, limitMbps, 'router');
  if (own === null || house === null) return own ?? house;
  // A router that does not count offloaded packets sees less than passes through our own card.
  return house.downMbps + house.upMbps > own.downMbps + own.upMbps ? house : own;
}

function figuresOf(
  before: LineBytes | null,
  after: LineBytes | null,
  limitMbps: number,
  source: BusyFigures['source'],
): BusyFigures | null {
  if (before === null || after === null) return null;
  return {
    seconds: (after.monoMs - before.monoMs) / 1000,
    ...ratesBetween(before, after),
    limitMbps,
    source,
  };
}

/** Looked for while the interface is watched; a router that needs longer counts nothing this time. */
async function findGauge(
  { net, clock }: Pick<SpeedPorts, 'clock' | 'net'>,
  gateway: string | null,
  interfaceName: string | null,
  signal: AbortSignal,
): Promise<RouterGauge | null> {
  if (gateway === null) return null;
  const ending = new AbortController();
  const cancel = clock.after(findRouterMs, () => ending.abort());
  try {
    return await net.findRouterGauge({ interfaceName, gateway }, AbortSignal.any([signal, ending.signal]));
  } catch {
    return null; // it has none, or did not say so in time
  } finally {
    cancel();
  }
}

export const isBusy = ({ downMbps, upMbps, limitMbps }: BusyFigures) =>
  downMbps > limitMbps || upMbps > limitMbps;
