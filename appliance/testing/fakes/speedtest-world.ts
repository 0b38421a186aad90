/** What the tests of the speed-test feature share: the service over a real store, with time, chance and runs by the test. */
import type { TestContext } from 'node:test';
import type { ConfigSections } from '../../core/feature.ts';
import type { Migration } from '../../core/storing.ts';
import type { RunSpeedTest, SpeedPlan } from '../../features/watch/speedtest/engine.ts';
import { ledgerMigrations } from '../../features/watch/speedtest/ledger.ts';
import { scheduleMigrations } from '../../features/watch/speedtest/own-schedules.ts';
import type {
  SpeedProgress,
  SpeedTest,
  SpeedTestResult,
  SpeedtestConfig,
} from '../../features/watch/speedtest/schema.ts';
import { SpeedtestService } from '../../features/watch/speedtest/service.ts';
import { testMigrations } from '../../features/watch/speedtest/store.ts';
import { openTest, temporaryFolder } from '../../store/test-store.ts';
import { fakeContext } from './context.ts';
import { speedResult } from './speedtests.ts';

export const speedMigrations: readonly Migration[] = [
  ...ledgerMigrations,
  ...testMigrations,
  ...scheduleMigrations,
];

export const speedConfig: SpeedtestConfig = {
  engine: 'auto',
  schedule: 'adaptive',
  monthlyBudgetGb: 50,
  fullEveryDays: 7,
  quietHours: null,
  lines: [],
  ooklaProgram: null,
  lanEndpoint: true,
  servers: [{ url: 'https://near.test:443' }, { url: 'https://far.test:443' }],
};

/** A run that the test ends. */
export interface FakeRun {
  plan: SpeedPlan;
  signal: AbortSignal;
  progress(change: Partial<SpeedProgress>): void;
  end(result: SpeedTestResult): void;
}

export interface SpeedWorldOptions {
  config?: Partial<SpeedtestConfig>;
  consent?: Record<string, boolean>;
  lines?: string[];
  dataFolder?: string;
  /** What every run gives at once; without it the test ends them. */
  answer?: (plan: SpeedPlan) => SpeedTestResult;
  random?: () => number;
}

export async function speedWorld(t: TestContext, options: SpeedWorldOptions = {}) {
  const { store } = await openTest(t, {
    dataFolder: options.dataFolder ?? temporaryFolder(t),
    migrations: speedMigrations,
  });
  const lines = (options.lines ?? ['main']).map((name) => ({
    name,
    interface: 'auto',
    gateway: 'auto',
    ispHop: 'auto',
    ipv6: 'auto' as const,
  }));
  const section = (change: Partial<SpeedtestConfig>): Partial<ConfigSections> => ({
    speedtest: { ...speedConfig, ...options.config, ...change },
  });
  const fakes = fakeContext({
    config: { ...section({}), lines, consent: options.consent ?? {} },
    ports: {
      link: {
        state: () => null,
        onTraffic: () => () => undefined,
        refresh: async () => undefined,
        between: async () => [],
      },
    },
  });
  const runs: FakeRun[] = [];
  const plans: SpeedPlan[] = [];
  const at = () => new Date(fakes.timeline.nowMs()).toISOString();
  const run: RunSpeedTest = (_ports, plan, signal, onProgress) => {
    plans.push(plan);
    const { answer } = options;
    if (answer) return Promise.resolve({ ...answer(plan), at: at(), line: plan.line });
    return new Promise((end) => {
      const progress = (change: Partial<SpeedProgress>) =>
        onProgress({
          at: at(),
          line: plan.line,
          engine: 'peer',
          server: 'near',
          phase: 'download',
          fraction: 0.5,
          downMbps: 90,
          upMbps: null,
          rttMs: 20,
          bytes: 5_000_000,
          ...change,
        });
      runs.push({ plan, signal, progress, end: (result) => end({ ...result, at: at(), line: plan.line }) });
      // As a real run does: it ends soon after it is told to.
      const abort = () => end({ ...abortedResult(), at: at(), line: plan.line });
      if (signal.aborted) abort();
      else signal.addEventListener('abort', abort, { once: true });
    });
  };
  const service = new SpeedtestService({
    context: { ...fakes.context, store },
    run,
    engines: {
      peer: { service: null },
      http: { service: null },
      mlab: { service: 'mlab' },
      librespeed: { service: 'librespeed' },
      cloudflare: { service: 'cloudflareSpeed' },
      ookla: { service: 'ookla' },
    },
    random: options.random ?? (() => 0.5),
  });
  /** Until all that was started has gone as far as it can: the store answers in order, one step of the work a round. */
  const rest = async () => {
    for (let round = 0; round < 30; round += 1) await store.state.all('select 1');
  };
  const finished: SpeedTest[] = [];
  fakes.bus.on('speedtest.finished', (test) => finished.push(test));
  await service.start();
  t.after(() => service.stop());
  return {
    ...fakes,
    store,
    service,
    runs,
    plans,
    finished,
    change: (change: Partial<SpeedtestConfig>) => fakes.changeConfig(section(change)),
    /** The run that goes on now. */
    run: (): FakeRun => {
      const last = runs.at(-1);
      if (last === undefined) throw new Error('no test was started');
      return last;
    },
    async pass(ms: number) {
      fakes.clock.advance(ms);
      await rest();
    },
    rest,
    history: async () =>
      (await service.tests.list({ fromMs: 0, toMs: Number.MAX_SAFE_INTEGER, limit: 100, hasDetails: true }))
        .tests,
  };
}

function abortedResult(): SpeedTestResult {
  return speedResult({
    outcome: 'aborted',
    downloadMbps: null,
    uploadMbps: null,
    idleMs: null,
    loadedDownMs: null,
    loadedUpMs: null,
    grade: null,
    rpm: null,
    bytes: 1_000_000,
    details: { failure: { reason: 'cancelled', message: 'it was stopped', phase: 'download' } },
  });
}
