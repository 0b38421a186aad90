import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NameQuestion, NetworkTools } from '../../../core/network.ts';
import { FakeClock } from '../../../testing/fakes/clock.ts';
import { settle } from '../../../testing/fakes/context.ts';
import { type HappeningKind, planYear } from './happenings.ts';
import { household } from './household.ts';
import { LineModel } from './line-model.ts';
import { addressesOf } from './simulated-internet.ts';
import { createSimulatedNetwork } from './simulated-network.ts';

const nowMs = Date.UTC(2026, 10, 22, 11, 20);
const model = new LineModel(7, planYear(7, nowMs, 60), 'Etc/UTC');
const calmMs = nowMs - 9 * 86_400_000;

/** Real tools that nobody may use: they would reach the network, or read this machine's. */
const touch = () => {
  throw new Error('the demo touched the network');
};
const real: NetworkTools = {
  trace: touch,
  pathMtu: touch,
  ask: touch,
  fetchPage: touch,
  neighbours: touch,
  counters: touch,
  linkMbps: touch,
  wireless: touch,
  leases: touch,
  findRouterGauge: touch,
  suspendedMs: touch,
  bootId: touch,
};

/** The middle of the newest happening of a kind that is over. */
function during(kind: HappeningKind): number {
  const found = model.plan.happenings.filter((one) => one.kind === kind && one.endedAtMs <= nowMs).at(-1);
  assert.ok(found, kind);
  return found.startedAtMs + (found.endedAtMs - found.startedAtMs) * 0.3;
}

function networkAt(wallMs: number) {
  const clock = new FakeClock(wallMs);
  const net = createSimulatedNetwork(clock, model, real);
  /** What becomes of something that takes its time. */
  const wait = async <Result>(work: Promise<Result>): Promise<Result> => {
    for (let second = 0; second < 12; second += 1) {
      await settle();
      clock.advance(1000);
    }
    return work;
  };
  const ask = (question: Partial<NameQuestion>) =>
    wait(
      net.ask({
        address: household.resolvers[0],
        transport: 'udp',
        name: 'example.com',
        type: 'A',
        timeoutMs: 4000,
        ...question,
      }),
    );
  const fetchPage = (url: string, family: 'ipv4' | 'ipv6' = 'ipv4') =>
    wait(net.fetchPage({ url, family, timeoutMs: 5000, maxBytes: 4096 }));
  return { clock, net, wait, ask, fetchPage };
}

test('every tool that reaches a network or reads this machine is a simulated one', async () => {
  const { net, ask, fetchPage } = networkAt(calmMs);
  const kept = ['trace', 'pathMtu', 'suspendedMs', 'bootId']; // over the simulated engine, or about this process alone
  for (const name of Object.keys(real) as (keyof NetworkTools)[]) // its own keys
    assert.equal(net[name] === real[name], kept.includes(name), name);
  assert.equal((await ask({})).outcome, 'answer');
  assert.equal((await fetchPage('http://example.com/')).outcome, 'ok');
  assert.deepEqual(
    (await net.neighbours()).map(({ address, mac }) => [address, mac]),
    [
      [household.gateway.ipv4, household.macs.gateway],
      [household.gateway.ipv6, household.macs.gateway],
      [household.device, household.macs.device],
    ],
  );
  assert.equal((await net.counters())[0]?.name, household.interfaceName);
  assert.deepEqual(await net.wireless(), []);
  assert.equal((await net.leases())[0]?.address, household.addresses[0]);
  const { signal } = new AbortController();
  const options = { interfaceName: 'eth0', gateway: household.gateway.ipv4 };
  assert.equal((await net.findRouterGauge(options, signal))?.name, household.routerName);
  assert.equal(await net.findRouterGauge({ ...options, gateway: '10.0.0.1' }, signal), null);
});

