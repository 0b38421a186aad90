import { messageOf } from '../../../core/errors.ts';
import type { FeatureContext } from '../../../core/feature.ts';
import type { LatencyPort, TargetExchange } from '../latency/schema.ts';
import { AnchorWatch } from './anchor-watch.ts';
import { anchorsOf, families, isAnswering } from './anchors.ts';
import { HopFacts } from './hop-facts.ts';
import type { Located } from './locate.ts';
import { MtuWatch } from './mtu-watch.ts';
import { NetworkTable } from './network-table.ts';
import { TraceRecorder } from './recorder.ts';
import type { FullSizeProbe, MtuCheck, PathPort, PathTrace } from './schema.ts';
import { PathStore } from './store.ts';
import type { BareHop } from './trace-row.ts';
import { TraceRunner } from './trace-runner.ts';
import { TransitFinder } from './transit-finder.ts';

/** What is due is looked for this often. */
const tickEveryMs = 5000;
/** The first run waits so long for the provider's router to be found, so that its hops can be named. */
const firstWithinMs = 4000;
/** A link that comes back changes several times within a moment. */
const settleMs = 1500;
/** Own runs at turns of the state are at least this far apart. */
const stateEveryMs = 10_000;
/** Traces given out at once by `between`. */
const maxBetween = 1000;

interface LineMemory {
  /** What the last run stood on: gateways and anchors. */
  ground: string;
  isps: string;
  hasRun: boolean;
  nextTraceMonoMs: number;
  /** The last turn that was followed by a run. */
  turn: { isSilent: boolean; monoMs: number } | null;
  cancelRun: () => void;
  cancelTurn: () => void;
}

/** Knows the path to every anchor: its routers, its changes, the routers worth probing, and which sizes pass. */
export class PathService implements PathPort {
  readonly store: PathStore;
  readonly facts: HopFacts;
  readonly mtu: MtuWatch;
  readonly #context: FeatureContext;
  readonly #latency: LatencyPort;
  readonly #networks: NetworkTable;
  readonly #recorder: TraceRecorder;
  readonly #transit: TransitFinder;
  readonly #runner: TraceRunner;
  readonly #anchors: AnchorWatch;
  readonly #lines = new Map<string, LineMemory>();
  #undo: (() => void)[] = [];

  constructor(context: FeatureContext) {
    this.#context = context;
    const latency = context.port('latency');
    this.#latency = latency;
    this.store = new PathStore(context.store.state);
    this.#networks = new NetworkTable(context.store.state);
    this.facts = new HopFacts({ context, table: this.#networks, isAnswering: () => this.#isAnyAnswering() });
    this.mtu = new MtuWatch(context, latency);
    this.#recorder = new TraceRecorder(context, latency, this.store);
    this.#transit = new TransitFinder(context, latency, this.store);
    this.#runner = new TraceRunner({
      context,
      latency,
      facts: this.facts,
      recorder: this.#recorder,
      transit: this.#transit,
    });
    this.#anchors = new AnchorWatch(latency, (line, _family, isSilent) => this.#onTurn(line, isSilent));
  }

