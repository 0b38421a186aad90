/** Opens the data folder and gives the ports of core/storing.ts. */
import { join } from 'node:path';
import type { Clock } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import type {
  MeasurementStore,
  Migration,
  MinutePacket,
  StateStore,
  Statistics,
  Store,
  StoreHealth,
} from '../core/storing.ts';
import { makeBackup, stageRestore } from './backup.ts';
import { toPoints } from './buckets.ts';
import { StoreClient } from './client.ts';
import type { RetentionConfig } from './config.ts';
import { runJob } from './job-runner.ts';
import { databaseNames } from './schema.ts';

export { RetentionConfig, StorageConfig, storeConfig } from './config.ts';

export interface OpenStoreOptions {
  dataFolder: string;
  /** The features' steps, in list order. */
  migrations: readonly Migration[];
  commitMinutes: number;
  retention: RetentionConfig;
  clock: Clock;
  log: Log;
  /** Times before this cannot be true. */
  notBeforeMs?: number;
  /** For the drill's control run only. */
  durability?: 'full' | 'off';
}

export interface OpenStore extends Store {
  close(): Promise<void>;
  setRetention(retention: RetentionConfig): void;
  /** The newest moment of known time in the data folder when it was opened. */
  readonly newestMs: number | null;
}

const tickMs = 15_000;
const soonMs = 500;
/** Minutes under way to the worker, and minutes that wait while it is busy. */
const maxUnderWay = 32;
const maxWaiting = 720;

/**
 * Opens or makes both databases. Throws AppError: `DATA_FOLDER_UNWRITABLE`, `DATA_FOLDER_BUSY`,
 * `DATA_FROM_NEWER_VERSION`, `MIGRATION_FAILED`.
 */
