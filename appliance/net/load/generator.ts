import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { Worker } from 'node:worker_threads';
import type { Clock } from '../../core/clock.ts';
import { AppError, assertNever, messageOf } from '../../core/errors.ts';
import type {
  LoadGenerator,
  LoadListeners,
  LoadReport,
  LoadRequest,
  LoadRun,
  ServedLoad,
  ServeRequest,
  ServeRun,
} from '../../core/load.ts';
import type { Log } from '../../core/log.ts';
import { loadAddon } from '../addon.ts';
import { familyOf } from '../address.ts';
import { judgeAddress, readOwnNetworks } from '../address-guard.ts';
import type { FromThread, ToThread } from './messages.ts';
import { ServerStream } from './server-stream.ts';
import { descriptorOf } from './tcp-facts.ts';

/** A thread costs some MB: it goes when it has had nothing to do for this long. */
const restMs = 10_000;
const maxStreams = 16;

interface Pending {
  listeners: LoadListeners;
  done(report: LoadReport): void;
}

function checkRequest(request: LoadRequest): void {
  const refuse = (what: string) => {
    throw new AppError('LOAD_INVALID', `A load cannot be started: ${what}`, { status: 400 });
  };
  const { url, address, family, streams, maxMs, maxBytes, protocol } = request;
  const scheme = URL.parse(url)?.protocol ?? '';
  const allowed = protocol === 'ndt7' ? ['ws:', 'wss:'] : ['http:', 'https:'];
  if (!allowed.includes(scheme)) refuse(`${url.slice(0, 100)} is no address for ${protocol}`);
  if (familyOf(address) !== family) refuse(`${address} is no ${family} address`);
  const judged = judgeAddress(address, readOwnNetworks());
  if (!request.mayBeInside && judged.kind !== 'public') refuse(`${address} is ${judged.words}`);
  if (!(streams >= 1 && streams <= maxStreams)) refuse(`${streams} streams; 1 to ${maxStreams} are possible`);
  if (!(maxMs > 0 && maxBytes > 0)) refuse('no time or no bytes');
}

const broken = (message: string): LoadReport => ({
  outcome: 'local',
  message,
  end: 'failed',
  status: null,
  bytes: 0,
  tls: null,
  congestionControl: null,
  connectMs: Number.NaN,
  tlsMs: Number.NaN,
  firstByteMs: Number.NaN,
});

class ThreadedGenerator implements LoadGenerator {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #pending = new Map<number, Pending>();
  readonly #served = new Map<number, (served: ServedLoad) => void>();
  readonly #servedHere = new Set<ServerStream>();
  #worker: Worker | null = null;
  #nextId = 1;
  #cancelRest: () => void = () => undefined;

  constructor({ clock, log }: { clock: Clock; log: Log }) {
    this.#clock = clock;
    this.#log = log;
  }

  start(request: LoadRequest, listeners: LoadListeners): LoadRun {
    checkRequest(request);
    const id = this.#takeId();
    const done = new Promise<LoadReport>((fulfil) => {
      this.#pending.set(id, { listeners, done: fulfil });
    });
    this.#say({ kind: 'start', id, request });
    return {
      addStreams: (count) => this.#say({ kind: 'add-streams', id, count }),
      stop: () => this.#say({ kind: 'stop', id }),
      done,
    };
  }

  serve(socket: Socket, head: Uint8Array, request: ServeRequest): ServeRun {
    // What TLS has agreed on cannot be moved to another thread.
    return socket instanceof TLSSocket
      ? this.#serveHere(socket, head, request)
      : this.#hand(socket, head, request);
  }

  async stop(): Promise<void> {
    this.#cancelRest();
    for (const stream of this.#servedHere) stream.stop();
    const worker = this.#worker;
    this.#worker = null;
    await worker?.terminate();
    this.#settleAll('the service stops');
  }

  #serveHere(socket: Socket, head: Uint8Array, request: ServeRequest): ServeRun {
    let stream: ServerStream | null = null;
    const done = new Promise<ServedLoad>((fulfil) => {
      stream = new ServerStream(socket, head, request, fulfil);
      this.#servedHere.add(stream);
    });
    const forget = done.finally(() => stream && this.#servedHere.delete(stream));
    return { stop: () => stream?.stop(), done: forget };
  }

  #hand(socket: Socket, head: Uint8Array, request: ServeRequest): ServeRun {
    const fd = loadAddon().duplicateSocket(descriptorOf(socket));
    socket.destroy(); // our end of it; the connection lives on behind the second descriptor
    const id = this.#takeId();
    const done = new Promise<ServedLoad>((fulfil) => {
      this.#served.set(id, fulfil);
    });
    this.#say({ kind: 'serve', id, fd, head, request });
    return { stop: () => this.#say({ kind: 'stop', id }), done };
  }

  #takeId(): number {
    this.#nextId += 1;
    return this.#nextId;
  }

  #say(message: ToThread): void {
    if (this.#worker === null && (message.kind === 'stop' || message.kind === 'add-streams')) return; // it is over
    this.#cancelRest();
    this.#worker ??= this.#open();
    this.#worker.postMessage(message);
  }

  #open(): Worker {
    const worker = new Worker(new URL('./thread.ts', import.meta.url), {
      name: 'ist-load',
      resourceLimits: { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 2, stackSizeMb: 1 },
    });
    worker.on('message', (message: FromThread) => this.#hear(message));
    worker.on('error', (error) => this.#log.error({ err: error }, 'the load generator failed'));
    worker.on('exit', () => {
      if (this.#worker !== worker) return;
      this.#worker = null;
      this.#settleAll('the load generator ended');
    });
    worker.unref();
    return worker;
  }

  #hear(message: FromThread): void {
    const pending = this.#pending.get(message.id);
    switch (message.kind) {
      case 'sample':
        this.#tell(() => pending?.listeners.onSample?.(message.sample));
        return;
      case 'remote':
        this.#tell(() => pending?.listeners.onRemote?.(message.count));
        return;
      case 'done':
        this.#pending.delete(message.id);
        pending?.done(message.report);
        break;
      case 'served':
        this.#served.get(message.id)?.(message.served);
        this.#served.delete(message.id);
        break;
      default:
        assertNever(message);
    }
    this.#restIfIdle();
  }

  #tell(listener: () => void): void {
    try {
      listener();
    } catch (error) {
      this.#log.error({ err: error, reason: messageOf(error) }, 'a listener for load failed');
    }
  }

  #restIfIdle(): void {
    if (this.#pending.size > 0 || this.#served.size > 0) return;
    this.#cancelRest = this.#clock.after(restMs, () => {
      const worker = this.#worker;
      this.#worker = null;
      void worker?.terminate();
    });
  }

  #settleAll(why: string): void {
    for (const { done } of this.#pending.values()) done(broken(why));
    for (const done of this.#served.values()) done({ bytes: 0, elapsedMs: 0 });
    this.#pending.clear();
    this.#served.clear();
  }
}

/** Loads lines from a thread of its own, which lives only while there is work. Nothing starts before it is asked. */
export function createLoadGenerator(options: { clock: Clock; log: Log }): LoadGenerator {
  return new ThreadedGenerator(options);
}
