import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { type TestContext, test } from 'node:test';
import { systemClock, toIso } from '../../../core/clock.ts';
import { openStore } from '../../../store/index.ts';
import { fakeContext, settle } from '../../../testing/fakes/context.ts';
import { FakeLog } from '../../../testing/fakes/log.ts';
import { outageOf } from '../../../testing/fakes/outages.ts';
import type { Outage, OutagePort } from '../outage/schema.ts';
import type { RebootAdvice } from './schema.ts';
import { RebootService } from './service.ts';
import { rebootMigrations } from './store.ts';

async function begin(t: TestContext) {
  const folder = await mkdtemp(`${tmpdir()}/ist-reboot-`);
  const store = await openStore({
    dataFolder: folder,
    migrations: rebootMigrations,
    commitMinutes: 5,
    retention: { rawDays: 1, hourDays: 1, maxMb: 64 },
    clock: systemClock,
    log: new FakeLog(),
  });
  const outages: { list: Outage[] } = { list: [] };
  const port = { between: async () => outages.list } as unknown as OutagePort; // nothing else is asked for
  const fake = fakeContext({
    ports: { outage: port },
    config: { reboot: { afterMinutes: 3, mostPerDay: 1 } },
  });
  const service = new RebootService({ ...fake.context, store });
  const told: RebootAdvice[] = [];
  fake.bus.on('reboot.advised', (advice) => told.push(advice));
  t.after(async () => {
    await service.stop();
    await store.close();
    await rm(folder, { recursive: true });
  });
  /** Real writes to a real disk take their time; the clock of the test stands meanwhile. */
  const idle = async () => {
    for (let turn = 0; turn < 20; turn += 1) {
      await settle();
      await store.state.all('select 1');
    }
  };
  return { ...fake, outages, service, told, idle };
}

test('an outage of the access line: advised once, told as started, measured as a help', async (t) => {
  const { service, outages, bus, clock, timeline, told, idle } = await begin(t);
  service.start();
  await idle();
  const open = outageOf(1, timeline.nowMs(), null);
  outages.list = [open];
  bus.emit('outage.opened', open);
  await idle();
  assert.equal(service.advice?.code, 'too-early');
  for (let second = 0; second < 200; second += 15) {
    clock.advance(15_000);
    await idle();
  }
  assert.equal(service.advice?.code, 'advised');
  assert.equal(service.advice.leftToday, 0);
  assert.equal(told.filter(({ isAdvised }) => isAdvised).length, 1, 'said once');

  await service.tell({});
  assert.equal(service.advice?.code, 'under-way');
  await service.tell({ device: 'modem' });
  assert.equal((await service.list()).reboots.length, 1, 'two presses are one reboot');
  clock.advance(120_000);
  const closed = { ...open, endedAt: toIso(timeline.nowMs()) };
  outages.list = [closed];
  bus.emit('outage.closed', closed);
  await idle();
  const { advice, reboots } = await service.list();
  assert.deepEqual(
    reboots.map(({ device, source, outage, helped, recoveredAfterSeconds }) => [
      device,
      source,
      outage,
      helped,
      recoveredAfterSeconds,
    ]),
    [['modem', 'told', 1, true, 120]],
  );
  assert.deepEqual([advice.code, advice.record.tried, advice.record.helped], ['no-outage', 1, 1]);
});

test('a line that is not there is named, and a router that began anew is seen', async (t) => {
  const { service, bus, timeline, idle } = await begin(t);
  service.start();
  await assert.rejects(service.tell({ line: 'lte' }), {
    code: 'LINE_UNKNOWN',
    message: /"lte"; known: main/,
  });
  bus.emit('router.restarted', { line: 'main', at: toIso(timeline.nowMs() - 60_000) });
  await idle();
  const { reboots } = await service.list();
  assert.deepEqual(
    reboots.map(({ source, device, helped }) => [source, device, helped]),
    [['seen', 'router', null]],
  );
});
