/** What is done the moment something is wrong, and when it is over: everything that may tell more is asked at once. */
import { messageOf } from '../../../core/errors.ts';
import type { FeatureContext } from '../../../core/feature.ts';
import type { OutageRecord } from './records.ts';

/** Pages are asked more often for so long. */
const pagesMs = 30_000;
/** How the path is again is asked for this long after the end. */
const afterwardsMs = 3000;
/** Ends that wait for that; the newest count. */
const maxPending = 16;
/** A flapping line must not wear out the card. */
const saveEveryMs = 10_000;

export class CloserLook {
  readonly #context: FeatureContext;
  /** Cancels what waits. */
  readonly #pending = new Set<() => void>();
  #savedMonoMs = Number.NEGATIVE_INFINITY;

  constructor(context: FeatureContext) {
    this.#context = context;
  }

  stop(): void {
    for (const cancel of this.#pending) cancel();
    this.#pending.clear();
  }

  opened({ line, startMs, symptom, target }: OutageRecord, id: Promise<number>): void {
    const { port } = this.#context;
    const reason = `outage-${symptom}`;
    id.then((known) => port('blackBox').freeze(`outage-${known}`, line, startMs)).catch(
      this.#note('keeping the black box failed while something is wrong', line),
    );
    if (target === null) port('blackBox').hurry(line, reason);
    port('httpCheck').hurry(line, pagesMs);
    port('link').refresh().catch(this.#note('reading the link failed while something is wrong', line));
    port('path').traceAll(line, reason).catch(this.#note('tracing failed while something is wrong', line));
    if (symptom === 'names' || symptom === 'slow-names')
      port('dns')
        .askAll(line)
        .catch(this.#note('asking the name servers failed while something is wrong', line));
    this.save();
  }

  closed({ line }: OutageRecord, id: Promise<number>): void {
    const { port, clock } = this.#context;
    id.then((known) => port('blackBox').release(`outage-${known}`)).catch(
      this.#note('the black box could not be kept', line),
    );
    const cancel = clock.after(afterwardsMs, () => {
      this.#pending.delete(cancel);
      port('path').traceAll(line, 'recovered').catch(this.#note('tracing failed after the recovery', line));
    });
    this.#pending.add(cancel);
    for (const oldest of this.#pending) {
      if (this.#pending.size <= maxPending) break;
      oldest();
      this.#pending.delete(oldest);
    }
    this.save();
  }

  /** What led to a record is worth a commit of its own: the next thing may be a power cut. */
  save(): void {
    const { clock, port } = this.#context;
    if (clock.monoMs() - this.#savedMonoMs < saveEveryMs) return;
    this.#savedMonoMs = clock.monoMs();
    port('latency').save().catch(this.#note('the measurements of an outage wait in memory', null));
  }

  #note(message: string, line: string | null): (error: unknown) => void {
    return (error) => this.#context.log.warn({ line, reason: messageOf(error) }, message);
  }
}
