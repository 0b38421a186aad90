import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { LiveHistory } from './live-history.ts';
import { liveLimits } from './live-stream.ts';
import { ask, openStream, startTestServer, type TestServer } from './testing.ts';

const emit = ({ bus }: TestServer, number: number, text?: string) =>
  bus.emit('stream.tested', text === undefined ? { number } : { number, text });

const sampleOf = async ({ port }: TestServer, name: string) => {
  const { text } = await ask({ port, path: '/metrics' });
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
};

test('a stream greets, then sends events with growing ids, and beats with the number of clients', async (context) => {
  const bench = await startTestServer(context);
  const stream = await openStream(`${bench.url}/api/live`);
  assert.equal(stream.response.headers['content-type'], 'text/event-stream; charset=utf-8');
  assert.equal(stream.response.headers['cache-control'], 'no-store');
  assert.equal(stream.response.headers['x-frame-options'], 'DENY');
  const hello = await stream.next();
  assert.equal(hello?.event, 'hello');
  assert.deepEqual(Object.keys(hello?.data ?? {}), ['at', 'version', 'isResumed']);
  emit(bench, 1);
  emit(bench, 2);
  const [first, second] = [await stream.next(), await stream.next()];
  assert.deepEqual([first?.event, first?.data], ['stream.tested', { number: 1 }]);
  assert.equal(Number(first?.id), Number(hello?.id) + 1);
  assert.equal(Number(second?.id), Number(first?.id) + 1);
  bench.clock.tick();
  const beat = await stream.next();
  assert.deepEqual([beat?.event, beat?.id], ['heartbeat', '']);
  assert.equal(beat?.data.connectedClients, 1);
});

test('a returning client gets what it missed, by header or by query', async (context) => {
  const bench = await startTestServer(context);
  const before = await openStream(`${bench.url}/api/live`);
  const hello = await before.next();
  before.close();
  for (const number of [1, 2, 3]) emit(bench, number);
  const id = String(Number(hello?.id) + 1);
  for (const again of [
    await openStream(`${bench.url}/api/live`, { 'last-event-id': id }),
    await openStream(`${bench.url}/api/live?lastEventId=${id}`),
  ]) {
    const greeting = await again.next();
    assert.equal(greeting?.data.isResumed, true);
    assert.equal(greeting?.id, '');
    assert.deepEqual((await again.next())?.data, { number: 2 });
    assert.deepEqual((await again.next())?.data, { number: 3 });
    again.close();
  }
});

test('a client that missed too much, or comes from another run of the service, is told to load again', async (context) => {
  const bench = await startTestServer(context);
  for (const id of ['1', '9999999999999999']) {
    const stream = await openStream(`${bench.url}/api/live`, { 'last-event-id': id });
    assert.equal((await stream.next())?.data.isResumed, false);
    assert.equal((await stream.next())?.event, 'reset');
    emit(bench, 5);
    assert.deepEqual((await stream.next())?.data, { number: 5 });
    stream.close();
  }
});

test('with nobody listening nothing is serialised', async (context) => {
  const bench = await startTestServer(context);
  const trap = { toJSON: () => assert.fail('serialised') };
  bench.bus.emit('stream.tested', trap as unknown as { number: number }); // only its serialisation is watched
  assert.deepEqual(bench.log.lines, []);
});

test('one event is serialised once for all clients', async (context) => {
  const bench = await startTestServer(context);
  const streams = await Promise.all(Array.from({ length: 5 }, () => openStream(`${bench.url}/api/live`)));
  await Promise.all(streams.map((stream) => stream.next()));
  let count = 0;
  const counted = {
    number: 1,
    toJSON() {
      count += 1;
      return { number: count };
    },
  };
  bench.bus.emit('stream.tested', counted);
  for (const stream of streams) assert.deepEqual((await stream.next())?.data, { number: 1 });
  assert.equal(count, 1);
});

test('10,000 events leave the replay buffer within both bounds', () => {
  const history = new LiveHistory(100, { events: 500, bytes: 64 * 1024 });
  const memory = process.memoryUsage().heapUsed;
  for (let number = 0; number < 10_000; number += 1) {
    history.add('stream.tested', { number, text: 'x'.repeat(number % 2_000) });
    const { events, bytes } = history.size;
    assert.ok(events <= 500 && bytes <= 64 * 1024);
  }
  assert.equal(history.lastId, 10_100);
  assert.deepEqual(
    history.since(10_098)?.map((event) => event.id),
    [10_099, 10_100],
  );
  assert.deepEqual(history.since(10_100), []);
  assert.equal(history.since(100), null);
  assert.equal(history.since(10_101), null);
  assert.ok(process.memoryUsage().heapUsed - memory < 32e6);
});

test('the whole replay buffer can be asked for, and one event more cannot', () => {
  const history = new LiveHistory(0, { events: 3, bytes: 1_000_000 });
  for (let number = 1; number <= 5; number += 1) history.add('stream.tested', { number });
  assert.deepEqual(
    history.since(2)?.map((event) => event.id),
    [3, 4, 5],
  );
  assert.equal(history.since(1), null);
});

