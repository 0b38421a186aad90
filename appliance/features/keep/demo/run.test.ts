import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { existsSync } from 'node:fs';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { systemClock } from '../../../core/clock.ts';
import { createService } from '../../../main.ts';
import type { LatencySeries } from '../../watch/latency/schema.ts';
import { demoParts } from './run.ts';

const dayMs = 86_400_000;

/** Where every TCP connection of this process goes, and how many datagram sockets it opens, from now on. */
function watchSockets() {
  const peers = new Set<string>();
  let datagrams = 0;
  const onConnect = (message: unknown) => {
    const { socket } = message as { socket: Socket }; // as the channel's documentation says
    socket.once('connectionAttempt', (address: string) => peers.add(address));
  };
  const onDatagram = () => {
    datagrams += 1;
  };
  subscribe('net.client.socket', onConnect);
  subscribe('udp.socket', onDatagram);
  return {
    peers,
    datagrams: () => datagrams,
    stop() {
      unsubscribe('net.client.socket', onConnect);
      unsubscribe('udp.socket', onDatagram);
    },
  };
}

test('the demo runs the whole service on the simulated line and leaves nothing behind', async (context) => {
  const sockets = watchSockets();
  context.after(() => sockets.stop());
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
  // Names, pages and the router are asked within the first seconds.
  const servers = () => get<{ servers: { count: number; failed: number }[] }>('/api/dns/servers');
  let asked = (await servers()).servers;
  for (let attempt = 0; attempt < 100 && !asked.every(({ count }) => count > 0); attempt += 1) {
    await wait(100);
    asked = (await servers()).servers;
  }
  assert.deepEqual(
    asked.map(({ failed }) => failed),
    [0, 0],
  );
  assert.deepEqual([...sockets.peers], ['127.0.0.1'], 'the test itself, and nobody else');
  assert.equal(sockets.datagrams(), 0);
  await stop();
  assert.equal(existsSync(demo.dataFolder), false);
});
