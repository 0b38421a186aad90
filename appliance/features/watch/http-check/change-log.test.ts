import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { systemClock, toIso } from '../../../core/clock.ts';
import { openStore } from '../../../store/index.ts';
import { FakeClock } from '../../../testing/fakes/clock.ts';
import { settle } from '../../../testing/fakes/context.ts';
import { FakeLog } from '../../../testing/fakes/log.ts';
import { FakeStore } from '../../../testing/fakes/store.ts';
import { ChangeLog, changeMigrations } from './change-log.ts';
import type { PageCheck } from './schema.ts';

const atMs = Date.UTC(2026, 10, 23, 12);
const check: PageCheck = {
  line: 'main',
  url: 'http://one.example/',
  family: 'ipv4',
  at: toIso(atMs),
  outcome: 'portal',
  status: 302,
  address: '203.0.113.10',
  dnsMs: 1,
  connectMs: 2,
  tlsMs: null,
  firstByteMs: 3,
  totalMs: 6.5,
  message: 'sent to login.hotel',
  portal: 'http://login.hotel/',
};

test('a page that flaps is written together, at most every ten seconds', async () => {
  const clock = new FakeClock();
  const store = new FakeStore();
  const writes: number[] = [];
  const write = store.state.write;
  store.state.write = async (statements) => {
    writes.push(statements.length - 1); // the last one keeps the table bounded
    return await write(statements);
  };
  const log = new ChangeLog({ state: store.state, clock, log: new FakeLog() });
  await log.keep(check);
  for (let each = 0; each < 5; each += 1) await log.keep(check);
  assert.deepEqual(writes, [1]);
  clock.advance(10_000);
  await settle();
  assert.deepEqual(writes, [1, 5]);
});

test('a card that cannot be written to is a word in the log', async () => {
  const store = new FakeStore();
  store.state.write = () => Promise.reject(new Error('disk full'));
  const lines = new FakeLog();
  const log = new ChangeLog({ state: store.state, clock: new FakeClock(), log: lines });
  await log.keep(check);
  assert.match(JSON.stringify(lines.lines), /disk full/);
});

test('what was kept comes back in time order, without the times of its parts', async () => {
  const dataFolder = await mkdtemp(`${tmpdir()}/ist-pages-`);
  const store = await openStore({
    dataFolder,
    migrations: changeMigrations,
    commitMinutes: 5,
    retention: { rawDays: 1, hourDays: 1, maxMb: 64 },
    clock: systemClock,
    log: new FakeLog(),
  });
  try {
    const log = new ChangeLog({ state: store.state, clock: systemClock, log: new FakeLog() });
    const later: PageCheck = { ...check, at: toIso(atMs + 5000), outcome: 'timeout', totalMs: null };
    await log.keep(later);
    await log.keep(check);
    const unkept = { dnsMs: null, connectMs: null, tlsMs: null, firstByteMs: null };
    assert.deepEqual(await log.between(atMs, atMs + 5000), [
      { ...check, ...unkept },
      { ...later, ...unkept },
    ]);
    assert.deepEqual(await log.between(atMs + 1, atMs + 4999), []);
  } finally {
    await store.close();
    await rm(dataFolder, { recursive: true });
  }
});
