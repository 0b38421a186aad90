/** Listens at a broker, as home automation does, and prints each message as a line of JSON with its time. */
import mqtt from 'mqtt';
import { systemClock } from '../../core/clock.ts';

const [url = '', filter = '#'] = process.argv.slice(2);
const client = await mqtt.connectAsync(url, { reconnectPeriod: 500 });
client.on('message', (topic, payload, { retain }) => {
  const line = { atMs: systemClock.wallMs(), topic, payload: payload.toString(), isRetained: retain };
  process.stdout.write(`${JSON.stringify(line)}\n`);
});
await client.subscribeAsync(filter, { qos: 1 });
process.stdout.write('{"topic":"ready"}\n');
