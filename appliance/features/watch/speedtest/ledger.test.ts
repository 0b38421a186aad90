import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { Timeline } from '../../../core/timeline.ts';
import { openTest, temporaryFolder } from '../../../store/test-store.ts';
import { FakeClock } from '../../../testing/fakes/clock.ts';
import { knownTimeline } from '../../../testing/fakes/known-timeline.ts';
import { affordableFrom, Ledger, ledgerMigrations } from './ledger.ts';
import { monthAt } from './month.ts';

const noon = Date.UTC(2026, 10, 22, 12);

async function stored(t: Parameters<typeof openTest>[0], startMs = noon, dataFolder = temporaryFolder(t)) {
  const { store } = await openTest(t, { dataFolder, migrations: ledgerMigrations });
  const clock = new FakeClock(startMs);
  const open = async (timeline = knownTimeline(clock), timezone = 'Europe/Berlin') => {
    const ledger = new Ledger({ state: store.state, timeline, timezone: () => timezone });
    return { ledger, left: await ledger.load() };
  };
  return { store, clock, open };
}

test('a test is charged its price before it begins and what it took afterwards', async (t) => {
  const { open } = await stored(t);
  const { ledger } = await open();
  const reservation = await ledger.reserve('main', 50e6);
  assert.deepEqual(ledger.spent('main'), { bytes: 50e6, tests: 1 });
  assert.deepEqual(ledger.spent('backup'), { bytes: 0, tests: 0 });
  await ledger.settle(reservation, 31_000_000.4);
  assert.deepEqual(ledger.spent('main'), { bytes: 31e6, tests: 1 });
  const { ledger: again, left } = await open();
  assert.equal(left, 0);
  assert.deepEqual(again.spent('main'), { bytes: 31e6, tests: 1 });
});

test('a test that sent nothing costs nothing and is not counted', async (t) => {
  const { open } = await stored(t);
  const { ledger } = await open();
  await ledger.settle(await ledger.reserve('main', 50e6), 0);
  assert.deepEqual(ledger.spent('main'), { bytes: 0, tests: 0 });
  assert.deepEqual((await open()).ledger.spent('main'), { bytes: 0, tests: 0 });
});

test('what a killed process had reserved stays charged, once', { timeout: 60_000 }, async (t) => {
  const dataFolder = temporaryFolder(t);
  const script = join(import.meta.dirname, '../../../testing/killed-speedtest.ts');
  const victim = spawn(process.execPath, [script, dataFolder, 'main', '77000000']);
  await once(victim.stdout, 'data');
  victim.kill('SIGKILL');
  await once(victim, 'exit');
  const { open } = await stored(t, noon, dataFolder);
  const { ledger, left } = await open();
  assert.equal(left, 1);
  assert.deepEqual(ledger.spent('main'), { bytes: 77e6, tests: 1 });
  const { ledger: later, left: leftLater } = await open();
  assert.equal(leftLater, 0);
  assert.deepEqual(later.spent('main'), { bytes: 77e6, tests: 1 });
});

test('the month turns at local midnight, and a test belongs to the month in which it began', async (t) => {
  const { open, clock } = await stored(t, Date.parse('2026-11-30T22:59:50Z')); // 23:59:50 in Berlin
  const { ledger } = await open();
  const reservation = await ledger.reserve('main', 10e6);
  clock.advance(20_000);
  assert.equal(ledger.month.name, '2026-12');
  assert.deepEqual(ledger.spent('main'), { bytes: 0, tests: 0 });
  await ledger.settle(reservation, 9e6);
  assert.deepEqual(ledger.spent('main'), { bytes: 0, tests: 0 });
  clock.stepWall(-60_000);
  assert.deepEqual((await open()).ledger.spent('main'), { bytes: 9e6, tests: 1 });
});