test('name servers and names agree, and what does not exist is denied', async () => {
  const { ask } = networkAt(calmMs);
  const plain = await ask({});
  assert.deepEqual(plain.answers, addressesOf('example.com', 'ipv4'));
  assert.ok(plain.rttUs > 5000 && plain.rttUs < 100_000, String(plain.rttUs));
  assert.deepEqual((await ask({ address: '9.9.9.9' })).answers, plain.answers);
  assert.deepEqual((await ask({ type: 'AAAA' })).answers, addressesOf('example.com', 'ipv6'));
  const encrypted = await ask({ address: '9.9.9.9', transport: 'tls' });
  assert.ok(encrypted.rttUs > 2 * plain.rttUs, 'handshakes take their round trips');
  assert.equal((await ask({ name: 'abcdefghijklmnopqrst.com' })).outcome, 'nxdomain');
  assert.deepEqual((await ask({ name: '1.113.0.203.in-addr.arpa', type: 'PTR' })).answers, [
    'bng1.access.provider.example',
  ]);
  assert.equal((await ask({ name: '1.0.0.10.in-addr.arpa', type: 'PTR' })).outcome, 'nxdomain');
  const [host = ''] = addressesOf('example.com', 'ipv4');
  assert.equal((await ask({ address: host })).outcome, 'unreachable', 'a web server is no name server');
  const names = ['example.com', 'wikipedia.org', 'debian.org'].flatMap((name) => addressesOf(name, 'ipv4'));
  assert.equal(new Set(names).size, 3);
});

test('a page takes its name, its connection and its answer', async () => {
  const { fetchPage } = networkAt(calmMs);
  const page = await fetchPage('http://cp.cloudflare.com/generate_204');
  assert.deepEqual([page.outcome, page.status, page.body.length], ['ok', 204, 0]);
  const parts = page.dnsUs + page.connectUs + page.firstByteUs;
  assert.ok(page.dnsUs > 5000 && Math.abs(page.totalUs - parts) < 1, JSON.stringify(page));
  const secure = await fetchPage('https://one.one.one.one/');
  assert.deepEqual([secure.status, secure.address], [200, '1.1.1.1']);
  assert.ok(secure.tlsUs > 5000);
  assert.equal((await fetchPage('https://one.one.one.one/', 'ipv6')).address, '2606:4700:4700::1111');
  const missing = await fetchPage('http://abcdefghijklmnopqrst.org/');
  assert.deepEqual([missing.outcome, missing.address], ['dns', null]);
});

test('while the line is down neither names nor pages come, and the house is as it was', async () => {
  const { ask, fetchPage, net } = networkAt(during('access'));
  assert.equal((await ask({})).outcome, 'timeout');
  const page = await fetchPage('http://1.1.1.1/');
  assert.equal(page.outcome, 'timeout');
  assert.equal(page.message, 'no page within 5000 ms, connecting');
  assert.equal(page.totalUs, 5_000_000);
  assert.equal((await net.neighbours()).filter(({ state }) => state === 'reachable').length, 3);
});

test('where only name servers fail, others still answer and pages have no address', async () => {
  const { ask, fetchPage } = networkAt(during('names'));
  assert.equal((await ask({})).outcome, 'timeout');
  assert.equal((await ask({ address: household.resolvers[1] })).outcome, 'timeout');
  assert.equal((await ask({ address: '8.8.8.8' })).outcome, 'answer');
  const page = await fetchPage('http://example.com/');
  assert.deepEqual([page.outcome, page.message], ['timeout', 'no page within 5000 ms, looking the name up']);
  assert.equal((await fetchPage('http://1.1.1.1/')).outcome, 'ok');
});

test('where the provider has no way on, IPv6 is refused at once', async () => {
  const { fetchPage, ask } = networkAt(during('upstream'));
  assert.equal((await fetchPage('http://example.com/', 'ipv4')).outcome, 'timeout');
  const page = await fetchPage('http://example.com/', 'ipv6');
  assert.equal(page.outcome, 'unreachable');
  assert.ok(page.totalUs < 200_000, String(page.totalUs));
  assert.equal((await ask({})).outcome, 'answer', 'its own servers know the name');
});

test('a question or page that is given up fails with its reason', async () => {
  const { net, wait } = networkAt(during('access'));
  const abort = new AbortController();
  const question = {
    address: '9.9.9.9',
    transport: 'udp',
    name: 'a.example',
    type: 'A',
    timeoutMs: 4000,
  } as const;
  const page = { url: 'http://a.example/', family: 'ipv4', timeoutMs: 5000, maxBytes: 10 } as const;
  const both = [net.ask(question, abort.signal), net.fetchPage(page, abort.signal)];
  abort.abort(new Error('enough'));
  const settled = await wait(Promise.allSettled(both));
  assert.deepEqual(
    settled.map((one) => one.status === 'rejected' && one.reason.message),
    ['enough', 'enough'],
  );
});
