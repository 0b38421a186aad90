import { mkdir, rm } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { systemClock, toIso } from '../../../core/clock.ts';
import { slot } from '../../../core/storing.ts';
import type { LatencySeries } from '../../../features/watch/latency/schema.ts';
import { openStore } from '../../../store/index.ts';
import { quietLog } from '../../lab/quiet-log.ts';
import { anchorTargets, bundledServe, startService } from '../../lab/service.ts';
import { type Bench, type BenchCase, median, ms } from '../case.ts';
import { dayMs, randomOf, sampleAt } from '../store-day.ts';

const hourMs = 3_600_000;
const rounds = 9;
/** A dashboard that is looked at has asked before; the first answers of a process also load and compile code. */
const warmUps = 5;

/** Fills a data folder with history of the target `a1-ipv4`, one sample every `intervalMs`, up to the last full hour. */
async function fill(
  folder: string,
  hours: number,
  intervalMs: number,
  stepSeconds: number,
): Promise<{ fromMs: number; toMs: number; storeMs: number }> {
  const store = await openStore({
    dataFolder: folder,
    migrations: [],
    commitMinutes: 5,
    retention: { rawDays: 3650, hourDays: 18_250, maxMb: 4096 },
    clock: systemClock,
    log: quietLog,
  });
  try {
    const series = await store.measurements.openSeries({
      kind: 'icmp',
      line: 'main',
      target: 'a1-ipv4',
      family: 'ipv4',
    });
    const toMs = Math.floor(systemClock.wallMs() / hourMs) * hourMs;
    const fromMs = toMs - hours * hourMs;
    const random = randomOf(3);
    for (let hourStartMs = fromMs; hourStartMs < toMs; hourStartMs += hourMs) {
      const rttUs = Float64Array.from({ length: hourMs / intervalMs }, (_, index) =>
        sampleAt(random, 14_800, hourStartMs + index * intervalMs),
      );
      await store.measurements.importHour(series, hourStartMs, [
        { startMonoMs: 0, intervalMs, rttUs, duplicates: 0, reordered: 0, late: 0 },
      ]);
    }
    await store.measurements.flush();
    const times: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const startedMs = systemClock.monoMs();
      await store.measurements.points({ series, fromMs, toMs, stepMs: stepSeconds * 1000 });
      times.push(systemClock.monoMs() - startedMs);
    }
    return { fromMs, toMs, storeMs: median(times) };
  } finally {
    await store.close();
  }
}

/** From the question to the last byte of the answer on the local socket; the client does nothing with it. */
async function timeAnswer(socketPath: string, url: string): Promise<number> {
  const startedMs = systemClock.monoMs();
  const answer = await new Promise<IncomingMessage>((done, fail) => {
    request({ socketPath, path: url }, done).on('error', fail).end();
  });
  if (answer.statusCode !== 200) throw new Error(`${url} answered ${answer.statusCode}`);
  for await (const _ of answer);
  return systemClock.monoMs() - startedMs;
}

/** Fills a folder, starts the service on it and times one chart as a client of the local socket sees it. */
async function timeChart(
  bench: Bench,
  options: { hours: number; intervalMs: number; stepSeconds: number },
): Promise<{ medianMs: number; points: number; storeMs: number }> {
  const lab = await bench.lab();
  const dataFolder = path.join(bench.cacheFolder, 'history');
  await rm(dataFolder, { recursive: true, force: true });
  await mkdir(dataFolder, { recursive: true });
  try {
    const { hours, intervalMs, stepSeconds } = options;
    const { fromMs, toMs, storeMs } = await fill(dataFolder, hours, intervalMs, stepSeconds);
    await using service = await startService(lab, {
      dataFolder,
      config: { targets: anchorTargets },
      argv: await bundledServe(),
    });
    const url = `/api/latency?target=a1-ipv4&from=${toIso(fromMs)}&to=${toIso(toMs)}&step=${options.stepSeconds}`;
    const expected = ((toMs - fromMs) / 1000 / options.stepSeconds) * 0.99;
    const series = await service.until('the history is there', 20_000, async () => {
      const found = await service.get<LatencySeries>(url);
      return found.points.length >= expected ? found : null;
    });
    const times: number[] = [];
    for (let round = -warmUps; round < rounds; round += 1) {
      const tookMs = await timeAnswer(path.join(dataFolder, 'ist.sock'), url);
      if (round >= 0) times.push(tookMs);
    }
    return { medianMs: median(times), points: series.points.length, storeMs };
  } finally {
    await rm(dataFolder, { recursive: true, force: true });
  }
}

/** The plain way: a row a sample, fetched and summed up by minute. */
function timeRawRows(): number {
  const database = new DatabaseSync(':memory:');
  database.exec(
    'CREATE TABLE sample (series INTEGER, at INTEGER, rtt INTEGER, PRIMARY KEY (series, at)) WITHOUT ROWID',
  );
  const insert = database.prepare('INSERT INTO sample VALUES (1, ?, ?)');
  const random = randomOf(3);
  database.exec('BEGIN');
  for (let at = 0; at < dayMs; at += 1000) {
    const rttUs = sampleAt(random, 14_800, at);
    insert.run(at, rttUs === slot.timeout ? null : Math.round(rttUs));
  }
  database.exec('COMMIT');
  const select = database.prepare(
    'SELECT at, rtt FROM sample WHERE series = 1 AND at >= 0 AND at < ? ORDER BY at',
  );
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const startedMs = systemClock.monoMs();
    const minutes = new Map<number, number[]>();
    for (const { at, rtt } of select.all(dayMs) as { at: number; rtt: number | null }[]) {
      const minute = Math.floor(at / 60_000);
      const values = minutes.get(minute) ?? [];
      if (rtt !== null) values.push(rtt);
      minutes.set(minute, values);
    }
    for (const values of minutes.values()) values.sort((a, b) => a - b);
    times.push(systemClock.monoMs() - startedMs);
  }
  database.close();
  return median(times);
}

const how = (points: number, storeMs: number) =>
  `request to complete answer over the local socket of the running service, median of 9, ${points} points; ` +
  `of it in the store ${storeMs.toFixed(1)} ms`;

export const dayChart: BenchCase = {
  id: 'H1',
  title: '24 h chart of one target at 1-minute points',
  async run(bench) {
    const { medianMs, points, storeMs } = await timeChart(bench, {
      hours: 24,
      intervalMs: 1000,
      stepSeconds: 60,
    });
    const note = how(points, storeMs);
    const peer = { name: 'raw rows', ...ms(timeRawRows()) };
    return [{ what: '24 h chart', ours: ms(medianMs), peer, target: '≤ 25 ms', isMet: medianMs <= 25, note }];
  },
};

export const yearChart: BenchCase = {
  id: 'H2',
  title: '1 year at 1-hour points',
  async run(bench) {
    const { medianMs, points, storeMs } = await timeChart(bench, {
      hours: 365 * 24,
      intervalMs: 10_000,
      stepSeconds: 3600,
    });
    const note = `${how(points, storeMs)}; samples every 10 s, which the hourly rows do not show`;
    return [
      { what: 'a year', ours: ms(medianMs), peer: null, target: '≤ 60 ms', isMet: medianMs <= 60, note },
    ];
  },
};
