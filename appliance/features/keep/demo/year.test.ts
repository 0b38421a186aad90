import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemClock } from '../../../core/clock.ts';
import type { Log } from '../../../core/log.ts';
import { openStore } from '../../../store/index.ts';
import { planYear } from './happenings.ts';
import { LineModel } from './line-model.ts';
import { importYear, modelTargetOf, type YearTarget } from './year.ts';

const hourMs = 3_600_000;
const ignore = () => undefined;
const log: Log = { debug: ignore, info: ignore, warn: ignore, error: ignore, child: () => log };
const nowMs = Date.UTC(2026, 10, 22, 11, 20);
const target: YearTarget = {
  id: 'cloudflare-ipv4',
  line: 'main',
  segment: 'anchor',
  family: 'ipv4',
  method: 'icmp-socket',
  address: '1.1.1.1',
  intervalMs: 1000,
};

test('the year is in the store, newest first, with its outage as loss and its power cut as a gap', async (context) => {
  const dataFolder = await mkdtemp(join(tmpdir(), 'ist-demo-year-'));
  const store = await openStore({
    dataFolder,
    migrations: [],
    commitMinutes: 5,
    retention: { rawDays: 365, hourDays: 1825, maxMb: 512 },
    clock: systemClock,
    log,
  });
  context.after(async () => {
    await store.close();
    await rm(dataFolder, { recursive: true });
  });
  const model = new LineModel(7, planYear(7, nowMs, 40), 'Etc/UTC');
  const order: number[] = [];
  const total = await importYear({
    measurements: {
      ...store.measurements,
      importHour: (series, hourStartMs, runs) => {
        order.push(hourStartMs);
        return store.measurements.importHour(series, hourStartMs, runs);
      },
    },
    model,
    targets: () => [target],
    fineDays: 2,
    coarseMs: 10_000,
    signal: new AbortController().signal,
  });
  assert.deepEqual(
    order,
    order.toSorted((one, other) => other - one),
  );
  assert.equal(total.hours, order.length);

  const series = await store.measurements.openSeries({
    kind: 'icmp',
    line: 'main',
    target: target.id,
    family: 'ipv4',
  });
  const outageMs = Date.UTC(2026, 10, 21, 18, 42, 7);
  const outage = await store.measurements.statistics({
    series,
    fromMs: outageMs,
    toMs: outageMs + 9 * 60_000,
  });
  assert.equal(outage.count, 540);
  assert.equal(outage.lost, 540);
  const cut = { series, fromMs: Date.UTC(2026, 9, 20, 18), toMs: Date.UTC(2026, 9, 20, 19) };
  assert.deepEqual((await store.measurements.points({ ...cut, stepMs: 60_000 })).points, []);
  const day = await store.measurements.points({
    series,
    fromMs: nowMs - 24 * hourMs,
    toMs: nowMs,
    stepMs: hourMs,
  });
  assert.equal(
    day.points.reduce((sum, { count }) => sum + count, 0),
    24 * 3600,
  );

  const fromMs = Date.UTC(2026, 10, 22, 10);
  const stored = await store.measurements.samples({ series, fromMs, toMs: fromMs + 60_000, limit: 100 });
  for (const [index, atMs] of stored.atMs.entries()) {
    const expected = model.sample(modelTargetOf(target), atMs);
    const found = stored.rttUs[index] ?? 0;
    assert.ok(Math.abs(found - expected) <= Math.abs(expected) * 0.001, `${found} is stored for ${expected}`);
  }
  assert.equal(stored.atMs.length, 60);
});

test('giving up ends the import soon', async () => {
  const abort = new AbortController();
  let calls = 0;
  const total = await importYear({
    measurements: {
      openSeries: async () => 1,
      flush: async () => undefined,
      importHour: async () => {
        calls += 1;
        if (calls === 10) abort.abort();
      },
    },
    model: new LineModel(7, planYear(7, nowMs, 40), 'Etc/UTC'),
    targets: () => [target],
    fineDays: 1,
    coarseMs: 10_000,
    signal: abort.signal,
  });
  assert.ok(total.hours <= 15, String(total.hours));
});

test('a target that is found late gets the days that are done already, and everybody each hour once', async () => {
  const late: YearTarget = { ...target, id: 'transit-1-ipv4', segment: 'transit', address: '203.0.113.97' };
  const targets = [target];
  const hours = new Map<number, number[]>();
  const seriesOf = [target.id, late.id];
  const total = await importYear({
    measurements: {
      openSeries: async (key) => seriesOf.indexOf(key.target),
      flush: async () => undefined,
      importHour: async (series, hourStartMs) => {
        hours.set(series, [...(hours.get(series) ?? []), hourStartMs]);
      },
    },
    model: new LineModel(7, planYear(7, nowMs, 6), 'Etc/UTC'),
    targets: () => targets,
    fineDays: 1,
    coarseMs: 10_000,
    signal: new AbortController().signal,
    onDay: ({ daysDone, fromMs }) => {
      assert.equal(fromMs, Date.UTC(2026, 10, 23 - daysDone));
      if (daysDone === 3) targets.push(late);
    },
  });
  const [first = [], second = []] = [hours.get(0), hours.get(1)];
  assert.equal(first.length, 6 * 24 + 12);
  assert.deepEqual(
    second.toSorted((one, other) => other - one),
    first,
  );
  assert.equal(total.hours, first.length + second.length);
});