test('a clock that is not believed charges the newest month, so restarts win nothing', async (t) => {
  const { open } = await stored(t);
  const { ledger } = await open();
  await ledger.settle(await ledger.reserve('main', 1e6), 1e6);
  const atZero = new FakeClock(0);
  const doubted = new Timeline(atZero, () => ({ isSynchronised: false, hasHardwareClock: false }), 0);
  const { ledger: early } = await open(doubted);
  assert.equal(early.month.name, '2026-11');
  await early.settle(await early.reserve('main', 2e6), 2e6);
  assert.deepEqual((await open()).ledger.spent('main'), { bytes: 3e6, tests: 2 });
});

test('tests of the past are charged to the months in which they were, on top of what is there', async (t) => {
  const { open } = await stored(t);
  const { ledger } = await open();
  await ledger.settle(await ledger.reserve('main', 5e6), 4e6);
  await ledger.charge([
    { line: 'main', at: '2026-11-02T12:00:00Z', bytes: 1e6 },
    { line: 'main', at: '2026-10-31T23:30:00Z', bytes: 2e6 }, // November in Berlin
    { line: 'main', at: '2026-10-05T12:00:00Z', bytes: 7e6 },
    { line: 'main', at: '2026-11-03T12:00:00Z', bytes: 0 },
  ]);
  assert.deepEqual(ledger.spent('main'), { bytes: 7e6, tests: 3 });
  assert.deepEqual((await open()).ledger.spent('main'), { bytes: 7e6, tests: 3 });
});

test('months older than two years are dropped', async (t) => {
  const { open, clock, store } = await stored(t);
  const { ledger } = await open();
  await ledger.settle(await ledger.reserve('main', 1e6), 1e6);
  clock.advance(750 * 86_400_000);
  await ledger.settle(await ledger.reserve('main', 2e6), 2e6);
  assert.deepEqual(await store.state.all('select month, bytes from speed_ledger'), [
    { month: '2028-12', bytes: 2e6 },
  ]);
});

const month = monthAt(noon, 'Europe/Berlin');
const purse = (spentBytes: number, budgetBytes = 5e9) => ({ month, budgetBytes, spentBytes });

test('a month has the days and hours that clocks at the site give it', () => {
  assert.equal(month.name, '2026-11');
  assert.equal(new Date(month.startMs).toISOString(), '2026-10-31T23:00:00.000Z');
  const october = monthAt(Date.parse('2026-10-25T00:30:00Z'), 'Europe/Berlin');
  assert.equal((october.endMs - october.startMs) / 3_600_000, 31 * 24 + 1);
});

test('the first test of a month may be taken at once, even where it takes the whole budget', () => {
  assert.equal(affordableFrom(purse(0), 40e6, month.startMs), month.startMs);
  assert.equal(affordableFrom(purse(0), 5e9, month.startMs), month.startMs);
  assert.equal(affordableFrom(purse(0), 5e9 + 1, month.startMs), null);
  assert.equal(affordableFrom(purse(0, 0), 1, noon), null);
});

test('who has spent ahead waits until the month has caught up', () => {
  const whenMs = affordableFrom(purse(3e9), 50e6, month.startMs) ?? Number.NaN;
  const share = (whenMs - month.startMs) / (month.endMs - month.startMs);
  assert.ok(Math.abs(share - (3.05 / 5 - 0.1)) < 1e-9);
});

test('tests taken as soon as they are affordable never exceed the budget, and last to the end of the month', () => {
  fc.assert(
    fc.property(fc.integer({ min: 50e6, max: 1e11 }), fc.double({ min: 0.002, max: 0.2 }), (budget, part) => {
      fc.pre(!Number.isNaN(part));
      const price = Math.max(1, Math.floor(budget * part));
      let spent = 0;
      let atMs = month.startMs;
      for (;;) {
        const next = affordableFrom(purse(spent, budget), price, atMs);
        if (next === null) break;
        assert.ok(next >= atMs && next < month.endMs);
        atMs = next;
        spent += price;
        assert.ok(spent <= budget);
      }
      // The last one falls into the end of the month but for the head start and one price.
      const share = (atMs - month.startMs) / (month.endMs - month.startMs);
      assert.ok(share >= 1 - Math.max(0.1, part) - part - 1e-6, `${share}`);
    }),
  );
});