  async start(): Promise<void> {
    const { bus, clock, timeline } = this.#context;
    await Promise.all([this.#recorder.start(), this.#transit.start(), this.facts.start()]);
    this.#undo = [
      bus.on('target.changed', () => this.#look()),
      bus.on('link.changed', () => this.#look()),
      bus.on('path.changed', ({ line }) => this.mtu.forget(line)),
      this.#latency.onExchanges((exchanges: readonly TargetExchange[]) => this.#anchors.take(exchanges)),
      clock.every(tickEveryMs, () => this.#tick()),
      timeline.onChange(() => this.#relabel()),
    ];
    this.#look();
  }

  async stop(): Promise<void> {
    for (const undo of this.#undo.splice(0)) undo();
    for (const { cancelRun, cancelTurn } of this.#lines.values()) {
      cancelRun();
      cancelTurn();
    }
    await Promise.all([this.#runner.stop(), this.mtu.stop(), this.facts.stop()]);
  }

  async traceAll(line: string, reason: string): Promise<PathTrace[]> {
    return (await this.#runner.traceAll(line, reason)).map((trace) => this.dress(trace));
  }

  latest(line: string): PathTrace[] {
    return this.#recorder.latest(line).map((trace) => this.dress(trace));
  }

  async between(fromMs: number, toMs: number): Promise<PathTrace[]> {
    return (await this.list(fromMs, toMs, null, maxBetween)).reverse();
  }

  onFullSize(listener: (probe: FullSizeProbe) => void): () => void {
    return this.mtu.fullSize.onFullSize(listener);
  }

  findBlackHole(line: string): Promise<MtuCheck[]> {
    return this.mtu.findBlackHole(line);
  }

  /** Forgets what is too old or too much. */
  async prune(): Promise<void> {
    const now = this.#context.timeline.nowMs();
    await this.store.prune(now);
    await this.#networks.prune(now);
  }

  /** Newest first. */
  async list(fromMs: number, toMs: number, target: string | null, limit: number): Promise<PathTrace[]> {
    return (await this.store.list({ fromMs, toMs, target, limit })).map((trace) => this.dress(trace));
  }

  async byId(id: number): Promise<PathTrace | null> {
    const trace = await this.store.byId(id);
    return trace ? this.dress(trace) : null;
  }

  /** One trace of an anchor now, stored like all others; null when a run of all anchors was in its way. */
  async traceAnchor(id: string, signal: AbortSignal): Promise<PathTrace | null> {
    const target = this.#context.config.current.lines
      .flatMap(({ name }) => anchorsOf(this.#latency, name))
      .find((anchor) => anchor.id === id);
    return target ? this.#runner.traceOne(target, 'manual', signal) : null;
  }

  /** What the hops to any host of the first line are taken for. */
  classify({ line, family }: Pick<Located, 'line' | 'family'>, hops: readonly BareHop[]): BareHop[] {
    const name = line ?? this.#context.config.current.lines[0]?.name;
    return name === undefined ? [...hops] : this.#recorder.classify(name, family, null, hops);
  }

  /** With the names and owners that are known by now. */
  dress(trace: PathTrace): PathTrace {
    return { ...trace, hops: this.facts.dress(trace.hops) };
  }

  #memoryOf(line: string): LineMemory {
    const fresh = {
      ground: '',
      isps: '',
      hasRun: false,
      nextTraceMonoMs: Number.POSITIVE_INFINITY,
      turn: null,
      cancelRun: () => undefined,
      cancelTurn: () => undefined,
    };
    const memory = this.#lines.get(line) ?? fresh;
    this.#lines.set(line, memory);
    return memory;
  }

  /** Targets or link are others now: what is probed is taken over, and a path that stands on new ground is traced. */
  #look(): void {
    this.#anchors.refresh();
    this.mtu.refresh();
    const { config } = this.#context;
    const link = this.#latency.link().lines;
    for (const { name } of config.current.lines) {
      const anchors = anchorsOf(this.#latency, name);
      if (anchors.length === 0) continue;
      const memory = this.#memoryOf(name);
      const gateways = link.find((each) => each.name === name)?.gateways ?? [];
      const ground = [...gateways, ...anchors.map(({ address }) => address)].join(' ');
      const providers = this.#latency
        .targets()
        .filter(({ line, segment, address }) => line === name && segment === 'isp' && address !== null);
      const isps = providers.map(({ address }) => address).join(' ');
      if (!memory.hasRun) {
        const isComplete = providers.length >= new Set(anchors.map(({ family }) => family)).size;
        if (memory.ground === '' || isComplete)
          this.#runAfter(name, memory, isComplete ? 0 : firstWithinMs, 'start');
      } else if (ground !== memory.ground) this.#runAfter(name, memory, settleMs, 'link');
      else if (isps !== memory.isps) this.#takeProvider(name, memory);
      memory.ground = ground;
      memory.isps = isps;
    }
  }

  /** The provider's router was found after the paths, or before any path could be walked to its end. */
  #takeProvider(line: string, memory: LineMemory): void {
    const hasPaths = families.some((family) => this.#recorder.paths(line, family).length > 0);
    if (!hasPaths) this.#runAfter(line, memory, settleMs, 'link');
    else for (const family of families) this.#runner.refreshTransit(line, family);
  }

  #runAfter(line: string, memory: LineMemory, delayMs: number, reason: string): void {
    memory.cancelRun();
    memory.cancelRun = this.#context.clock.after(delayMs, () => {
      memory.hasRun = true;
      this.mtu.forget(line);
      this.#plan(line, memory);
      this.#run(line, reason);
    });
  }

  #run(line: string, reason: string): void {
    this.#runner.traceAll(line, reason).catch((error: unknown) => {
      this.#context.log.warn({ line, reason: messageOf(error) }, 'the paths could not be traced');
    });
  }

  /** All anchors of a family went silent, or one answers again; what runs already may have begun before that. */
  #onTurn(line: string, isSilent: boolean): void {
    const { clock } = this.#context;
    const memory = this.#memoryOf(line);
    const sinceMs = clock.monoMs() - (memory.turn?.monoMs ?? Number.NEGATIVE_INFINITY);
    const isRecent = sinceMs < stateEveryMs;
    // The second family follows the first.
    if (!memory.hasRun || (isRecent && memory.turn?.isSilent === isSilent)) return;
    memory.turn = { isSilent, monoMs: clock.monoMs() };
    memory.cancelTurn();
    const waitMs = isRecent || this.#runner.isRunning(line) ? stateEveryMs : 0;
    memory.cancelTurn = clock.after(waitMs, () => this.#run(line, 'state'));
  }

  /** Spread over the interval: one anchor after the other, the one first that was not traced for the longest time. */
  #tick(): void {
    this.mtu.tick();
    const now = this.#context.clock.monoMs();
    for (const [line, memory] of this.#lines) {
      if (now < memory.nextTraceMonoMs) continue;
      this.#plan(line, memory);
      this.#runner.traceNext(line);
    }
  }

  #plan(line: string, memory: LineMemory): void {
    const intervalMs = this.#context.config.current.path.intervalMinutes * 60_000;
    const anchors = Math.max(1, anchorsOf(this.#latency, line).length);
    memory.nextTraceMonoMs = this.#context.clock.monoMs() + intervalMs / anchors;
  }

  #isAnyAnswering(): boolean {
    return this.#context.config.current.lines.some(({ name }) =>
      anchorsOf(this.#latency, name).some((anchor) => isAnswering(this.#latency, anchor)),
    );
  }

  #relabel(): void {
    this.#recorder.relabel().catch((error: unknown) => {
      this.#context.log.warn({ reason: messageOf(error) }, 'the times of traces could not be corrected');
    });
  }
}
