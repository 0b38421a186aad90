import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { CallCount, GuardedClient, OutsideService } from '../../../core/calling.ts';
import { AppError } from '../../../core/errors.ts';
import type { StateStore } from '../../../core/storing.ts';
import { Timeline } from '../../../core/timeline.ts';
import { openTest, temporaryFolder } from '../../../store/test-store.ts';
import { FakeClock } from '../../../testing/fakes/clock.ts';
import { FakeLog } from '../../../testing/fakes/log.ts';
import { CallLedger, ledgerMigrations } from './ledger.ts';

const service = (id: string): OutsideService => ({
  kind: 'service',
  id,
  name: id,
  purpose: '',
  learns: '',
  protocol: '',
  hosts: [],
  bytesPerMonth: 0,
});

const dayMs = 86_400_000;

/** One run of the appliance over a store that outlives it. */
function aRun(state: StateStore, clock = new FakeClock(Date.UTC(2026, 10, 30, 23)), isTimeKnown = true) {
  const counts: Record<string, CallCount> = {
    hook: { contacts: 0, sentBytes: 0, receivedBytes: 0, lastMonoMs: null },
    other: { contacts: 0, sentBytes: 0, receivedBytes: 0, lastMonoMs: null },
  };
  const calls: GuardedClient = {
    services: [service('hook'), service('other')],
    to: () => assert.fail('the ledger calls nobody'),
    count: (id) => counts[id] ?? assert.fail(id),
    add: () => assert.fail('the ledger contacts nobody'),
  };
  const trust = { isSynchronised: isTimeKnown, hasHardwareClock: false };
  const timeline = new Timeline(clock, () => trust, 0);
  const log = new FakeLog();
  const ledger = new CallLedger({ calls, state, timeline, log });
  return {
    clock,
    log,
    ledger,
    timeline,
    trust,
    contact(id: string, sentBytes = 100, receivedBytes = 200) {
      const count = counts[id] ?? assert.fail(id);
      count.contacts += 1;
      count.sentBytes += sentBytes;
      count.receivedBytes += receivedBytes;
      count.lastMonoMs = clock.monoMs();
    },
    async save() {
      ledger.save();
      await ledger.settle();
    },
  };
}

/** A real store whose writes are counted. */
async function stored(t: TestContext) {
  const { store } = await openTest(t, { dataFolder: temporaryFolder(t), migrations: ledgerMigrations });
  let writes = 0;
  const state: StateStore = {
    all: (sql, parameters) => store.state.all(sql, parameters),
    write: (statements) => {
      writes += 1;
      return store.state.write(statements);
    },
  };
  return { state, writes: () => writes };
}

const once = { contacts: 1, sentBytes: 100, receivedBytes: 200 };
const twice = { contacts: 2, sentBytes: 200, receivedBytes: 400 };

test('contacts add up over months and runs, and are known before they are written', async (t) => {
  const { state } = await stored(t);
  const first = aRun(state);
  await first.ledger.load();
  assert.equal(first.ledger.of('hook').lastAtMs, null);
  first.contact('hook');
  const contactedMs = first.timeline.nowMs();
  assert.deepEqual(first.ledger.of('hook'), {
    thisMonth: once,
    total: once,
    since: '2026-11',
    lastAtMs: contactedMs,
  });
  await first.save();
  assert.deepEqual(first.ledger.of('hook').total, once, 'what is written is not counted twice');
  first.clock.advance(2 * 3_600_000);
  assert.equal(first.ledger.month, '2026-12');
  first.contact('hook');
  await first.save();
  assert.deepEqual(first.ledger.of('hook').thisMonth, once);
  assert.deepEqual(first.ledger.of('hook').total, twice);

  const second = aRun(state, first.clock);
  await second.ledger.load();
  assert.deepEqual(second.ledger.of('hook').total, twice);
  second.contact('hook');
  await second.save();
  const third = aRun(state, first.clock);
  await third.ledger.load();
  assert.deepEqual(third.ledger.of('hook'), {
    thisMonth: twice,
    total: { contacts: 3, sentBytes: 300, receivedBytes: 600 },
    since: '2026-11',
    lastAtMs: second.timeline.nowMs(),
  });
  assert.deepEqual(third.ledger.of('other').total.contacts, 0);
});

test('calm hours write nothing, and an hour with many contacts once', async (t) => {
  const { state, writes } = await stored(t);
  const run = aRun(state);
  await run.save();
  await run.save();
  assert.equal(writes(), 0);
  for (let index = 0; index < 500; index += 1) run.contact(index % 2 === 0 ? 'hook' : 'other');
  await run.save();
  await run.save();
  assert.equal(writes(), 1);
});

test('two savings at the same time write the same contact once', async (t) => {
  const { state } = await stored(t);
  const run = aRun(state);
  run.contact('hook');
  run.ledger.save();
  run.ledger.save();
  await run.ledger.settle();
  const again = aRun(state, run.clock);
  await again.ledger.load();
  assert.equal(again.ledger.of('hook').total.contacts, 1);
});

test('while the time is not known nothing is written under a wrong month; it waits', async (t) => {
  const { state, writes } = await stored(t);
  const run = aRun(state, new FakeClock(5000), false);
  run.contact('hook');
  await run.save();
  assert.equal(writes(), 0);
  assert.equal(run.ledger.of('hook').total.contacts, 1);
  run.clock.stepWall(Date.UTC(2026, 10, 30) - 5000);
  run.trust.isSynchronised = true;
  run.timeline.check();
  await run.save();
  assert.deepEqual(run.ledger.of('hook'), {
    thisMonth: once,
    total: once,
    since: '2026-11',
    lastAtMs: Date.UTC(2026, 10, 30),
  });
});

test('a store that cannot write is told of, and the contacts are written later', async (t) => {
  const { state } = await stored(t);
  const run = aRun(state);
  const { write } = state;
  state.write = () => Promise.reject(new AppError('STORE_FULL', 'The disk is full'));
  run.contact('hook');
  await run.save();
  assert.match(run.log.lines[0]?.message ?? '', /could not be stored/);
  state.write = write;
  await run.save();
  const again = aRun(state, run.clock);
  await again.ledger.load();
  assert.equal(again.ledger.of('hook').total.contacts, 1);
});

test('what is older than two years is forgotten', async (t) => {
  const { state } = await stored(t);
  const old = aRun(state);
  old.contact('hook');
  await old.save();
  const later = aRun(state, new FakeClock(Date.UTC(2026, 10, 30) + 731 * dayMs));
  await later.ledger.load();
  later.contact('hook');
  await later.save();
  assert.deepEqual(later.ledger.of('hook').since, '2028-11');
  const again = aRun(state, later.clock);
  await again.ledger.load();
  assert.equal(again.ledger.of('hook').total.contacts, 1);
});
