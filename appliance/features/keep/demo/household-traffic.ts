import type { HappeningKind } from './happenings.ts';
import type { LineModel } from './line-model.ts';
import { uniform, wander } from './noise.ts';

export interface Flow {
  downBps: number;
  upBps: number;
}

const megabit = 1_000_000;
/** What the plans of the old and the new provider give. */
const oldPlan = { downBps: 50 * megabit, upBps: 10 * megabit };
const newPlan = { downBps: 100 * megabit, upBps: 40 * megabit };

/** What the line can carry at a moment. */
export const planAt = (model: LineModel, atMs: number): Flow =>
  atMs < model.plan.providerChangedAtMs ? oldPlan : newPlan;

/** Nothing passes to the Internet. */
export const isCutAt = (model: LineModel, atMs: number): boolean =>
  model.happeningsAt(atMs).some(({ kind }) => cutting.includes(kind));
const cutting: readonly HappeningKind[] = ['access', 'router', 'upstream', 'power'];
/** Lamps, phones and clocks. */
const idle = { downBps: 40_000, upBps: 25_000 };
const videoBps = 6.5 * megabit;
/** Somebody watches, or does not, for as long. */
const sessionMs = 25 * 60_000;
/** An upload that fills the queue leaves this much of the rate to headers and pauses; acknowledgements come back. */
const goodput = 0.94;
const acknowledged = 0.02;
const draw = { session: 21, quality: 22, upload: 23 } as const;

/** What flows through the router at a moment: a household that watches films in the evening and uploads now and then. */
export function flowAt(model: LineModel, atMs: number): Flow {
  if (isCutAt(model, atMs)) return { downBps: 0, upBps: 0 };
  const active = model.happeningsAt(atMs).map(({ kind }) => kind);
  const plan = planAt(model, atMs);
  const session = Math.floor(atMs / sessionMs);
  const isWatching = uniform(draw.session, session) < 0.1 + 0.85 * model.loadAt(atMs);
  const video = isWatching ? videoBps * (0.6 + 0.8 * wander(draw.quality, atMs / 9000)) : 0;
  const upload = active.includes('bufferbloat')
    ? plan.upBps * goodput * (0.96 + 0.04 * wander(draw.upload, atMs / 3000))
    : 0;
  return {
    downBps: Math.min(plan.downBps, idle.downBps + video + acknowledged * upload),
    upBps: Math.min(plan.upBps, idle.upBps + 0.02 * video + upload),
  };
}
