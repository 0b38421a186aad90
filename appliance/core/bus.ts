import type { Log } from './log.ts';

/**
 * Every event and its payload. Features add theirs in their schema.ts:
 * `declare module '…/core/bus.ts' { interface EventMap { 'outage.opened': Outage } }`.
 * Events are facts in the past tense, emitted after the commit, JSON-serialisable, never mutated.
 */
// biome-ignore lint/suspicious/noEmptyInterface: filled by declaration merging, so that core names no feature
export interface EventMap {}

export type EventName = keyof EventMap & string;
type Listener = (payload: never) => void;

/** Typed publish/subscribe inside the process. A listener that throws is logged and does not stop the others. */
export class Bus {
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  /** Subscribes; the returned function unsubscribes. */
  on<Name extends EventName>(name: Name, listener: (payload: EventMap[Name]) => void): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  emit<Name extends EventName>(name: Name, payload: EventMap[Name]): void {
    for (const listener of this.#listeners.get(name) ?? []) {
      try {
        listener(payload as never); // the map ties name and payload; the set cannot
      } catch (error) {
        this.#log.error({ event: name, err: error }, 'an event listener failed');
      }
    }
  }
}
