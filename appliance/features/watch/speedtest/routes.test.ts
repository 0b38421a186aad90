import assert from 'node:assert/strict';
import { test } from 'node:test';
import { localCaller } from '../../../core/access.ts';
import { RawReply } from '../../../core/feature.ts';
import { localRequest } from '../../../testing/fakes/request.ts';
import { type SpeedWorldOptions, speedWorld } from '../../../testing/fakes/speedtest-world.ts';
import { failedResult, speedResult } from '../../../testing/fakes/speedtests.ts';
import { speedtestRoutes } from './routes.ts';
import { scheduleRoutes } from './schedule-routes.ts';
import type { SpeedSchedule, SpeedTest, SpeedTestList } from './schema.ts';

async function world(t: Parameters<typeof speedWorld>[0], options: SpeedWorldOptions = {}) {
  const made = await speedWorld(t, { config: { schedule: 'off' }, answer: () => speedResult(), ...options });
  const routes = [
    ...speedtestRoutes(made.context, made.service),
    ...scheduleRoutes(made.context, made.service),
  ];
  const call = async (
    method: string,
    path: string,
    parts: { query?: object; params?: object; body?: unknown } = {},
    caller = localCaller,
  ) => {
    const found = routes.find((route) => route.method === method && route.path === path);
    assert.ok(found, `${method} ${path}`);
    return found.handle(localRequest({ query: {}, params: {}, body: undefined, ...parts, caller }));
  };
  return { ...made, call };
}

test('a test now is in the list, by itself, as the latest, as CSV and as JSON', async (t) => {
  const { call } = await world(t);
  const { id } = (await call('POST', '/api/test-now')) as SpeedTest; // its route answers this
  const { speedtests, next } = (await call('GET', '/api/speedtests')) as SpeedTestList; // same
  assert.deepEqual([speedtests.map((one) => one.id), speedtests[0]?.details, next], [[id], undefined, null]);
  const one = (await call('GET', '/api/speedtests/:id', { params: { id } })) as SpeedTest; // same
  assert.equal(one.details?.method, 'steady');
  assert.deepEqual(await call('GET', '/api/speedtests/latest'), one);
  const csv = await call('GET', '/api/speedtests/csv');
  assert.ok(csv instanceof RawReply && typeof csv.body === 'string' && csv.body.split('\r\n').length === 3);
  const json = await call('GET', '/api/speedtests/json', { query: { days: 1 } });
  assert.ok(json instanceof RawReply && typeof json.body === 'string');
  assert.equal(JSON.parse(json.body).speedtests.length, 1);
});

test('a failed test is an error that carries the test, and the list shows it without a number', async (t) => {
  const { call } = await world(t, { answer: () => failedResult('stalled') });
  await assert.rejects(call('POST', '/api/test-now'), (error: { code?: string; details?: unknown }) => {
    const { reason, test: failed } = error.details as { reason: string; test: SpeedTest };
    assert.deepEqual([error.code, reason, failed.downloadMbps], ['SPEEDTEST_FAILED', 'stalled', null]);
    return true;
  });
  const { speedtests } = (await call('GET', '/api/speedtests')) as SpeedTestList; // its route answers this
  assert.deepEqual(
    speedtests.map(({ outcome, downloadMbps }) => [outcome, downloadMbps]),
    [['failed', null]],
  );
  await assert.rejects(call('GET', '/api/speedtests/latest'), { code: 'SPEEDTEST_UNKNOWN', status: 404 });
});

test('only who may configure names a server that is not configured', async (t) => {
  const { call, plans } = await world(t);
  const key = { ...localCaller, scopes: ['open', 'read', 'run'] as const };
  const body = { server: 'http://192.0.2.1' };
  await assert.rejects(call('POST', '/api/test-now', { body }, key), { code: 'SCOPE_MISSING', status: 403 });
  assert.equal(plans.length, 0);
  await call('POST', '/api/test-now', { body: {} }, key);
  await call('POST', '/api/test-now', { body });
  assert.equal(plans.length, 2);
});

test('wrong ranges, ids and lines are refused by name', async (t) => {
  const { call } = await world(t);
  const range = { from: '2026-11-22T00:00:00Z', to: '2026-11-21T00:00:00Z' };
  await assert.rejects(call('GET', '/api/speedtests', { query: range }), {
    code: 'RANGE_INVALID',
    status: 400,
  });
  await assert.rejects(call('GET', '/api/speedtests/:id', { params: { id: '7' } }), { status: 404 });
  const unknown = { code: 'LINE_UNKNOWN', status: 404 };
  await assert.rejects(call('GET', '/api/speedtest/advice', { query: { line: 'x' } }), unknown);
  await assert.rejects(call('POST', '/api/test-now', { body: { line: 'x' } }), unknown);
});

test('two tests are compared with what the line spread before', async (t) => {
  let uploadMbps = 38;
  const { call, clock } = await world(t, { answer: () => speedResult({ uploadMbps }) });
  for (let count = 0; count < 6; count += 1) {
    clock.advance(60_000);
    uploadMbps = count === 5 ? 20 : 38 + (count % 2);
    await call('POST', '/api/test-now');
  }
  const { text } = (await call('GET', '/api/speedtests/compare', { query: { before: '5', after: '6' } })) as {
    text: string;
  };
  assert.equal(text, 'Worse: upload.');
  assert.deepEqual(await call('DELETE', '/api/test-now'), { isStopped: false });
});

test('schedules are added, changed and removed; a line that is not there is refused', async (t) => {
  const { call } = await world(t);
  const body = {
    label: 'Noon',
    line: null,
    family: null,
    times: ['12:00'],
    days: [0],
    cron: null,
    burstCount: 2,
    isEnabled: true,
  };
  const path = '/api/speedtest/schedules';
  const { id, nextAt } = (await call('POST', path, { body })) as SpeedSchedule; // its route answers this
  assert.equal(nextAt, '2026-11-23T12:00:00.000Z');
  const changed = await call('PUT', `${path}/:id`, { params: { id }, body: { ...body, isEnabled: false } });
  assert.deepEqual(await call('GET', path), { schedules: [changed] });
  await assert.rejects(call('POST', path, { body: { ...body, line: 'x' } }), { code: 'LINE_UNKNOWN' });
  assert.deepEqual(await call('DELETE', `${path}/:id`, { params: { id } }), { isRemoved: true });
  await assert.rejects(call('DELETE', `${path}/:id`, { params: { id } }), { code: 'SCHEDULE_UNKNOWN' });
});
