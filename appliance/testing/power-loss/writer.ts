/** The process that is recorded: the real store under a mixed load. Arguments: folder, minutes, full|off. */
import { writeSync } from 'node:fs';
import type { Log } from '../../core/log.ts';
import { SteppedClock } from '../../store/bench-cases.ts';
import { openStore } from '../../store/index.ts';
import { randomOf, simulatedLine, simulatedMinute } from '../../store/simulated-line.ts';
import { acknowledged, beginMs, drillMigrations, monoMs, retention } from './scenario.ts';

const [folder = '', minutes = '0', durability = 'full'] = process.argv.slice(2);

const log: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: (fields, message) => console.error(message, fields),
  error: (fields, message) => console.error(message, fields),
  child: () => log,
};

function acknowledge(what: number, upto: number): void {
  const message = Buffer.from('ACK:\0\0\0\0\0\0\0\0', 'latin1');
  message.writeUInt32LE(what, 4);
  message.writeUInt32LE(upto, 8);
  writeSync(1, message);
}

const clock = new SteppedClock(beginMs, monoMs);
const store = await openStore({
  dataFolder: folder,
  migrations: drillMigrations,
  commitMinutes: 5,
  retention,
  clock,
  log,
  durability: durability === 'off' ? 'off' : 'full',
});
store.measurements.setAnchor({ offsetMs: clock.offsetMs, isKnown: true });
const series = [];
for (const seed of [1, 2, 3]) {
  const key = { kind: 'icmp', line: 'main', target: `t${seed}`, family: 'ipv4' } as const;
  const id = await store.measurements.openSeries(key);
  series.push({ id, everyS: 1, next: simulatedLine(seed, 10_000 * seed) });
}
await store.measurements.flush();

const random = randomOf(7);
for (let minute = 1; minute <= Number(minutes); minute += 1) {
  const body = Uint8Array.from({ length: 2500 }, () => random() * 256);
  await store.state.write([
    { sql: 'INSERT INTO left_side (n, body) VALUES (?, ?)', parameters: [minute, body] },
    { sql: 'INSERT INTO right_side (n, body) VALUES (?, ?)', parameters: [minute, `${random()} ${minute}`] },
  ]);
  acknowledge(acknowledged.stateRows, minute);
  store.measurements.append(simulatedMinute(series, clock.wallMs(), clock.offsetMs));
  clock.advance(60_000);
  // Most minutes wait for the commit of the service; some are flushed as at an event.
  if (minute % 3 !== 0) continue;
  await store.measurements.flush();
  acknowledge(acknowledged.minutes, minute);
}
await store.health();
process.kill(process.pid, 'SIGKILL'); // no orderly close: the replay ends where the log ends
