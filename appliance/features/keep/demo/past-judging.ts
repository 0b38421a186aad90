import { pause } from '../../../core/clock.ts';
import type { FeatureContext } from '../../../core/feature.ts';
import type {} from '../../judge/gap/schema.ts'; // the port "gap"
import type {} from '../../judge/outage/schema.ts'; // the port "outage"
import type { Target } from '../../watch/latency/schema.ts';
import { isBackground } from './chronicle.ts';
import type { Happening } from './happenings.ts';
import type { LineModel } from './line-model.ts';
import { pastEvidence } from './past-evidence.ts';

/** Between two happenings the service gets on with the present. */
const restMs = 50;

export interface PastJudgingOptions {
  context: Pick<FeatureContext, 'clock' | 'config' | 'port'>;
  model: LineModel;
  line: string;
  signal: AbortSignal;
}

/** Gives the judge the evidence of the past, happening by happening from the newest on, and writes down the power cuts. */
export class PastJudging {
  readonly #options: PastJudgingOptions;
  /** Oldest first, so that the next one is the last. */
  readonly #left: Happening[];
  readonly total = { happenings: 0, outages: 0, gaps: 0 };

  constructor(options: PastJudgingOptions) {
    const { happenings, nowMs } = options.model.plan;
    this.#options = options;
    this.#left = happenings.filter((one) => one.endedAtMs <= nowMs && !isBackground(one));
  }

  /** Everything that began at this time or later and has not been judged yet. */
  async backTo(fromMs: number, targets: readonly Target[]): Promise<void> {
    const { signal, context } = this.#options;
    for (let next = this.#left.at(-1); next && next.startedAtMs >= fromMs; next = this.#left.at(-1)) {
      if (signal.aborted) return;
      this.#left.pop();
      this.total.happenings += 1;
      await this.#judge(next, targets);
      await pause(context.clock, restMs, signal);
    }
  }

  async #judge(one: Happening, targets: readonly Target[]): Promise<void> {
    const { context, model, line } = this.#options;
    if (one.kind === 'power') {
      const { startedAtMs: startMs, endedAtMs: endMs } = one;
      await context.port('gap').recordPast({ reason: 'power', startMs, endMs });
      this.total.gaps += 1;
      return;
    }
    const { timeoutMs } = context.config.current.probing;
    const evidence = pastEvidence(one, { model, line, targets, timeoutMs });
    this.total.outages += (await context.port('outage').judgePast(evidence)).length;
  }
}
