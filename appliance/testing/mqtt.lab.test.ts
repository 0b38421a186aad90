/** An outage in the testnet, as home automation hears of it over the Debian broker in the same house. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { BridgeStatus } from '../core/bridge.ts';
import { systemClock } from '../core/clock.ts';
import { withoutMosquitto } from './fakes/mosquitto.ts';
import { until } from './fakes/mqtt-world.ts';
import { Lab } from './lab/lab.ts';
import { anchorTargets, startService } from './lab/service.ts';
import { hosts } from './lab/topology.ts';

const skip = Lab.unavailable() ?? withoutMosquitto;
const here = import.meta.dirname;

interface Heard {
  atMs: number;
  topic: string;
  payload: string;
  isRetained: boolean;
}

test('an outage is at the broker within a second of being noticed, with its verdict and its length', {
  skip,
  timeout: 180_000,
}, async (t) => {
  await using lab = await Lab.up({ name: 'istmqtt', seed: 17 });
  const config = ['user root', 'listener 1883 0.0.0.0', 'allow_anonymous true'].join('\\n');
  lab.spawn('nas', [
    'sh',
    '-c',
    `printf '${config}\\n' > ${lab.folder}/m.conf; exec mosquitto -c ${lab.folder}/m.conf`,
  ]);
  await delay(500);
  const heard: Heard[] = [];
  const ear = lab.spawn('nas', [
    'sh',
    path.join(here, '../node.sh'),
    path.join(here, 'lab/mqtt-ear.ts'),
    'mqtt://127.0.0.1',
  ]);
  assert.ok(ear.stdout);
  createInterface({ input: ear.stdout }).on('line', (line) => heard.push(JSON.parse(line)));
  await until('the ear is there', () => heard.length > 0, 20_000);

  await using service = await startService(lab, {
    config: { targets: anchorTargets, mqtt: { url: `mqtt://${hosts.nas.ipv4}` } },
  });
  await service.until('it is connected', 20_000, async () => {
    const { state } = await service.get<BridgeStatus>('/api/mqtt');
    return state === 'connected' ? state : null;
  });
  await until(
    'the line is up',
    () => heard.some(({ topic, payload }) => topic.endsWith('/internet/state') && payload === 'up'),
    30_000,
  );
  const opened: Record<string, number> = {};
  const following = new AbortController();
  const stream = (async () => {
    for await (const { event } of service.client.stream('/api/live', following.signal))
      opened[event] ??= systemClock.wallMs();
  })().catch(() => undefined); // ends when it is aborted

  await delay(5000);
  const before = heard.length;
  await delay(60_000);
  const calm = heard.slice(before).filter(({ topic }) => topic !== 'ready');
  t.diagnostic(
    `${calm.length} messages in a calm minute, ${calm.reduce((sum, { payload, topic }) => sum + payload.length + topic.length, 0)} bytes`,
  );
  assert.ok(calm.length < 300, `${calm.length} messages in a minute`);

  await lab.fault('upstream');
  const reported = (type: string) =>
    heard.find(
      ({ topic, payload }) => topic.endsWith('/event/outage') && JSON.parse(payload).event_type === type,
    );
  await until(
    'it is opened',
    () => reported('opened') !== undefined && opened['outage.opened'] !== undefined,
    30_000,
  );
  await until('the state is there', () =>
    heard.some(({ topic, payload }) => topic.endsWith('/outage/isOutage') && payload === 'true'),
  );
  const lateMs = (reported('opened')?.atMs ?? 0) - (opened['outage.opened'] ?? 0);
  const state = heard.findLast(
    ({ topic, payload }) => topic.endsWith('/outage/isOutage') && payload === 'true',
  );
  const stateMs = (state?.atMs ?? 0) - (opened['outage.opened'] ?? 0);
  t.diagnostic(
    `event ${lateMs.toFixed(0)} ms, state ${stateMs.toFixed(0)} ms after outage.opened on the live stream`,
  );
  assert.ok(lateMs < 1000 && stateMs < 1000);

  await delay(8000);
  await lab.clear();
  await until('it is closed', () => reported('closed') !== undefined, 40_000);
  const closed = JSON.parse(reported('closed')?.payload ?? '');
  t.diagnostic(JSON.stringify(closed));
  assert.ok(['isp', 'access', 'transit'].includes(closed.verdict), closed.verdict);
  assert.ok(closed.durationSeconds > 5 && closed.durationSeconds < 60, String(closed.durationSeconds));
  const loss = heard
    .filter(({ topic }) => topic.endsWith('/internetLossPercent'))
    .map(({ payload }) => Number(payload));
  assert.ok(Math.max(...loss) > 0, 'loss is told while nothing answers');
  following.abort();
  await service.stop();
  await stream;
  assert.equal(heard.findLast(({ topic }) => topic.endsWith('/status'))?.payload, 'offline');
});
