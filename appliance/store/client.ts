import { Worker } from 'node:worker_threads';
import { systemClock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import type { StoreHealth } from '../core/storing.ts';
import {
  fromPlain,
  type Greeting,
  type Opened,
  type Reply,
  type RequestName,
  type Requests,
} from './messages.ts';
import type { StorageOptions } from './storage.ts';

/** A worker that has not answered for so long, in real time whatever clock is injected, is waiting for its disk. */
const stalledMs = 15_000;

interface Waiting {
  sinceMonoMs: number;
  resolve(value: never): void;
  reject(error: Error): void;
}

/** The service's end of the store worker. */
export class StoreClient {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  readonly #onHealth: (health: StoreHealth) => void;
  readonly #onFailure: (error: Error) => void;
  #nextId = 1;
  #isClosing = false;
  #failure: AppError | null = null;

  private constructor(
    worker: Worker,
    onHealth: (health: StoreHealth) => void,
    onFailure: (error: Error) => void,
  ) {
    this.#worker = worker;
    this.#onHealth = onHealth;
    this.#onFailure = onFailure;
    worker.on('message', (reply: Reply) => this.#receive(reply));
    worker.on('error', (error) => this.#fail(error));
    worker.on('exit', (code) => this.#fail(new Error(`the store worker ended with code ${code}`)));
  }

  /** Starts the worker; rejects with its AppError when the data folder cannot be opened. */
  static async start(
    options: StorageOptions,
    onHealth: (health: StoreHealth) => void,
    onFailure: (error: Error) => void,
  ): Promise<{ client: StoreClient; opened: Opened }> {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), {
      name: 'store',
      workerData: options,
      // Queries hold megabytes for milliseconds; the rest is SQLite's own memory, outside of this heap.
      resourceLimits: { maxOldGenerationSizeMb: 96, maxYoungGenerationSizeMb: 4 },
    });
    const greeting = await new Promise<Greeting>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
    if ('error' in greeting) {
      await worker.terminate();
      throw fromPlain(greeting.error);
    }
    worker.removeAllListeners('error');
    return { client: new StoreClient(worker, onHealth, onFailure), opened: greeting.opened };
  }

  get outstanding(): number {
    return this.#waiting.size;
  }

  /** How long the oldest request has waited beyond what is normal, or null. */
  stalledForMs(): number | null {
    const oldest = this.#waiting.values().next().value;
    if (oldest === undefined) return null;
    const waited = systemClock.monoMs() - oldest.sinceMonoMs;
    return waited >= stalledMs ? waited : null;
  }

  call<Name extends RequestName>(
    name: Name,
    input: Requests[Name]['takes'],
  ): Promise<Requests[Name]['gives']> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    if (this.#isClosing) return Promise.reject(new AppError('STORE_CLOSED', `The store is closed (${name})`));
    const id = this.#nextId++;
    return new Promise<Requests[Name]['gives']>((resolve, reject) => {
      this.#waiting.set(id, { sinceMonoMs: systemClock.monoMs(), resolve, reject });
      this.#worker.postMessage({ id, name, input });
    });
  }

  async close(): Promise<void> {
    if (this.#failure !== null || this.#isClosing) return;
    const closed = this.call('close', null);
    this.#isClosing = true;
    await closed;
    await this.#worker.terminate();
  }

  #receive(reply: Reply): void {
    if ('health' in reply) {
      this.#onHealth(reply.health);
      return;
    }
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if ('error' in reply) waiting?.reject(fromPlain(reply.error));
    else waiting?.resolve(reply.value as never); // call() ties the id to the type
  }

  #fail(error: Error): void {
    if (this.#failure !== null || (this.#isClosing && this.#waiting.size === 0)) return;
    this.#failure = new AppError('STORE_FAILED', `The store has failed: ${error.message}`, { cause: error });
    for (const { reject } of this.#waiting.values()) reject(this.#failure);
    this.#waiting.clear();
    this.#onFailure(this.#failure);
  }
}
