import { toIso } from '../../../core/clock.ts';
import { messageOf } from '../../../core/errors.ts';
import type { FeatureContext } from '../../../core/feature.ts';
import type { Exchange, ProbeTarget } from '../../../core/probing.ts';
import { codeOf, timeOf } from '../../../core/quantise.ts';
import type { Outcome } from '../../../core/shapes.ts';
import type { MinutePacket } from '../../../core/storing.ts';
import { packetOf, SeriesPacker } from './packer.ts';
import type { PlannedTarget } from './plan.ts';
import type {
  FoundTarget,
  LatencyPort,
  LinkChanged,
  LiveExchange,
  Target,
  TargetExchange,
} from './schema.ts';
import { TargetFinder } from './target-finder.ts';
import { LiveWindow } from './window.ts';

const packetEveryMs = 60_000;
const publishEveryMs = 1000;
/** Names are looked up again so that a moved host is followed; failures sooner. */
const resolveAgainMs = 5 * 60_000;
const resolveRetryMs = 10_000;

interface Active {
  plan: PlannedTarget;
  address: string | null;
  handle: number | null;
  series: number | null;
  packer: SeriesPacker | null;
  window: LiveWindow;
  count: number;
  lost: number;
  cancelResolve: () => void;
}

/** Keeps the planned targets probed, their last minutes in RAM and every exchange on its way to the store. */
export class LatencyService implements LatencyPort {
  readonly #context: FeatureContext;
  readonly #finder: TargetFinder;
  readonly #active = new Map<string, Active>();
  readonly #byHandle = new Map<number, Active>();
  readonly #found = new Map<string, readonly FoundTarget[]>();
  readonly #listeners = new Set<(exchanges: readonly TargetExchange[]) => void>();
  #planned: readonly PlannedTarget[] = [];
  #outbox: LiveExchange[] = [];
  #applying: Promise<void> = Promise.resolve();
  #undo: (() => void)[] = [];
  readonly #stopping = new AbortController();
  #pausedUntilMonoMs: number | null = null;
  #cancelPause: () => void = () => undefined;