test('an event larger than the buffer is still sent, and pushes the others out', () => {
  const history = new LiveHistory(0, { events: 10, bytes: 1_000 });
  history.add('stream.tested', { number: 1 });
  history.add('stream.tested', { text: 'x'.repeat(5_000) });
  assert.equal(history.size.events, 1);
  assert.equal(history.since(1)?.length, 1);
});

test('a client that does not read is cut and counted, the others go on', async (context) => {
  const bench = await startTestServer(context);
  const good = await openStream(`${bench.url}/api/live`);
  await good.next();
  const slow = connect(bench.port, '127.0.0.1');
  slow.on('error', () => slow.destroy());
  slow.write('GET /api/live HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await once(slow, 'readable');
  slow.pause();
  // The kernel's own buffers take a few MB before anything waits in the service.
  const text = 'x'.repeat(100_000);
  let sent = 0;
  while ((await sampleOf(bench, 'ist_live_clients_cut_total')) === 0) {
    assert.ok(sent < 400, 'the slow client was never cut');
    for (let i = 0; i < 4; i += 1) emit(bench, i, text);
    for (let i = 0; i < 4; i += 1) await good.next();
    sent += 4;
  }
  assert.equal(await sampleOf(bench, 'ist_live_clients'), 1);
  slow.destroy();
  emit(bench, 0);
  assert.deepEqual((await good.next())?.data, { number: 0 });
});

test('100 streams get every event; beyond the limit a client is refused clearly; a left place is free again', async (context) => {
  const bench = await startTestServer(context);
  const streams = await Promise.all(Array.from({ length: 100 }, () => openStream(`${bench.url}/api/live`)));
  for (const stream of streams) await stream.next();
  const cpu = process.cpuUsage();
  for (let number = 0; number < 50; number += 1) emit(bench, number);
  for (const stream of streams) {
    for (let number = 0; number < 50; number += 1) assert.deepEqual((await stream.next())?.data, { number });
  }
  const used = process.cpuUsage(cpu);
  context.diagnostic(
    `${((used.user + used.system) / 5_000).toFixed(1)} µs of CPU per event and client, both ends`,
  );
  const more = await Promise.all(
    Array.from({ length: liveLimits.clients - 100 }, () => openStream(`${bench.url}/api/live`)),
  );
  const refused = await ask({ port: bench.port, path: '/api/live' });
  assert.deepEqual([refused.status, refused.json.error?.code], [503, 'LIVE_FULL']);
  more[0]?.close();
  while ((await sampleOf(bench, 'ist_live_clients')) === liveLimits.clients) await more[0]?.ended;
  const late = await openStream(`${bench.url}/api/live`);
  assert.equal((await late.next())?.event, 'hello');
});

test('the WebSocket carries the same events, answers ping and beats as the reference does', async (context) => {
  const bench = await startTestServer(context);
  const socket = new WebSocket(`ws://127.0.0.1:${bench.port}/api/ws/live`);
  const waiting: ((message: Record<string, unknown>) => void)[] = [];
  const received: Record<string, unknown>[] = [];
  socket.addEventListener('message', ({ data }) => {
    const message = JSON.parse(String(data));
    const next = waiting.shift();
    if (next) next(message);
    else received.push(message);
  });
  const next = () =>
    received.shift() ?? new Promise<Record<string, unknown>>((resolve) => waiting.push(resolve));
  const hello = await next();
  assert.equal(hello.event, 'hello');
  emit(bench, 7);
  assert.deepEqual(await next(), { id: Number(hello.id) + 1, event: 'stream.tested', data: { number: 7 } });
  socket.send('ping');
  assert.deepEqual(await next(), { type: 'pong' });
  bench.clock.tick();
  const beat = await next();
  assert.deepEqual(
    [beat.type, beat.connected_clients, beat.event, typeof beat.ts],
    ['heartbeat', 1, 'heartbeat', 'string'],
  );
  emit(bench, 8);
  assert.deepEqual((await next()).data, { number: 8 });
  const again = new WebSocket(`ws://127.0.0.1:${bench.port}/api/ws/live?lastEventId=${Number(hello.id) + 1}`);
  const messages: unknown[] = [];
  await new Promise<void>((resolve) => {
    again.addEventListener('message', ({ data }) => {
      if (messages.push(JSON.parse(String(data)).data) === 2) resolve();
    });
  });
  assert.deepEqual(messages[1], { number: 8 });
  const plain = await ask({ port: bench.port, path: '/api/ws/live' });
  assert.deepEqual([plain.status, plain.json.error?.code], [426, 'UPGRADE_REQUIRED']);
  const closed = once(socket, 'close');
  await bench.server.stop();
  const [event] = await closed;
  assert.equal((event as CloseEvent).code, 1001);
});
