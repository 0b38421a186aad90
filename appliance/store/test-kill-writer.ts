/** Writes minutes and rows until it is killed; a line of output acknowledges one. Arguments: folder, minutes before. */
import { SteppedClock } from './bench-cases.ts';
import { openStore } from './index.ts';
import { beginMs, icmp, minute, notes, quiet, same } from './test-store.ts';

const [dataFolder = '', before = '0'] = process.argv.slice(2);
let done = Number(before);
const clock = new SteppedClock(beginMs + done * 60_000, 1_000_000 + done * 60_000);
const retention = { rawDays: 365, hourDays: 1825, maxMb: 512 };
const store = await openStore({
  dataFolder,
  migrations: [notes],
  commitMinutes: 1,
  retention,
  clock,
  log: quiet,
});
store.measurements.setAnchor({ offsetMs: clock.offsetMs, isKnown: true });
const id = await store.measurements.openSeries(icmp);
for (;;) {
  store.measurements.append(minute(id, clock.monoMs(), same(1000)));
  clock.advance(60_000);
  done += 1;
  await store.measurements.flush();
  const parameters = [done, `minute ${done}`];
  await store.state.write([{ sql: 'INSERT OR REPLACE INTO notes (id, text) VALUES (?, ?)', parameters }]);
  process.stdout.write(`${done}\n`);
}