  constructor(context: FeatureContext) {
    this.#context = context;
    this.#finder = new TargetFinder(context, (targets) => {
      this.#planned = targets;
      this.#apply();
    });
  }

  async start(): Promise<void> {
    const { engine, clock } = this.#context;
    this.#undo = [
      engine.onExchanges((exchanges) => this.#record(exchanges)),
      clock.every(publishEveryMs, () => this.#publish()),
      clock.every(packetEveryMs, () => this.#handOver()),
    ];
    await this.#finder.start();
    await this.#applying;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#cancelPause();
    await this.#finder.stop();
    await this.#applying;
    for (const undo of this.#undo.splice(0)) undo();
    for (const active of this.#active.values()) this.#deactivate(active);
    this.#handOver();
  }

  /** CLOCK_MONOTONIC ms; null while measuring. */
  get pausedUntilMonoMs(): number | null {
    return this.#pausedUntilMonoMs;
  }

  /** Nothing is sent for so long; what was not measured is a gap. A restart of the service ends it too. */
  pause(forMs: number): void {
    const { clock, bus, log } = this.#context;
    this.#cancelPause();
    this.#pausedUntilMonoMs = clock.monoMs() + forMs;
    this.#cancelPause = clock.after(forMs, () => this.resume());
    log.info({ minutes: Math.round(forMs / 60_000) }, 'measuring is paused');
    for (const active of this.#active.values()) this.#deactivate(active);
    bus.emit('probing.changed', { isMeasuring: false });
  }

  resume(): void {
    if (this.#pausedUntilMonoMs === null) return;
    this.#cancelPause();
    this.#pausedUntilMonoMs = null;
    this.#context.log.info({}, 'measuring goes on');
    this.#apply();
    this.#context.bus.emit('probing.changed', { isMeasuring: true });
  }

  targets(): Target[] {
    return [...this.#active.values()].map(({ plan, address }) => ({
      id: plan.id,
      name: plan.name,
      host: plan.host,
      address,
      segment: plan.segment,
      line: plan.line,
      family: plan.family,
      method: this.#context.engine.methodOf(plan.kind, plan.family),
      intervalMs: plan.intervalMs,
      ...(plan.isFar ? { isFar: true } : {}),
    }));
  }

  onExchanges(listener: (exchanges: readonly TargetExchange[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  setFound(source: string, targets: readonly FoundTarget[]): void {
    if (JSON.stringify(this.#found.get(source) ?? []) === JSON.stringify(targets)) return;
    this.#found.set(source, targets.slice(0, maxFound));
    this.#apply();
  }

  recent(targetId: string, seconds: number) {
    const active = this.#active.get(targetId);
    return active ? active.window.summarise(this.#context.clock.monoMs() - seconds * 1000) : null;
  }

  link(): LinkChanged {
    return this.#finder.describe();
  }

  async save(): Promise<void> {
    this.#handOver();
    await this.#context.store.measurements.flush();
  }

  /** Since the target was added. */
  totals(targetId: string): { count: number; lost: number } | null {
    return this.#active.get(targetId) ?? null;
  }

  windowOf(targetId: string): LiveWindow | null {
    return this.#active.get(targetId)?.window ?? null;
  }

  /** The series a target is stored under, and what of it is not yet with the store. */
  stored(targetId: string): { series: number; live?: MinutePacket } | null {
    const active = this.#active.get(targetId);
    if (!active || active.series === null) return null;
    const live = active.packer ? packetOf(active.packer.peek()) : null;
    return live ? { series: active.series, live } : { series: active.series };
  }

  /** Settles on a new list of targets, one change after the other. */
  #apply(): void {
    this.#applying = this.#applying
      .then(() => this.#settle(this.#withFound()))
      .catch((error: unknown) => {
        this.#context.log.error({ err: error }, 'could not change the targets');
      });
  }

  /** What others found, where it is not probed already and its line still exists. */
  #withFound(): readonly PlannedTarget[] {
    const { lines, probing } = this.#context.config.current;
    const known = new Set(this.#planned.map(({ line, host }) => `${line} ${host}`));
    const ids = new Set(this.#planned.map(({ id }) => id));
    const more = [...this.#found.values()].flat().filter(({ id, line, address }) => {
      const isNew = !ids.has(id) && !known.has(`${line} ${address}`);
      ids.add(id);
      return isNew && lines.some(({ name }) => name === line);
    });
    return [
      ...this.#planned,
      ...more.map(({ address, ...found }): PlannedTarget => {
        const bound = this.#planned.find(({ line }) => line === found.line)?.interfaceName;
        return {
          ...found,
          host: address,
          kind: 'icmp',
          timeoutMs: probing.timeoutMs,
          ...(bound === undefined ? {} : { interfaceName: bound }),
        };
      }),
    ];
  }

  async #settle(targets: readonly PlannedTarget[]): Promise<void> {
    const wanted = new Map(targets.map((target) => [target.id, target]));
    for (const [id, active] of this.#active) {
      const plan = wanted.get(id);
      if (plan && JSON.stringify(plan) === JSON.stringify(active.plan)) continue;
      this.#deactivate(active);
      if (!plan || plan.intervalMs !== active.plan.intervalMs) this.#active.delete(id);
    }
    const order = new Map<string, Active>();
    for (const plan of targets) {
      const kept = this.#active.get(plan.id);
      const active: Active = kept ?? {
        plan,
        address: null,
        handle: null,
        series: null,
        packer: null,
        window: new LiveWindow(plan.intervalMs),
        count: 0,
        lost: 0,
        cancelResolve: () => undefined,
      };
      if (active.plan.kind !== plan.kind) active.series = null;
      active.plan = plan;
      order.set(plan.id, active);
    }
    this.#active.clear();
    for (const [id, active] of order) this.#active.set(id, active);
    const idle = [...this.#active.values()].filter((active) => active.handle === null);
    await Promise.all(idle.map((active) => this.#activate(active)));
    this.#context.bus.emit('target.changed', { targets: this.targets() });
  }

  async #activate(active: Active): Promise<void> {
    const { names, clock, log, store, engine } = this.#context;
    const { plan } = active;
    if (this.#stopping.signal.aborted || this.#pausedUntilMonoMs !== null) return;
    const retry = (delayMs: number) => {
      active.cancelResolve = clock.after(delayMs, () => {
        this.#applying = this.#applying.then(() => this.#refresh(active));
      });
    };
    try {
      const [address] = await names.resolve(plan.host, plan.family);
      // Handshakes that stand in for pings are another series: their times cannot be compared.
      const kind = engine.methodOf(plan.kind, plan.family) === 'tcp' ? 'tcp' : plan.kind;
      active.series ??= await store.measurements.openSeries({
        kind,
        line: plan.line,
        target: plan.id,
        family: plan.family,
      });
      if (address === undefined) {
        log.warn({ target: plan.id, host: plan.host }, `the name has no ${plan.family} address now`);
        retry(resolveRetryMs);
        return;
      }
      if (this.#pausedUntilMonoMs !== null) return; // while the name was looked up
      active.packer ??= new SeriesPacker(active.series, plan.intervalMs);
      active.address = address;
      active.handle = engine.add(this.#probeOf(plan, address));
      this.#byHandle.set(active.handle, active);
      if (address !== plan.host) retry(resolveAgainMs);
    } catch (error) {
      log.error({ target: plan.id, host: plan.host }, `this target cannot be probed: ${messageOf(error)}`);
      retry(resolveAgainMs); // what is wrong may pass (no addresses in this family yet), so not for ever
    }
  }

  /** Looks a name up again: moves to another address only when the old one is gone from the answer. */
  async #refresh(active: Active): Promise<void> {
    if (this.#stopping.signal.aborted || this.#active.get(active.plan.id) !== active) return;
    const addresses = await this.#context.names
      .resolve(active.plan.host, active.plan.family)
      .catch((): string[] => []);
    const isMoved =
      active.handle === null || (addresses.length > 0 && !addresses.includes(active.address ?? ''));
    if (!isMoved) {
      active.cancelResolve = this.#context.clock.after(resolveAgainMs, () => {
        this.#applying = this.#applying.then(() => this.#refresh(active));
      });
      return;
    }
    this.#deactivate(active);
    await this.#activate(active);
    this.#context.bus.emit('target.changed', { targets: this.targets() });
  }

  #probeOf(plan: PlannedTarget, address: string): ProbeTarget {
    return {
      kind: plan.kind,
      family: plan.family,
      address,
      intervalMs: plan.intervalMs,
      timeoutMs: plan.timeoutMs,
      ...(plan.port === undefined ? {} : { port: plan.port }),
      ...(plan.sizeBytes === undefined ? {} : { sizeBytes: plan.sizeBytes }),
      ...(plan.interfaceName === undefined ? {} : { interfaceName: plan.interfaceName }),
      ...(plan.queryName === undefined
        ? {}
        : { query: this.#context.names.encodeQuery(plan.queryName, 'A') }),
    };
  }

  #deactivate(active: Active): void {
    active.cancelResolve();
    if (active.handle === null) return;
    this.#context.engine.remove(active.handle);
    this.#byHandle.delete(active.handle);
    active.handle = null;
    const rest = active.packer ? packetOf(active.packer.peek()) : null;
    if (rest) this.#context.store.measurements.append(rest);
    active.packer = null;
  }

  #record(exchanges: Iterable<Readonly<Exchange>>): void {
    const { timeline } = this.#context;
    const told: TargetExchange[] = [];
    for (const exchange of exchanges) {
      const active = this.#byHandle.get(exchange.handle);
      if (!active?.packer) continue;
      active.packer.add(exchange);
      const { outcome } = exchange;
      if (outcome === 'late' || outcome === 'duplicate') continue;
      active.window.add(exchange.sentMonoMs, outcome, exchange.rttUs);
      if (outcome !== 'skipped') active.count += 1;
      if (outcome === 'timeout' || outcome === 'unreachable' || outcome === 'local') active.lost += 1;
      if (this.#outbox.length < maxOutbox)
        this.#outbox.push(liveOf(active.plan.id, exchange, outcome, timeline.wallMs(exchange.sentMonoMs)));
      const ended = endedOf(active.plan, exchange, outcome);
      if (ended) told.push(ended);
    }
    if (told.length > 0) for (const listener of this.#listeners) listener(told);
  }

  #publish(): void {
    if (this.#outbox.length === 0) return;
    const exchanges = this.#outbox;
    this.#outbox = [];
    this.#context.bus.emit('measurement.recorded', { at: toIso(this.#context.timeline.nowMs()), exchanges });
  }

  #handOver(): void {
    const runs = [...this.#active.values()].flatMap((active) => active.packer?.take() ?? []);
    const packet = packetOf(runs);
    if (packet) this.#context.store.measurements.append(packet);
  }
}

/** Devices of the house and routers that other features have found, per feature. */
const maxFound = 16;

/** The same from what is stored: losses end with their timeout, whatever told of them earlier. */
function endedOf(
  { id, kind, timeoutMs }: PlannedTarget,
  { sentMonoMs, rttUs, from, rcode = 0 }: Readonly<Exchange>,
  outcome: Outcome,
): TargetExchange | null {
  if (outcome === 'skipped') return null;
  if (outcome === 'ok' || outcome === 'refused') {
    const storedUs = timeOf(codeOf(rttUs));
    return {
      target: id,
      sentMonoMs,
      endedMonoMs: sentMonoMs + storedUs / 1000,
      outcome: 'ok',
      rttUs: storedUs,
      from: '',
      ...(kind === 'dns' ? { rcode } : {}),
    };
  }
  const endedMonoMs = outcome === 'local' ? sentMonoMs : sentMonoMs + timeoutMs;
  return { target: id, sentMonoMs, endedMonoMs, outcome, rttUs: Number.NaN, from };
}

/** Exchanges that may wait for the next second's event: 50 targets at 50/s twice over. */
const maxOutbox = 10_000;

function liveOf(target: string, exchange: Readonly<Exchange>, outcome: Outcome, atMs: number): LiveExchange {
  return {
    target,
    at: toIso(atMs),
    outcome,
    ...(Number.isNaN(exchange.rttUs) ? {} : { rttMs: Math.round(exchange.rttUs) / 1000 }),
    ...(exchange.from === '' ? {} : { from: exchange.from }),
  };
}
