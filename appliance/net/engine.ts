import type { Addon, EngineHandle, RawShotResult, RawStatus } from '../../native/index.d.ts';
import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import type {
  EngineStatistics,
  Exchange,
  OneShot,
  OneShotResult,
  ProbeEngine,
  ProbeTarget,
} from '../core/probing.ts';
import type { Family, Method } from '../core/shapes.ts';
import { loadAddon } from './addon.ts';
import { outcomes, RingReader } from './ring.ts';
import { rawShot, rawTarget } from './target-check.ts';

export interface EngineOptions {
  clock: Clock;
  log: Log;
  /** `auto`: raw sockets, else unprivileged ping sockets, else TCP handshakes. */
  icmp?: 'auto' | 'raw' | 'socket' | 'none';
  /** Ask for SCHED_FIFO for the probing thread; default true. */
  realtime?: boolean;
  /** Kernel transmit stamps, where the driver gives them; default true. */
  transmitStamps?: boolean;
  /** Results the ring holds while JavaScript is busy; a power of two. */
  ringRecords?: number;
}

const modes = ['auto', 'raw', 'socket', 'none'] as const;
/** A safety net under the engine's own wake-ups, which are at most 100 ms apart while results wait. */
const drainEveryMs = 1000;

type Listener = (exchanges: Iterable<Readonly<Exchange>>) => void;

interface Outstanding {
  resolve(result: OneShotResult): void;
  reject(error: unknown): void;
  detach(): void;
}

