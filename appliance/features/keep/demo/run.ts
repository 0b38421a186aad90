import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../../core/clock.ts';
import { messageOf } from '../../../core/errors.ts';
import type { FeatureContext } from '../../../core/feature.ts';
import type { LoadGenerator } from '../../../core/load.ts';
import type { NetworkTools } from '../../../core/network.ts';
import type { LinkWatch, NameResolver, ProbeEngine } from '../../../core/probing.ts';
import type { Family, Segment } from '../../../core/shapes.ts';
import type {} from '../../judge/state/schema.ts'; // the port "state"
import type { Target, TargetList } from '../../watch/latency/schema.ts';
import type {} from '../../watch/speedtest/schema.ts'; // the port "speedtest"
import { type ChronicleEvent, chronicleOf } from './chronicle.ts';
import { planYear } from './happenings.ts';
import { LineModel } from './line-model.ts';
import { PastJudging } from './past-judging.ts';
import { demoServer, pastSpeedTests } from './past-speed.ts';
import { SimulatedEngine } from './simulated-engine.ts';
import { createSimulatedLink, createSimulatedNames } from './simulated-link.ts';
import { SimulatedLoad } from './simulated-load.ts';
import { createSimulatedNetwork, type RealTools } from './simulated-network.ts';
import { importYear } from './year.ts';

/** The provider's routers are found by a search that starts with the service; history is for them too. */
const settleMs = 3000;
/** The rest of the path takes its searches a little longer; after this the past is judged without it. */
const wholeAfterMs = 20_000;
const line = 'main';

export interface DemoOptions {
  clock: Clock;
  days?: number;
  /** So many days at full resolution, older ones every 10 s. */
  fineDays?: number;
  /** Another seed is another household. */
  seed?: number;
}

export interface DemoParts {
  /** Throw-away; `remove` deletes it. */
  dataFolder: string;
  engine: ProbeEngine;
  link: LinkWatch;
  names: NameResolver;
  /** Speed tests load the simulated line alone. */
  load: LoadGenerator;
  /** Network tools that touch no network. */
  net(real: RealTools): NetworkTools;
  /** What happened over the year besides outages and gaps, in time order. */
  chronicle: readonly ChronicleEvent[];
  /** Fills the year in the background; the returned function ends that and waits. */
  onStarted(context: FeatureContext): Promise<() => Promise<void>>;
  remove(): Promise<void>;
}

/** Everything that stands in for the real line in `ist demo`, in a folder of its own. */
export async function demoParts(options: DemoOptions): Promise<DemoParts> {
  const { clock, days = 365, fineDays = 14, seed = 20_260 } = options;
  const dataFolder = await mkdtemp(join(tmpdir(), 'ist-demo-'));
  const timezone = Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
  const model = new LineModel(seed, planYear(seed, clock.wallMs(), days), timezone);
  const chronicle = chronicleOf(model.plan, line);
  const load = new SimulatedLoad(clock, model, clock.wallMs() - clock.monoMs());
  const { url, name } = demoServer;
  const config = `speedtest:\n  servers: [{ url: '${url}', name: '${name}', isInside: true }]\n`;
  await writeFile(join(dataFolder, 'ist.yaml'), config);
  return {
    dataFolder,
    engine: new SimulatedEngine(clock, model),
    link: createSimulatedLink(),
    names: createSimulatedNames(),
    load,
    net: (real) => createSimulatedNetwork(clock, model, real, load.wire),
    chronicle,
    onStarted: (context) => fill(context, model, chronicle, fineDays),
    remove: () => rm(dataFolder, { recursive: true, force: true }),
  };
}

async function fill(
  context: FeatureContext,
  model: LineModel,
  chronicle: readonly ChronicleEvent[],
  fineDays: number,
): Promise<() => Promise<void>> {
  const { log, store, clock } = context;
  const stopping = new AbortController();
  const { signal } = stopping;
  const state = context.port('state');
  for (const event of chronicle) state.record(event);
  const startedMs = clock.monoMs();
  const sinceStartMs = () => Math.round(clock.monoMs() - startedMs);
  const judging = new PastJudging({ context, model, line, signal });
  const targets = () => context.port('latency').targets();
  const work = async () => {
    await context.port('speedtest').keepPast(pastSpeedTests(model, line));
    await providerFound(context, signal);
    const total = await importYear({
      measurements: store.measurements,
      model,
      targets,
      fineDays,
      coarseMs: 10_000,
      signal,
      async onDay({ daysDone, days, fromMs }) {
        // What is judged is measured, too: an incident keeps its seconds.
        if (isWhole(targets()) || sinceStartMs() >= wholeAfterMs) await judging.backTo(fromMs, targets());
        if (daysDone === 2 || daysDone % 60 === 0 || daysDone === days)
          log.info({ daysDone, days, tookMs: sinceStartMs() }, 'the demo has more of its year');
      },
    });
    await judging.backTo(model.plan.startedAtMs, targets());
    log.info({ ...total, ...judging.total, tookMs: sinceStartMs() }, 'the demo has its year');
  };
  const filling = work().catch((error: unknown) => {
    if (!signal.aborted) log.error({ err: error }, `the demo's year is not complete: ${messageOf(error)}`);
  });
  return async () => {
    stopping.abort();
    await filling;
  };
}

/** Every part of the path is probed; the judge of the past asks all of them. */
function isWhole(targets: readonly Target[]): boolean {
  const has = (segment: Segment, family: Family) =>
    targets.some((target) => target.segment === segment && target.family === family);
  const path = (['gateway', 'isp', 'transit', 'anchor'] as const).every(
    (segment) => has(segment, 'ipv4') && has(segment, 'ipv6'),
  );
  return path && has('lan', 'ipv4');
}

/** Resolves once the provider's first router of both families is probed, or after a moment. */
function providerFound({ bus, clock, port }: FeatureContext, signal: AbortSignal): Promise<void> {
  const isFound = (targets: readonly Target[]) =>
    targets.filter(({ segment }) => segment === 'isp').length >= 2;
  if (isFound(port('latency').targets())) return Promise.resolve();
  return new Promise((resolve) => {
    const finish = () => {
      unsubscribe();
      cancel();
      signal.removeEventListener('abort', finish);
      resolve();
    };
    const unsubscribe = bus.on('target.changed', ({ targets }: TargetList) => {
      if (isFound(targets)) finish();
    });
    const cancel = clock.after(settleMs, finish);
    signal.addEventListener('abort', finish, { once: true });
  });
}
