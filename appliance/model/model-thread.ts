import { Worker } from 'node:worker_threads';
import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import type { ModelState } from '../core/forecasting.ts';
import type { Greeting, Reply, RequestName, Requests } from './messages.ts';

/** Runtime and model hold 40 MB: after so long without a request they go. */
const idleMs = 60_000;
/** Requests under way; the service asks a handful an hour. */
const maxWaiting = 64;

interface Waiting {
  resolve(value: never): void;
  reject(error: Error): void;
}

interface Running {
  worker: Worker;
  greeting: Promise<ModelState>;
}

/** Our end of the model's thread. It starts with the first request and ends when nobody has asked for a while. */
export class ModelThread {
  readonly #folder: string;
  readonly #clock: Clock;
  readonly #waiting = new Map<number, Waiting>();
  #running: Running | null = null;
  #nextId = 1;
  #cancelIdle: () => void = () => undefined;

  constructor(folder: string, clock: Clock) {
    this.#folder = folder;
    this.#clock = clock;
  }

  get isRunning(): boolean {
    return this.#running !== null;
  }

  /** Whether there is a model; loads it when it is not loaded. */
  async state(): Promise<ModelState> {
    const state = await this.#start().greeting;
    this.#rest();
    return state;
  }

  async run<Name extends RequestName>(
    name: Name,
    input: Requests[Name]['takes'],
  ): Promise<Requests[Name]['gives']> {
    if (this.#waiting.size >= maxWaiting)
      throw new AppError('MODEL_BUSY', `${maxWaiting} forecasts are already being made.`, { status: 503 });
    const { worker, greeting } = this.#start();
    this.#cancelIdle();
    await greeting;
    const id = this.#nextId;
    this.#nextId += 1;
    try {
      return await new Promise<Requests[Name]['gives']>((resolve, reject) => {
        this.#waiting.set(id, { resolve, reject });
        worker.postMessage({ id, name, input });
      });
    } finally {
      this.#waiting.delete(id);
      this.#rest();
    }
  }

  async close(): Promise<void> {
    this.#cancelIdle();
    const running = this.#running;
    this.#running = null;
    await running?.worker.terminate();
  }

  #start(): Running {
    if (this.#running !== null) return this.#running;
    const worker = new Worker(new URL('./worker.ts', import.meta.url), {
      name: 'model',
      workerData: { folder: this.#folder },
      // A year of drafts of one series has 60 MB; the runtime's own memory is outside of this heap.
      resourceLimits: { maxOldGenerationSizeMb: 192, maxYoungGenerationSizeMb: 8 },
    });
    const greeting = new Promise<ModelState>((resolve, reject) => {
      worker.once('message', ({ state }: Greeting) => {
        worker.on('message', (reply: Reply) => this.#receive(reply));
        resolve(state);
      });
      worker.once('error', reject);
      worker.once('exit', (code) => reject(ended(code)));
    });
    worker.on('error', (error) => this.#fail(worker, error));
    worker.on('exit', (code) => this.#fail(worker, ended(code)));
    this.#running = { worker, greeting };
    return this.#running;
  }

  #receive(reply: Reply): void {
    const waiting = this.#waiting.get(reply.id);
    if (waiting === undefined) return;
    if ('value' in reply)
      waiting.resolve(reply.value as never); // the request's name decides what it gives
    else waiting.reject(new AppError(reply.error.code, reply.error.message, { status: reply.error.status }));
  }

  /** Whoever waits is told; the next request starts a new thread. */
  #fail(worker: Worker, error: Error): void {
    if (this.#running?.worker === worker) this.#running = null;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }

  #rest(): void {
    this.#cancelIdle();
    if (this.#waiting.size > 0 || this.#running === null) return;
    this.#cancelIdle = this.#clock.after(idleMs, () => void this.close());
  }
}

const ended = (code: number) => new AppError('MODEL_FAILED', `The model's thread ended with code ${code}.`);
