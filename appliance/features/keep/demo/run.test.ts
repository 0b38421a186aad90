import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { systemClock } from '../../../core/clock.ts';
import { createService } from '../../../main.ts';
import type { LatencySeries } from '../../watch/latency/schema.ts';
import { demoParts } from './run.ts';

const dayMs = 86_400_000;

test('the demo runs the whole service on the simulated line and leaves nothing behind', async (context) => {
  const demo = await demoParts({ clock: systemClock, days: 3, fineDays: 1 });
  const options = {
    dataFolder: demo.dataFolder,
    port: 0,
    host: '127.0.0.1',
    logLevel: 'error',
    simulation: demo,
  };
  const service = await createService(options, new AbortController().signal);
  let isStopped = false;
  const stop = async () => {
    if (isStopped) return;
    isStopped = true;
    await service.stop();
    await demo.remove();
  };
  context.after(stop);
  const get = async <Result>(path: string): Promise<Result> => {
    const reply = await fetch(`http://127.0.0.1:${service.port}${path}`);
    assert.equal(reply.status, 200, `${path} answers ${reply.status}`);
    return (await reply.json()) as Result; // the routes' own tests check the shape
  };
  const status = await get<{ isDemo: boolean }>('/api/status');
  assert.equal(status.isDemo, true);
  const nowMs = systemClock.wallMs();
  const range = `from=${new Date(nowMs - 2 * dayMs).toISOString()}&to=${new Date(nowMs).toISOString()}`;
  const read = () => get<LatencySeries>(`/api/latency?target=cloudflare-ipv4&${range}&step=3600`);
  // The year arrives in the background without an event for pages; the newest day takes about a second.
  let points = (await read()).points;
  for (let attempt = 0; attempt < 100 && points.length < 48; attempt += 1) {
    await wait(100);
    points = (await read()).points;
  }
  assert.ok(points.length >= 48, `${points.length} hours`);
  const { targets } = await get<{ targets: { segment: string; family: string }[] }>('/api/targets');
  const seen = new Set(targets.map(({ segment, family }) => `${segment} ${family}`));
  for (const segment of ['gateway', 'isp', 'resolver', 'anchor']) {
    assert.ok(seen.has(`${segment} ipv4`) && seen.has(`${segment} ipv6`), segment);
  }
  await stop();
  assert.equal(existsSync(demo.dataFolder), false);
});
