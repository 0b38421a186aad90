import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../../../testing/fakes/clock.ts';
import { type HappeningKind, planYear } from './happenings.ts';
import { flowAt } from './household-traffic.ts';
import { LineModel } from './line-model.ts';
import { SimulatedRouter } from './simulated-router.ts';

const nowMs = Date.UTC(2026, 10, 22, 11, 20);
const plan = planYear(7, nowMs, 30);
const model = new LineModel(7, plan, 'Etc/UTC');
const { signal } = new AbortController();

function newest(kind: HappeningKind) {
  const found = plan.happenings.filter((one) => one.kind === kind && one.endedAtMs <= nowMs).at(-1);
  assert.ok(found, kind);
  return found;
}

function routerAt(wallMs: number) {
  const clock = new FakeClock(wallMs);
  const router = new SimulatedRouter(clock, model, clock.wallMs() - clock.monoMs());
  const read = async () => {
    const reading = router.read(signal);
    reading.catch(() => undefined); // awaited below
    clock.advance(3000);
    return await reading;
  };
  return { clock, read, router };
}

test('it counts what the house uploads while the queue is full, and little at night', async () => {
  const { startedAtMs } = newest('bufferbloat');
  const { clock, read } = routerAt(startedAtMs + 60_000);
  const first = await read();
  clock.advance(57_000);
  const second = await read();
  const upBps = (8 * (second.txBytes - first.txBytes)) / 60;
  assert.ok(upBps > 30e6 && upBps < 40e6, `${upBps} bit/s`);
  const night = Date.UTC(2026, 10, 16, 3, 0);
  assert.deepEqual(model.happeningsAt(night), []);
  assert.ok(flowAt(model, night).upBps < 1e6);
});

test('traffic is heavier in the evening than at night, and none while the line is down', () => {
  const meanOf = (hour: number) => {
    let sum = 0;
    for (let day = 5; day < 25; day += 1)
      for (let minute = 0; minute < 60; minute += 5)
        sum += flowAt(model, Date.UTC(2026, 9, 27 + day - 5, hour, minute)).downBps;
    return sum / (20 * 12);
  };
  assert.ok(meanOf(20) > 2 * meanOf(3), `${meanOf(20)} against ${meanOf(3)} bit/s`);
  const { startedAtMs } = newest('access');
  assert.deepEqual(flowAt(model, startedAtMs + 1000), { downBps: 0, upBps: 0 });
});

test('while it restarts it does not answer, and afterwards it counts from zero', async () => {
  const { startedAtMs, endedAtMs } = newest('router');
  const { clock, read, router } = routerAt(startedAtMs - 10_000);
  const before = await read();
  assert.ok(before.rxBytes > 1e9 && (before.uptimeSeconds ?? 0) > 86_400);
  assert.equal(before.linkState, 'Up');
  clock.advance(20_000);
  assert.equal(router.isAnswering('ipv4'), false);
  await assert.rejects(read(), { code: 'ROUTER_SILENT' });
  clock.advance(endedAtMs - startedAtMs);
  const after = await read();
  assert.ok(after.rxBytes < 1e8, String(after.rxBytes));
  assert.ok((after.uptimeSeconds ?? 0) < 300);
});
