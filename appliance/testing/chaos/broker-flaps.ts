/** A broker that is there for a second and gone for the next: what it costs the service, and what it has in the end. */
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { BridgeStatus } from '../../core/bridge.ts';
import { count, mb } from '../bench/case.ts';
import { rowOf } from '../bench/table.ts';
import type { Lab } from '../lab/lab.ts';
import { anchorTargets, type RunningService, startService } from '../lab/service.ts';
import { hosts } from '../lab/topology.ts';

/** What the box has learnt of the line by then no longer grows its memory. */
const settleMs = 3 * 60_000;
const allowedMb = 5;
const sampleMs = 10_000;
const about = { id: 'R3', title: 'a broker that flaps' };

const wait = (ms: number) => new Promise<void>((done) => setTimeout(done, ms));

export async function brokerFlaps(lab: Lab, minutes: number) {
  await using service = await startService(lab, {
    config: { targets: anchorTargets, mqtt: { url: `mqtt://${hosts.nas.ipv4}` } },
  });
  const folder = lab.folder;
  const config = ['user root', 'listener 1883 0.0.0.0', 'allow_anonymous true', 'persistence false'].join(
    '\\n',
  );
  await lab.exec('nas', ['sh', '-c', `printf '${config}\\n' > ${folder}/flaps.conf`]);
  const broker = `mosquitto -c ${folder}/flaps.conf`;
  const flapper = lab.spawn('nas', ['sh', '-c', `while :; do timeout -s KILL 1 ${broker}; sleep 1; done`]);
  await wait(settleMs);
  const before = await medianMb(service, sampleMs * 6);
  await wait(minutes * 60_000);
  const { connections } = await service.get<BridgeStatus>('/api/mqtt');
  const after = await medianMb(service, sampleMs * 6);
  flapper.kill('SIGKILL');
  await wait(2000);
  lab.spawn('nas', ['sh', '-c', `exec ${broker}`]);
  const heard = await valuesAt(lab, service);
  const { state } = await service.get<{ state: string }>('/api/status');
  const grown = after - before;
  return [
    rowOf(about, {
      what: `${minutes} min of a broker that flaps every second: memory`,
      ours: mb(grown),
      peer: null,
      target: `within ± ${allowedMb} MB`,
      isMet: Math.abs(grown) <= allowedMb,
      note: `${before.toFixed(0)} MB before; ${connections} connections`,
    }),
    rowOf(about, {
      what: 'the same: the last values are at the broker',
      ours: count(heard.size, 'topics'),
      peer: null,
      target: `the state ${state}, and online`,
      isMet: heard.get('internet/state') === state && heard.get('status') === 'online',
      note: `${heard.get('internet/state')}, ${heard.get('status')}`,
    }),
  ];
}

/** Garbage comes and goes within a minute. */
async function medianMb(service: RunningService, forMs: number): Promise<number> {
  const samples: number[] = [];
  for (let atMs = 0; atMs < forMs; atMs += sampleMs) {
    samples.push((await service.residentBytes()) / 2 ** 20);
    await wait(sampleMs);
  }
  return samples.sort((a, b) => a - b)[Math.floor(samples.length / 2)] ?? Number.NaN;
}

/** What somebody who comes now finds retained, below the box's own topic, once the box is back. */
async function valuesAt(lab: Lab, service: RunningService): Promise<Map<string, string>> {
  await service.until('the broker has everything', 3 * 60_000, async () => {
    const { state, waiting } = await service.get<BridgeStatus>('/api/mqtt');
    return state === 'connected' && waiting === 0 ? state : null;
  });
  const ear = path.join(import.meta.dirname, '../lab/mqtt-ear.ts');
  const listening = lab.spawn('nas', [
    'sh',
    path.join(import.meta.dirname, '../../node.sh'),
    ear,
    'mqtt://127.0.0.1',
    'ist/#',
  ]);
  const values = new Map<string, string>();
  if (listening.stdout)
    createInterface({ input: listening.stdout }).on('line', (line) => {
      const { topic, payload } = JSON.parse(line) as { topic: string; payload?: string }; // written by that file
      if (payload !== undefined) values.set(topic.split('/').slice(2).join('/'), payload);
    });
  await wait(5000);
  listening.kill('SIGKILL');
  return values;
}
