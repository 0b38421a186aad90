import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../../core/clock.ts';
import type { FeatureContext } from '../../../core/feature.ts';
import type { OneShot, OneShotResult } from '../../../core/probing.ts';
import { localRequest } from '../../../testing/fakes/request.ts';
import { type PingRequest, type PingResult, pingRoute } from './ping-route.ts';

const answer: OneShotResult = {
  outcome: 'ok',
  rttUs: 12_345.6,
  ttl: 57,
  from: '192.0.2.1',
  icmpType: 0,
  icmpCode: 0,
  errno: 0,
  mtu: 0,
  tcpInfoRttUs: Number.NaN,
  reply: null,
  isKernelStamped: true,
};

interface Scene {
  asked: OneShot[];
  ping(body: Partial<PingRequest> & { host: string }, signal?: AbortSignal): Promise<PingResult>;
}

function scene(
  answers: Partial<OneShotResult>[] = [],
  { icmp = 'raw', probe }: { icmp?: 'raw' | 'none'; probe?: () => Promise<void> } = {},
): Scene {
  const asked: OneShot[] = [];
  const engine = {
    statistics: () => ({ icmp }),
    methodOf: () => 'icmp-raw',
    async probeOnce(request: OneShot) {
      asked.push(request);
      await probe?.();
      return { ...answer, ...answers[asked.length - 1] };
    },
  };
  const known = new Map([
    ['both.test ipv4', ['192.0.2.7']],
    ['both.test ipv6', ['2001:db8::7']],
    ['six.test ipv6', ['2001:db8::6']],
  ]);
  const names = { resolve: async (host: string, family: string) => known.get(`${host} ${family}`) ?? [] };
  const context = { engine, names, clock: systemClock } as unknown as FeatureContext; // all that a ping needs
  const route = pingRoute(context);
  return {
    asked,
    ping: async (body, signal = new AbortController().signal) =>
      (await route.handle(
        localRequest({
          body: { count: 1, intervalMs: 200, timeoutMs: 1000, ...body },
          query: {},
          params: {},
          signal,
        }),
      )) as PingResult, // what its schema says
  };
}

test('a ping gives every exchange and their statistics', async () => {
  const { ping, asked } = scene([
    {},
    { outcome: 'timeout', rttUs: Number.NaN },
    { outcome: 'refused', rttUs: 2000 },
  ]);
  const result = await ping({ host: '192.0.2.1', count: 3 });
  assert.deepEqual(
    result.probes.map(({ outcome, rttMs }) => [outcome, rttMs]),
    [
      ['ok', 12.346],
      ['timeout', null],
      ['refused', 2],
    ],
  );
  const { count, lost, minMs, meanMs, maxMs, method } = result;
  assert.deepEqual(
    { count, lost, minMs, meanMs, maxMs, method },
    { count: 3, lost: 1, minMs: 2, meanMs: 7.173, maxMs: 12.346, method: 'icmp-raw' },
  );
  assert.equal(asked[0]?.kind, 'icmp');
});

test('nothing answered is null, never zero', async () => {
  const { ping } = scene([{ outcome: 'timeout', rttUs: Number.NaN }]);
  const { meanMs, minMs, maxMs, lost } = await ping({ host: '192.0.2.1' });
  assert.deepEqual({ meanMs, minMs, maxMs, lost }, { meanMs: null, minMs: null, maxMs: null, lost: 1 });
});

test('names are resolved, IPv4 first unless asked otherwise', async () => {
  const { ping } = scene();
  assert.equal((await ping({ host: 'both.test' })).address, '192.0.2.7');
  assert.equal((await ping({ host: 'both.test', family: 'ipv6' })).address, '2001:db8::7');
  assert.equal((await ping({ host: 'six.test' })).family, 'ipv6');
});

test('what is no host is refused by name, and nothing is sent', async () => {
  const { ping, asked } = scene();
  const hosts = [
    '',
    'a b',
    '-x',
    'x;reboot',
    '999.1.1.1.',
    '224.0.0.1',
    '255.255.255.255',
    '0.0.0.0',
    'ff02::1',
    '::',
  ];
  for (const host of hosts) {
    await assert.rejects(ping({ host }), { code: 'HOST_INVALID', status: 400 }, host);
  }
  await assert.rejects(ping({ host: '192.0.2.1', family: 'ipv6' }), /not an IPv6 address/);
  await assert.rejects(ping({ host: 'absent.test' }), /has no address/);
  assert.equal(asked.length, 0);
});

test('without the right to ping it is a TCP handshake, and says so', async () => {
  const { ping, asked } = scene([], { icmp: 'none' });
  assert.equal((await ping({ host: '192.0.2.1' })).method, 'tcp');
  assert.deepEqual([asked[0]?.kind, asked[0]?.port], ['tcp', 443]);
});

test('a fifth ping at the same time is told to wait', async () => {
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  const { ping } = scene([], { probe: () => held });
  const running = [1, 2, 3, 4].map(() => ping({ host: '192.0.2.1' }));
  await assert.rejects(ping({ host: '192.0.2.1' }), { code: 'PING_BUSY', status: 429 });
  release();
  await Promise.all(running);
  assert.equal((await ping({ host: '192.0.2.1' })).count, 1);
});

test('a client that goes away ends its ping', async () => {
  const abort = new AbortController();
  const { ping, asked } = scene([], { probe: async () => abort.abort() });
  const { count } = await ping({ host: '192.0.2.1', count: 20, intervalMs: 10_000 }, abort.signal);
  assert.equal(count, 1);
  assert.equal(asked.length, 1);
});
