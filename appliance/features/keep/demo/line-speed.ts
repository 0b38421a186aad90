import { flowAt, planAt } from './household-traffic.ts';
import type { LineModel } from './line-model.ts';

/** TCP payload in frames of Ethernet. */
const payloadShare = 1448 / 1514;
/** What the queue before each direction holds: the old provider's are deep. */
const oldQueue = { downMs: 70, upMs: 240 };
const newQueue = { downMs: 14, upMs: 46 };
const megabit = 1e6;

export interface LineSpeed {
  /** Payload that a test gets beside what the house does. */
  downMbps: number;
  upMbps: number;
  /** What the house does, on the wire. */
  othersDownMbps: number;
  othersUpMbps: number;
  queue: { downMs: number; upMs: number };
}

/** What a speed test meets on the simulated line at a moment. */
export function speedAt(model: LineModel, atMs: number): LineSpeed {
  const plan = planAt(model, atMs);
  const flow = flowAt(model, atMs);
  const rest = (whole: number, used: number) => (Math.max(0, whole - used) * payloadShare) / megabit;
  return {
    downMbps: rest(plan.downBps, flow.downBps),
    upMbps: rest(plan.upBps, flow.upBps),
    othersDownMbps: flow.downBps / megabit,
    othersUpMbps: flow.upBps / megabit,
    queue: atMs < model.plan.providerChangedAtMs ? oldQueue : newQueue,
  };
}
