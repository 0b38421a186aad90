import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { after, before, test } from 'node:test';
import { systemClock, toIso } from '../../../core/clock.ts';
import { AppError } from '../../../core/errors.ts';
import { openStore } from '../../../store/index.ts';
import { FakeClock } from '../../../testing/fakes/clock.ts';
import { settle } from '../../../testing/fakes/context.ts';
import { FakeLog } from '../../../testing/fakes/log.ts';
import { FakeStore } from '../../../testing/fakes/store.ts';
import { LinkHistory, linkStateMigration } from './history.ts';
import type { LinkState } from './schema.ts';

const startMs = Date.UTC(2026, 10, 22);
const stateAt = (atMs: number, hasCarrier: boolean, line = 'main'): LinkState => ({
  line,
  at: toIso(atMs),
  interface: 'eth0',
  isUp: true,
  hasCarrier,
  addresses: ['192.168.77.10'],
  families: [],
  lease: null,
  wireless: null,
});

let folder: string;
let store: Awaited<ReturnType<typeof openStore>>;
before(async () => {
  folder = await mkdtemp(`${tmpdir()}/ist-links-`);
  store = await openStore({
    dataFolder: folder,
    migrations: [linkStateMigration],
    commitMinutes: 5,
    retention: { rawDays: 1, hourDays: 1, maxMb: 64 },
    clock: systemClock,
    log: new FakeLog(),
  });
});
after(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

test('changes are found again, led by the state that was in force', async () => {
  const history = new LinkHistory({ store, clock: new FakeClock(), log: new FakeLog() });
  for (const second of [0, 10, 20, 30])
    history.record(startMs + second * 1000, stateAt(startMs + second * 1000, second % 20 === 0));
  history.record(startMs + 15_000, stateAt(startMs + 15_000, true, 'other'));
  const seconds = async (from: number, to: number) =>
    (await history.between('main', startMs + from * 1000, startMs + to * 1000)).map(
      ({ at }) => (Date.parse(at) - startMs) / 1000,
    );
  assert.deepEqual(await seconds(15, 25), [10, 20]);
  assert.deepEqual(await seconds(-5, 5), [0]);
  assert.deepEqual(await seconds(40, 50), [30]);
  assert.deepEqual(await seconds(-50, -40), []);
  assert.equal((await history.newest('main'))?.at, toIso(startMs + 30_000));
  assert.equal((await history.newest('other'))?.line, 'other');
  assert.equal(await history.newest('none'), null);
});

test('the table is bounded, and rows of another version are left out', async () => {
  await store.state.write(
    Array.from({ length: 2100 }, (_, i) => ({
      sql: 'insert into link_states (at_ms, line, state) values (?, ?, ?)',
      parameters: [
        startMs + 100_000 + i,
        'full',
        i === 2099 ? '{"line":"full"}' : JSON.stringify(stateAt(startMs, true, 'full')),
      ],
    })),
  );
  const history = new LinkHistory({ store, clock: new FakeClock(), log: new FakeLog() });
  assert.equal(await history.newest('full'), null);
  history.record(startMs + 200_000, stateAt(startMs + 200_000, true, 'full'));
  await history.stop();
  const [count] = await store.state.all<{ rows: number }>('select count(*) as rows from link_states');
  assert.equal(count?.rows, 2000);
});

test('the first change is committed at once, those of a link that flaps together', async () => {
  const clock = new FakeClock();
  const fake = new FakeStore();
  const history = new LinkHistory({ store: fake, clock, log: new FakeLog() });
  let writes = 0;
  const write = fake.state.write;
  fake.state.write = (statements) => {
    writes += 1;
    return write(statements);
  };
  for (let i = 0; i < 100; i += 1) history.record(startMs + i, stateAt(startMs + i, i % 2 === 0));
  await settle();
  assert.equal(writes, 1);
  clock.advance(10_000);
  await settle();
  assert.equal(writes, 2);
  const kept = fake.written
    .filter(({ sql }) => sql.startsWith('insert'))
    .map(({ parameters }) => parameters?.[0]);
  assert.equal(kept.length, 65, 'the first, and as many as may wait');
  assert.equal(kept.at(-1), startMs + 99, 'the newest is among them');
  clock.advance(3_600_000);
  await settle();
  assert.equal(writes, 2, 'nothing is written while nothing changes');
});

test('a disk that is full costs the rows and nothing else', async () => {
  const fake = new FakeStore();
  const log = new FakeLog();
  fake.state.write = () => Promise.reject(new AppError('STORE_FULL', 'no space left in /data'));
  const history = new LinkHistory({ store: fake, clock: new FakeClock(), log });
  history.record(startMs, stateAt(startMs, true));
  await history.stop();
  assert.deepEqual(
    log.lines.map(({ level, fields }) => [level, fields]),
    [['warn', { reason: 'no space left in /data', rows: 1 }]],
  );
});
