import { failureOf, type RequestFailed } from './api.ts';
import { EventParser, type StreamMessage } from './event-parser.ts';

/** Heartbeats come every 10 s; two missed and a little means the connection is dead though nobody closed it. */
const silenceMs = 25_000;
const firstRetryMs = 500;
const longestRetryMs = 15_000;

export interface StreamEvents {
  open(): void;
  message(message: StreamMessage): void;
  /** The connection ended; the next attempt follows by itself. */
  lost(reason: string): void;
  /** The appliance does not let us in, or no longer: there is no further attempt. */
  refused(failure: RequestFailed): void;
}

/**
 * Follows a server-sent event stream for ever: reconnects with growing pauses and names the last event it has seen.
 * Own reader instead of EventSource, which cannot see a dead connection and gives up for good on an error status.
 */
export class LiveStream {
  readonly #url: string;
  readonly #events: StreamEvents;
  #lastId = '';
  #attempt = 0;
  #abort: AbortController | null = null;
  #wake: (() => void) | null = null;
  #isStopped = false;

  constructor(url: string, events: StreamEvents) {
    this.#url = url;
    this.#events = events;
  }

  async run(): Promise<void> {
    while (!this.#isStopped) {
      await this.#connectOnce();
      if (this.#isStopped) return;
      await this.#pause();
    }
  }

  /** Tries again at once, for example when the network came back. */
  retryNow(): void {
    this.#attempt = 0;
    this.#wake?.();
  }

  stop(): void {
    this.#isStopped = true;
    this.#abort?.abort();
    this.#wake?.();
  }

  async #connectOnce(): Promise<void> {
    const abort = new AbortController();
    this.#abort = abort;
    let watchdog = setTimeout(() => abort.abort(), silenceMs);
    try {
      const headers: Record<string, string> = { accept: 'text/event-stream' };
      if (this.#lastId !== '') headers['last-event-id'] = this.#lastId;
      const response = await fetch(this.#url, { headers, signal: abort.signal, cache: 'no-store' });
      if (response.status === 401 || response.status === 403) {
        const failure = await failureOf(response);
        this.stop();
        this.#events.refused(failure);
        return;
      }
      if (!response.ok || !response.body) throw new Error(`The live stream answered ${response.status}.`);
      this.#events.open();
      const parser = new EventParser();
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) throw new Error('The live stream was closed.');
        clearTimeout(watchdog);
        watchdog = setTimeout(() => abort.abort(), silenceMs);
        for (const message of parser.push(value)) this.#take(message);
      }
    } catch (error) {
      if (!this.#isStopped) this.#events.lost(error instanceof Error ? error.message : String(error));
    } finally {
      clearTimeout(watchdog);
    }
  }

  #take(message: StreamMessage): void {
    this.#attempt = 0; // a message proves the service, a mere connection does not
    if (message.id !== '') this.#lastId = message.id;
    this.#events.message(message);
  }

  async #pause(): Promise<void> {
    const longest = Math.min(longestRetryMs, firstRetryMs * 2 ** this.#attempt);
    this.#attempt += 1;
    // Spread, so that several open pages do not come back in the same instant.
    const ms = longest * (0.5 + Math.random() / 2);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = null;
  }
}
