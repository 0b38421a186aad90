import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../../core/clock.ts';
import { messageOf } from '../../../core/errors.ts';
import type { FeatureContext } from '../../../core/feature.ts';
import type { LinkWatch, NameResolver, ProbeEngine } from '../../../core/probing.ts';
import type {} from '../../judge/state/schema.ts'; // the port "state"
import type { Target, TargetList } from '../../watch/latency/schema.ts';
import { type ChronicleEvent, chronicleOf } from './chronicle.ts';
import { planYear } from './happenings.ts';
import { LineModel } from './line-model.ts';
import { SimulatedEngine } from './simulated-engine.ts';
import { createSimulatedLink, createSimulatedNames } from './simulated-link.ts';
import { importYear } from './year.ts';

/** The provider's routers are found by a search that starts with the service; history is for them too. */
const settleMs = 3000;

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
  /** What happened over the year, in time order. */
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
  const chronicle = chronicleOf(model.plan, 'main');
  return {
    dataFolder,
    engine: new SimulatedEngine(clock, model),
    link: createSimulatedLink(),
    names: createSimulatedNames(),
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
  const state = context.port('state');
  for (const event of chronicle) state.record(event);
  const startedMs = clock.monoMs();
  const work = async () => {
    const targets = await settledTargets(context, stopping.signal);
    const total = await importYear({
      measurements: store.measurements,
      model,
      targets,
      fineDays,
      coarseMs: 10_000,
      signal: stopping.signal,
      onDay: ({ daysDone, days }) => {
        if (daysDone === 2 || daysDone % 60 === 0 || daysDone === days) {
          const tookMs = Math.round(clock.monoMs() - startedMs);
          log.info({ daysDone, days, tookMs }, 'the demo has more of its year');
        }
      },
    });
    log.info({ ...total, tookMs: Math.round(clock.monoMs() - startedMs) }, 'the demo has its year');
  };
  const filling = work().catch((error: unknown) => {
    if (!stopping.signal.aborted)
      log.error({ err: error }, `the demo's year is not complete: ${messageOf(error)}`);
  });
  return async () => {
    stopping.abort();
    await filling;
  };
}

/** The targets once gateway and provider of both families are among them, or those there are after a moment. */
function settledTargets(
  { bus, clock, port }: FeatureContext,
  signal: AbortSignal,
): Promise<readonly Target[]> {
  const isComplete = (targets: readonly Target[]) =>
    targets.filter(({ segment }) => segment === 'isp').length >= 2;
  const now = port('latency').targets();
  if (isComplete(now)) return Promise.resolve(now);
  return new Promise((resolve) => {
    const finish = (targets: readonly Target[]) => {
      unsubscribe();
      cancel();
      signal.removeEventListener('abort', onAbort);
      resolve(targets);
    };
    const onAbort = () => finish([]);
    const unsubscribe = bus.on('target.changed', ({ targets }: TargetList) => {
      if (isComplete(targets)) finish(targets);
    });
    const cancel = clock.after(settleMs, () => finish(port('latency').targets()));
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