class NativeEngine implements ProbeEngine {
  readonly #options: EngineOptions;
  readonly #log: Log;
  readonly #addon: Addon;
  readonly #listeners = new Set<Listener>();
  /** Bounded by the addon: at most 256 are outstanding. */
  readonly #outstanding = new Map<number, Outstanding>();
  #engine: EngineHandle | null = null;
  #ring: RingReader | null = null;
  #status: RawStatus | null = null;
  #stopDraining: () => void = () => undefined;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#log = options.log;
    this.#addon = loadAddon();
  }

  async start(): Promise<void> {
    if (this.#engine) throw new AppError('ENGINE_STARTED', 'The probing engine is running already.');
    const { icmp = 'auto', realtime = true, transmitStamps = true, ringRecords = 16384 } = this.#options;
    const raw = { icmp: modes.indexOf(icmp), realtime, transmitStamps, ringRecords };
    const engine = this.#addon.open(raw, () => this.#drain());
    this.#ring = new RingReader(this.#addon.ring(engine));
    this.#addon.start(engine);
    this.#engine = engine;
    this.#status = this.#addon.status(engine);
    this.#stopDraining = this.#options.clock.every(drainEveryMs, () => this.#drain());
    this.#log.info(
      { ipv4: this.methodOf('icmp', 'ipv4'), ipv6: this.methodOf('icmp', 'ipv6') },
      'probing runs',
    );
  }

  async stop(): Promise<void> {
    const engine = this.#engine;
    if (!engine) return;
    this.#status = this.#addon.status(engine);
    this.#addon.stop(engine);
    this.#stopDraining();
    this.#drain();
    this.#engine = null;
    this.#ring = null;
    for (const { reject, detach } of this.#outstanding.values()) {
      detach();
      reject(
        new AppError('ENGINE_STOPPED', 'The probing engine stopped before the probe ended.', { status: 503 }),
      );
    }
    this.#outstanding.clear();
  }

  add(target: ProbeTarget): number {
    return this.#guard(target.address, () => this.#addon.add(this.#running(), rawTarget(target)));
  }

  change(handle: number, target: ProbeTarget): void {
    this.#guard(target.address, () => this.#addon.change(this.#running(), handle, rawTarget(target)));
  }

  remove(handle: number): void {
    this.#guard(`handle ${handle}`, () => this.#addon.remove(this.#running(), handle));
  }

  onExchanges(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  probeOnce(request: OneShot, signal?: AbortSignal): Promise<OneShotResult> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const engine = this.#running();
      const raw = rawShot(request);
      const id = this.#guard(request.address, () => this.#addon.shoot(engine, raw));
      const abort = () => {
        this.#forget(id);
        if (this.#engine) this.#addon.cancel(this.#engine, id);
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', abort, { once: true });
      const detach = () => signal?.removeEventListener('abort', abort);
      if (this.#outstanding.size === 0) this.#addon.keepAlive(engine, true);
      this.#outstanding.set(id, { resolve, reject, detach });
    });
  }

  statistics(): EngineStatistics {
    if (this.#engine) this.#status = this.#addon.status(this.#engine);
    const status = this.#status;
    return {
      targets: status?.targets ?? 0,
      sent: status?.sent ?? 0,
      received: status?.received ?? 0,
      timeouts: status?.timeouts ?? 0,
      errors: status?.errors ?? 0,
      late: status?.late ?? 0,
      duplicates: status?.duplicates ?? 0,
      skipped: status?.skipped ?? 0,
      inFlight: status?.inFlight ?? 0,
      overruns: status?.overruns ?? 0,
      strangers: status?.strangers ?? 0,
      cpuMs: status?.cpuMs ?? 0,
      icmp: icmpName(Math.min(status?.icmp4 ?? 3, status?.icmp6 ?? 3)),
      isRealtime: status?.isRealtime ?? false,
    };
  }

  methodOf(kind: ProbeTarget['kind'], family: Family): Method {
    if (kind !== 'icmp') return kind;
    const code = (family === 'ipv4' ? this.#status?.icmp4 : this.#status?.icmp6) ?? 3;
    const name = icmpName(code);
    return name === 'none' ? 'tcp' : `icmp-${name}`;
  }

  #forget(id: number): void {
    this.#outstanding.delete(id);
    if (this.#engine && this.#outstanding.size === 0) this.#addon.keepAlive(this.#engine, false);
  }

  #running(): EngineHandle {
    if (!this.#engine)
      throw new AppError('ENGINE_STOPPED', 'The probing engine is not running.', { status: 503 });
    return this.#engine;
  }

  /** Turns the addon's errno into an error that names the target and the bound that was met. */
  #guard<Result>(what: string, act: () => Result): Result {
    try {
      return act();
    } catch (cause) {
      const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
      if (code === 'ENOSPC') {
        throw new AppError(
          'ENGINE_FULL',
          `${what}: the engine holds 4096 targets and 256 single probes, no more.`,
          {
            status: 503,
            cause,
          },
        );
      }
      if (code === 'ENOENT')
        throw new AppError('TARGET_UNKNOWN', `${what} is not a target of the engine.`, { cause });
      throw cause;
    }
  }

  #drain(): void {
    const ring = this.#ring;
    if (!ring) return;
    const { count, exchanges } = ring.take();
    if (count > 0) {
      for (const listener of this.#listeners) {
        try {
          listener(exchanges);
        } catch (error) {
          this.#log.error({ err: error }, 'a listener for exchanges failed');
        }
      }
      ring.release(count);
    }
    if (this.#engine && this.#outstanding.size > 0) this.#settle(this.#addon.take(this.#engine));
  }

  #settle(results: RawShotResult[]): void {
    for (const { id, outcome, reply, ...facts } of results) {
      const waiting = this.#outstanding.get(id);
      if (!waiting) continue;
      this.#forget(id);
      waiting.detach();
      const name = outcomes[outcome] as OneShotResult['outcome']; // one-shots never end late, twice or as skipped
      waiting.resolve({ ...facts, outcome: name, reply: reply ?? null });
    }
  }
}

function icmpName(code: number): 'raw' | 'socket' | 'none' {
  return code === 1 ? 'raw' : code === 2 ? 'socket' : 'none';
}

/**
 * The probing engine. Throws AppError `ADDON_MISSING` when the addon is not built. Nothing runs before `start`, and
 * targets can be added only while it runs.
 */
export function createEngine(options: EngineOptions): ProbeEngine {
  return new NativeEngine(options);
}
