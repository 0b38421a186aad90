/** Reserves bytes of the speed-test ledger, says so and waits to be killed. Arguments: folder, line, bytes. */
import { Ledger, ledgerMigrations } from '../features/watch/speedtest/ledger.ts';
import { openStore } from '../store/index.ts';
import { quiet } from '../store/test-store.ts';
import { FakeClock } from './fakes/clock.ts';
import { knownTimeline } from './fakes/known-timeline.ts';

const [dataFolder = '', line = '', bytes = '0'] = process.argv.slice(2);
const clock = new FakeClock();
const store = await openStore({
  dataFolder,
  migrations: ledgerMigrations,
  commitMinutes: 5,
  retention: { rawDays: 365, hourDays: 1825, maxMb: 512 },
  clock,
  log: quiet,
});
const ledger = new Ledger({ state: store.state, timeline: knownTimeline(clock), timezone: () => 'Etc/UTC' });
await ledger.load();
await ledger.reserve(line, Number(bytes));
process.stdout.write('reserved\n');
setInterval(() => undefined, 60_000);
