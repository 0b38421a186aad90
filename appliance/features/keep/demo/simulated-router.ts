import { type Clock, pause } from '../../../core/clock.ts';
import { AppError } from '../../../core/errors.ts';
import type { RouterGauge } from '../../../core/network.ts';
import type { Family } from '../../../core/shapes.ts';
import { household } from './household.ts';
import { flowAt } from './household-traffic.ts';
import type { LineModel } from './line-model.ts';

/** Reading it over UPnP takes a home router about so long; one that restarts does not answer at all. */
const answerMs = 12;
const timeoutMs = 2000;
/** Traffic is added up in steps of this; after a longer pause the steps are as many and longer. */
const stepMs = 1000;
const maxSteps = 600;
/** It had been up for so long when the demo began. */
const upBeforeMs = 19.4 * 86_400_000;
/** Homes as this one move about 20 GB a day. */
const bytesBefore = { rx: 381_000_000_000, tx: 44_000_000_000 };

/** The household's router: it counts what passes, and restarts when the plan says so. */
export class SimulatedRouter implements RouterGauge {
  readonly name = household.routerName;
  readonly #clock: Clock;
  readonly #model: LineModel;
  readonly #offsetMs: number;
  #rxBytes = bytesBefore.rx;
  #txBytes = bytesBefore.tx;
  #countedMs: number;
  #bootedMs: number;

  /** `offsetMs`: wall minus monotonic time. */
  constructor(clock: Clock, model: LineModel, offsetMs: number) {
    this.#clock = clock;
    this.#model = model;
    this.#offsetMs = offsetMs;
    this.#countedMs = this.#nowMs();
    this.#bootedMs = this.#countedMs - upBeforeMs;
  }

  async read(
    signal: AbortSignal,
  ): Promise<{ rxBytes: number; txBytes: number; linkState: string | null; uptimeSeconds: number | null }> {
    const nowMs = this.#nowMs();
    this.#count(nowMs);
    const isThere = this.isAnswering('ipv4');
    await pause(this.#clock, isThere ? answerMs : timeoutMs, signal);
    signal.throwIfAborted();
    if (!isThere) {
      throw new AppError('ROUTER_SILENT', `${this.name} at ${household.gateway.ipv4} does not answer`, {
        status: 504,
      });
    }
    const isCut = this.#model.happeningsAt(nowMs).some(({ kind }) => kind === 'access' || kind === 'router');
    return {
      rxBytes: Math.round(this.#rxBytes),
      txBytes: Math.round(this.#txBytes),
      linkState: isCut ? 'Down' : 'Up',
      uptimeSeconds: Math.floor((nowMs - this.#bootedMs) / 1000),
    };
  }

  /** False while it restarts; one lost packet is no silence. */
  isAnswering(family: Family): boolean {
    const target = { kind: 'icmp', segment: 'gateway', family, address: household.gateway[family] } as const;
    const nowMs = this.#nowMs();
    return [0, 1000, 2000].some((agoMs) => this.#model.sample(target, nowMs - agoMs) >= 0);
  }

  #nowMs(): number {
    return this.#clock.monoMs() + this.#offsetMs;
  }

  #count(nowMs: number): void {
    const sinceMs = this.#countedMs;
    const restart = this.#model.plan.happenings.findLast(
      ({ kind, startedAtMs }) => kind === 'router' && startedAtMs > sinceMs && startedAtMs <= nowMs,
    );
    if (restart) {
      this.#rxBytes = 0;
      this.#txBytes = 0;
      this.#bootedMs = restart.startedAtMs;
      this.#countedMs = restart.startedAtMs;
    }
    const spanMs = nowMs - this.#countedMs;
    const steps = Math.min(maxSteps, Math.ceil(spanMs / stepMs));
    const eachMs = spanMs / Math.max(1, steps);
    for (let step = 0; step < steps; step += 1) {
      const { downBps, upBps } = flowAt(this.#model, this.#countedMs + (step + 0.5) * eachMs);
      this.#rxBytes += (downBps / 8) * (eachMs / 1000);
      this.#txBytes += (upBps / 8) * (eachMs / 1000);
    }
    this.#countedMs = nowMs;
  }
}
