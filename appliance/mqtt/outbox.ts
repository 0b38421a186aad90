import type { Clock } from '../core/clock.ts';
import type { Log } from '../core/log.ts';

/** A value that changes all the time is sent this often at most, the newest of it. */
const topicRestMs = 1000;
/** Messages that the broker has not yet confirmed. */
const maxUnderWay = 32;
/** A broker that confirms nothing for so long is not there, whatever the connection says. */
const stuckMs = 20_000;
/** Topics of one box: eight lines with everything are some six hundred. */
const maxTopics = 2000;

/** Hands one message to the connection; `done` is called once, with what went wrong or null. */
export type Send = (
  topic: string,
  payload: string,
  isRetained: boolean,
  done: (problem: Error | null) => void,
) => void;

interface Kept {
  payload: string;
  sentMonoMs: number;
  isUnderWay: boolean;
}

export interface OutboxOptions {
  clock: Clock;
  log: Log;
  /** The broker confirms nothing any more. */
  onStuck(): void;
}

/**
 * The last value of every topic, in RAM, and what of it the broker does not have yet. Nothing else is ever kept for a
 * broker that is away: after an hour without it the same few kilobytes wait as after a second.
 */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #kept = new Map<string, Kept>();
  /** In the order of becoming due; each is a key of `#kept`. */
  readonly #waiting = new Set<string>();
  readonly #underWay = new Map<number, number>();
  #send: Send | null = null;
  #round = 0;
  #number = 0;
  #published = 0;
  #cancel: () => void = () => undefined;
  #cancelStuck: () => void = () => undefined;
  #isFull = false;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#kept.size;
  }

  get waiting(): number {
    return this.#waiting.size + this.#underWay.size;
  }

  get published(): number {
    return this.#published;
  }

  valueOf(topic: string): string | undefined {
    return this.#kept.get(topic)?.payload;
  }

  /** Keeps this as the value of a topic, retained at the broker; empty removes it there. Unchanged is not sent `again`. */
  keep(topic: string, payload: string, { again = false } = {}): void {
    const kept = this.#kept.get(topic);
    if (kept === undefined && payload === '' && !again) return;
    if (kept?.payload === payload && !again) return;
    if (kept === undefined && this.#kept.size >= maxTopics) {
      if (!this.#isFull)
        this.#options.log.error({ topic, maxTopics }, 'there are more topics than may be kept');
      this.#isFull = true;
      return;
    }
    if (kept) kept.payload = payload;
    else this.#kept.set(topic, { payload, sentMonoMs: Number.NEGATIVE_INFINITY, isUnderWay: false });
    this.#waiting.add(topic);
    this.#pump();
  }

  /** Takes topics back that are no longer wanted, below a prefix. */
  forget(isGone: (topic: string) => boolean): void {
    for (const topic of [...this.#kept.keys()].filter(isGone)) this.keep(topic, '');
  }

  /** Tells of something once; false when there is nobody to tell. */
  tell(topic: string, payload: string): boolean {
    if (this.#send === null || this.#underWay.size >= 2 * maxUnderWay) return false;
    this.#post(this.#send, topic, payload, false, () => undefined);
    return true;
  }

  open(send: Send): void {
    this.#round += 1;
    this.#send = send;
    this.#cancelStuck = this.#options.clock.every(stuckMs / 4, () => this.#look());
    this.#pump();
  }

  /** What was under way may not have arrived: it waits again. */
  close(): void {
    this.#round += 1;
    this.#send = null;
    this.#underWay.clear();
    this.#cancel();
    this.#cancelStuck();
    for (const [topic, kept] of this.#kept) {
      if (kept.isUnderWay) this.#waiting.add(topic);
      kept.isUnderWay = false;
      kept.sentMonoMs = Number.NEGATIVE_INFINITY;
    }
  }

  /** Sends everything once more, this one before all others; what has just gone is not sent twice. */
  sendAll(first: string): void {
    const nowMs = this.#options.clock.monoMs();
    const isDue = ({ sentMonoMs }: Kept) => nowMs - sentMonoMs >= topicRestMs;
    const left = new Set(this.#waiting);
    this.#waiting.clear();
    for (const topic of [first, ...this.#kept.keys()]) {
      const kept = this.#kept.get(topic);
      if (kept && (left.has(topic) || isDue(kept))) this.#waiting.add(topic);
    }
    this.#pump();
  }

  #pump(): void {
    this.#cancel();
    if (this.#send === null) return;
    const nowMs = this.#options.clock.monoMs();
    let nextMs = Number.POSITIVE_INFINITY;
    for (const topic of [...this.#waiting]) {
      if (this.#underWay.size >= maxUnderWay) return; // goes on when one is confirmed
      const kept = this.#kept.get(topic);
      if (!kept || kept.isUnderWay) continue;
      const restMs = kept.sentMonoMs + topicRestMs - nowMs;
      if (restMs > 0) nextMs = Math.min(nextMs, restMs);
      else this.#sendKept(this.#send, topic, kept, nowMs);
      if (this.#send === null) return; // sending has shown that it is gone
    }
    if (nextMs < Number.POSITIVE_INFINITY)
      this.#cancel = this.#options.clock.after(nextMs, () => this.#pump());
  }

  #sendKept(send: Send, topic: string, kept: Kept, nowMs: number): void {
    const { payload } = kept;
    kept.isUnderWay = true;
    kept.sentMonoMs = nowMs;
    this.#waiting.delete(topic);
    this.#post(send, topic, payload, true, (problem) => {
      kept.isUnderWay = false;
      if (problem !== null || kept.payload !== payload) this.#waiting.add(topic);
      else if (payload === '') this.#kept.delete(topic);
      this.#pump();
    });
  }

  #post(
    send: Send,
    topic: string,
    payload: string,
    isRetained: boolean,
    done: (problem: Error | null) => void,
  ) {
    const round = this.#round;
    this.#number += 1;
    const number = this.#number;
    this.#underWay.set(number, this.#options.clock.monoMs());
    send(topic, payload, isRetained, (problem) => {
      if (round !== this.#round) return; // of a connection that is gone
      this.#underWay.delete(number);
      if (problem === null) this.#published += 1;
      done(problem);
    });
  }

  #look(): void {
    const [oldestMs] = this.#underWay.values();
    if (oldestMs !== undefined && this.#options.clock.monoMs() - oldestMs > stuckMs) this.#options.onStuck();
  }
}
