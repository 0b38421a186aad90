import { type ChildProcess, fork } from 'node:child_process';
import { setPriority } from 'node:os';
import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import type { ModelState } from '../core/forecasting.ts';
import type { Greeting, Reply, RequestName, Requests } from './messages.ts';

/** After so long without a request the process goes, with its 130 MB. */
const idleMs = 15_000;
/** Nice value: probing and people go first. */
const priority = 10;
/** Requests under way; the service asks a handful an hour. */
const maxWaiting = 64;

interface Waiting {
  resolve(value: never): void;
  reject(error: Error): void;
}

interface Running {
  child: ChildProcess;
  greeting: Promise<ModelState>;
}

/**
 * Our end of the model's process. It starts with the first request and ends when nobody has asked for a while: a thread
 * would leave 100 MB behind in ours, because the runtime cannot be unloaded (measured).
 */
export class ModelProcess {
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
    const { child, greeting } = this.#start();
    this.#cancelIdle();
    await greeting;
    const id = this.#nextId;
    this.#nextId += 1;
    try {
      return await new Promise<Requests[Name]['gives']>((resolve, reject) => {
        this.#waiting.set(id, { resolve, reject });
        child.send({ id, name, input }, (error) => {
          if (error) reject(ended(error.message));
        });
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
    if (running === null || running.child.exitCode !== null) return;
    const gone = new Promise((resolve) => running.child.once('exit', resolve));
    running.child.kill('SIGKILL'); // it owns nothing that could be left half done
    await gone;
  }

  #start(): Running {
    if (this.#running !== null) return this.#running;
    const child = fork(new URL('./compute-process.ts', import.meta.url), [this.#folder], {
      serialization: 'advanced', // keeps NaN and typed arrays
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      // 72 instead of 98 MB of its own (measured).
      execArgv: [...process.execArgv, '--optimize-for-size', '--single-threaded-gc', '--v8-pool-size=1'],
    });
    const greeting = new Promise<ModelState>((resolve, reject) => {
      child.once('message', (first) => {
        child.on('message', (reply) => this.#receive(reply as Reply)); // sent by compute-process.ts, as is the first
        resolve((first as Greeting).state);
      });
      child.once('error', (error) => reject(ended(error.message)));
      child.once('exit', (code, signal) => reject(ended(signal ?? code)));
    });
    greeting.catch(() => undefined); // whoever asks gets it; nobody may have
    child.on('error', (error) => this.#fail(child, ended(error.message)));
    child.on('exit', (code, signal) => this.#fail(child, ended(signal ?? code)));
    if (child.pid !== undefined) setPriority(child.pid, priority);
    this.#running = { child, greeting };
    return this.#running;
  }

  #receive(reply: Reply): void {
    const waiting = this.#waiting.get(reply.id);
    if (waiting === undefined) return;
    if ('value' in reply)
      waiting.resolve(reply.value as never); // the request's name decides what it gives
    else waiting.reject(new AppError(reply.error.code, reply.error.message, { status: reply.error.status }));
  }

  /** Whoever waits is told; the next request starts a new process. */
  #fail(child: ChildProcess, error: Error): void {
    if (this.#running?.child === child) this.#running = null;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }

  #rest(): void {
    this.#cancelIdle();
    if (this.#waiting.size > 0 || this.#running === null) return;
    this.#cancelIdle = this.#clock.after(idleMs, () => void this.close());
  }
}

const ended = (how: string | number | null) =>
  new AppError('MODEL_FAILED', `The process that makes forecasts ended (${how}).`);
