import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { systemClock } from '../../../core/clock.ts';
import { openStore } from '../../../store/index.ts';
import { FakeClock } from '../../../testing/fakes/clock.ts';
import { FakeLog } from '../../../testing/fakes/log.ts';
import { FakeStore } from '../../../testing/fakes/store.ts';
import { DeviceMemory, deviceMigration } from './devices.ts';

const atMs = Date.UTC(2026, 10, 22);
const own = '00:11:32:00:00:20';
const madeUp = '02:aa:00:00:00:05';
const hourMs = 3_600_000;

function memoryWith(store: ConstructorParameters<typeof DeviceMemory>[1]['store'] = new FakeStore()) {
  const clock = new FakeClock();
  return { clock, memory: new DeviceMemory('main', { store, clock, log: new FakeLog() }) };
}

const order = (memory: DeviceMemory) => memory.ranked().map(({ mac }) => mac);

test('who answered better over the days comes first, and at first whose address is its own', () => {
  const { memory } = memoryWith();
  memory.meet(madeUp, '192.168.1.5', atMs);
  memory.meet(own, '192.168.1.20', atMs);
  assert.deepEqual(order(memory), [own, madeUp]);
  for (let hour = 0; hour < 5; hour += 1) {
    memory.judge(madeUp, true);
    memory.judge(own, hour % 2 === 0);
  }
  assert.deepEqual(order(memory), [madeUp, own]);
  memory.judge('00:00:00:00:00:99', true); // never met
  assert.equal(memory.ranked().length, 2);
});

test('a device is the same one under another address, and the memory is bounded', () => {
  const { memory } = memoryWith();
  memory.meet(own, '192.168.1.20', atMs);
  memory.judge(own, true);
  const { score } = memory.meet(own, '192.168.1.77', atMs + 1);
  assert.ok(score > 0.5, 'what is known of it stays');
  for (let i = 0; i < 100; i += 1)
    memory.meet(`02:00:00:00:00:${i.toString(16).padStart(2, '0')}`, '192.168.1.9', atMs);
  assert.equal(memory.ranked().length, 32);
  assert.equal(memory.ranked()[0]?.address, '192.168.1.77', 'the best stays');
});

test('it is written when a device is new among the witnesses, else once a day, and only when something changed', async () => {
  const store = new FakeStore();
  const { clock, memory } = memoryWith(store);
  const writes = () => store.written.filter(({ sql }) => sql.startsWith('delete')).length;
  const nas = memory.meet(own, '192.168.1.20', atMs);
  await memory.save();
  assert.equal(writes(), 0);
  await memory.save(nas);
  assert.equal(writes(), 1);
  memory.judge(own, true);
  await memory.save(nas);
  assert.equal(writes(), 1, 'known already');
  clock.advance(24 * hourMs);
  await memory.save();
  assert.equal(writes(), 2);
  clock.advance(24 * hourMs);
  await memory.save();
  assert.equal(writes(), 2, 'nothing changed');
});

test('the next start knows the devices of each line and their scores', async () => {
  const dataFolder = await mkdtemp(`${tmpdir()}/ist-devices-`);
  const store = await openStore({
    dataFolder,
    migrations: [deviceMigration],
    commitMinutes: 5,
    retention: { rawDays: 1, hourDays: 1, maxMb: 64 },
    clock: systemClock,
    log: new FakeLog(),
  });
  try {
    const { memory } = memoryWith(store);
    memory.meet(madeUp, '192.168.1.5', atMs);
    memory.judge(madeUp, true);
    await memory.save(memory.meet(own, '192.168.1.20', atMs));
    const next = memoryWith(store).memory;
    await next.load();
    assert.deepEqual(next.ranked(), [
      { mac: madeUp, address: '192.168.1.5', score: 0.52, seenAtMs: atMs },
      { mac: own, address: '192.168.1.20', score: 0.5, seenAtMs: atMs },
    ]);
    const other = new DeviceMemory('other', { store, clock: new FakeClock(), log: new FakeLog() });
    await other.load();
    assert.deepEqual(other.ranked(), []);
  } finally {
    await store.close();
    await rm(dataFolder, { recursive: true });
  }
});