export async function openStore(options: OpenStoreOptions): Promise<OpenStore> {
  const { clock, log, dataFolder, migrations, commitMinutes, retention } = options;
  const { notBeforeMs = 0, durability = 'full' } = options;
  const listeners = new Set<(health: StoreHealth) => void>();
  let lastHealth: StoreHealth;
  const tell = (health: StoreHealth) => {
    const isBetter = health.state === 'ok';
    if (health.state !== lastHealth.state)
      log[isBetter ? 'info' : 'error']({ state: health.state }, health.message ?? 'storage works');
    lastHealth = health;
    for (const listener of listeners) listener(health);
  };
  const started = await StoreClient.start(
    {
      dataFolder,
      migrations: [...migrations],
      commitMinutes,
      retention,
      notBeforeMs,
      durability,
      wallMs: clock.wallMs(),
      monoMs: clock.monoMs(),
    },
    tell,
    (error) => tell({ ...lastHealth, state: 'failed', message: messageOf(error) }),
  );
  const { client, opened } = started;
  lastHealth = opened.health;
  for (const note of lastHealth.recovered) log.warn({}, note);
  const jobs = new AbortController();

  /** For requests nobody waits for; their failure shows in the health. */
  const send = (request: Promise<unknown>) => {
    request.catch((error) => log.warn({ err: error }, 'a request to the store failed'));
  };

  const tidySoon = ({ isMore }: { isMore: boolean }) => {
    if (isMore)
      clock.after(soonMs, () => send(client.call('tidy', { monoMs: clock.monoMs() }).then(tidySoon)));
  };
  let isTicking = false;
  let isTickMissed = false;
  let isStalled = false;
  const tick = async () => {
    isTicking = true;
    try {
      tidySoon(await client.call('tick', { monoMs: clock.monoMs() }));
      if (isStalled) tell(await client.call('health', null));
      isStalled = false;
    } finally {
      isTicking = false;
    }
    if (!isTickMissed) return;
    isTickMissed = false;
    await tick();
  };
  const stopTicking = clock.every(tickMs, () => {
    const stalled = client.stalledForMs();
    if (stalled !== null && lastHealth.state === 'ok') {
      isStalled = true;
      const seconds = Math.round(stalled / 1000);
      tell({
        ...lastHealth,
        state: 'degraded',
        message: `The disk under ${dataFolder} has not answered for ${seconds} s. Measurements wait in memory.`,
      });
    }
    isTickMissed = isTicking;
    if (!isTicking) send(tick());
  });

  const waiting: MinutePacket[] = [];
  let underWay = 0;
  let dropped = 0;
  const pump = () => {
    while (underWay < maxUnderWay) {
      const packet = waiting.shift();
      if (packet === undefined) return;
      underWay += 1;
      send(
        client.call('append', packet).finally(() => {
          underWay -= 1;
          pump();
        }),
      );
    }
  };

  const measurements: MeasurementStore = {
    openSeries: (key) => client.call('openSeries', key),
    append(packet) {
      waiting.push(packet);
      if (waiting.length > maxWaiting) {
        waiting.shift();
        dropped += 1;
      }
      pump();
    },
    setAnchor: (anchor) => send(client.call('setAnchor', { ...anchor })),
    flush: async () => void (await client.call('flush', { monoMs: clock.monoMs() })),
    async points(query) {
      const { stepMs, rows } = await client.call('points', query);
      return { stepMs, points: toPoints(rows) };
    },
    pointRows: (query) => client.call('points', query),
    async statistics(query) {
      const { rows, measuredMs } = await client.call('statistics', query);
      const [point] = toPoints(rows);
      if (point === undefined) return { ...empty, measuredMs };
      const { atMs: _, ...statistics } = point;
      return { ...statistics, measuredMs };
    },
    heatmap: (query) => client.call('heatmap', query),
    samples: (query) => client.call('samples', query),
    extent: (series) => client.call('extent', series),
    importHour: async (series, hourStartMs, runs) =>
      void (await client.call('importHour', { series, hourStartMs, runs })),
  };

  const state: StateStore = {
    all: <Row>(sql: string, parameters = []) => client.call('all', { sql, parameters }) as Promise<Row[]>, // the caller's statement
    write: (statements) => client.call('write', statements),
  };

  if (lastHealth.wasUnclean) send(checkAll(dataFolder, client, log, jobs.signal));

  return {
    measurements,
    state,
    newestMs: opened.newestMs,
    async health() {
      if (lastHealth.state === 'failed' || client.stalledForMs() !== null) return lastHealth;
      const health = await client.call('health', null);
      return { ...health, droppedPackets: health.droppedPackets + dropped };
    },
    onHealthChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    setRetention: (limits) => send(client.call('setRetention', { ...limits })),
    backup: (folder) => makeBackup(dataFolder, folder, clock),
    stageRestore: (folder) => stageRestore(dataFolder, folder),
    async close() {
      stopTicking();
      jobs.abort();
      await client.close();
    },
  };
}

/** After an unclean end: reads every page, beside the running service, and repairs what does not hold. */
async function checkAll(folder: string, client: StoreClient, log: Log, signal: AbortSignal): Promise<void> {
  for (const name of databaseNames) {
    if (signal.aborted) return;
    const damage = await runJob({ kind: 'check', path: join(folder, `${name}.db`) }, signal);
    if (damage === null || signal.aborted) continue;
    log.error({ database: name, damage }, 'the check after an unclean end found damage');
    await client.call('recover', name);
  }
}

const empty: Statistics = {
  count: 0,
  lost: 0,
  minUs: Number.NaN,
  meanUs: Number.NaN,
  p10Us: Number.NaN,
  p25Us: Number.NaN,
  p50Us: Number.NaN,
  p75Us: Number.NaN,
  p90Us: Number.NaN,
  p95Us: Number.NaN,
  p99Us: Number.NaN,
  maxUs: Number.NaN,
  jitterUs: Number.NaN,
  pdvUs: Number.NaN,
  reordered: 0,
  duplicates: 0,
  late: 0,
};
