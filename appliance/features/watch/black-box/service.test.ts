import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ProbeTarget } from '../../../core/probing.ts';
import { fakeContext, settle } from '../../../testing/fakes/context.ts';
import { FakeLatency, fakeTarget } from '../../../testing/fakes/latency.ts';
import type { TargetExchange } from '../latency/schema.ts';
import { BlackBoxService } from './service.ts';

const anchors = ['one', 'two', 'three'].map((name, index) =>
  fakeTarget({ id: `${name}-ipv4`, segment: 'anchor', address: `203.0.113.${10 + index}` }),
);
const gateway = fakeTarget({ id: 'gateway-ipv4', segment: 'gateway', address: '192.168.1.1' });
const isp = fakeTarget({ id: 'isp-ipv4', segment: 'isp', address: '198.51.100.1' });
const resolver = fakeTarget({
  id: 'resolver-dns',
  segment: 'resolver',
  method: 'dns',
  address: '192.168.1.1',
});

function open(targets = [...anchors, gateway, isp, resolver]) {
  const latency = new FakeLatency(targets);
  const fake = fakeContext({ ports: { latency } });
  const service = new BlackBoxService(fake.context);
  const quick: TargetExchange[] = [];
  service.onExchanges((exchanges) => quick.push(...exchanges));
  service.start();
  const intervals = () =>
    Object.fromEntries(
      [...fake.engine.targets.values()].map(({ address, intervalMs }) => [address, intervalMs]),
    );
  const handles = () => [...fake.engine.targets.entries()].map(([handle, target]) => ({ handle, ...target }));
  /** One calm second: every anchor answers in its third of it. */
  const calmSecond = (silent = false) => {
    for (const { id } of anchors) {
      const sent = fake.clock.monoMs();
      fake.clock.advance(50);
      if (!silent) latency.answer(id, sent);
      fake.clock.advance(1000 / 3 - 50);
    }
  };
  return { ...fake, latency, service, quick, intervals, handles, calmSecond };
}

test('a call probes anchors every 50 ms for three seconds, then five times a second, then once', () => {
  const { service, clock, intervals } = open();
  service.hurry('main', 'test');
  const fast = { '203.0.113.10': 50, '203.0.113.11': 50, '203.0.113.12': 50 };
  assert.deepEqual(intervals(), { ...fast, '192.168.1.1': 200, '198.51.100.1': 200 });
  const call = (ms: number) => {
    for (let passed = 0; passed < ms; passed += 1000) {
      clock.advance(1000);
      service.hurry('main', 'test');
    }
  };
  call(3000);
  assert.deepEqual(new Set(Object.values(intervals())), new Set([200]));
  call(12_000);
  assert.deepEqual(new Set(Object.values(intervals())), new Set([1000]));
  assert.equal(service.isHurrying('main'), true);
});

test('it ends five seconds after the last call, and leaves nothing in the engine', () => {
  const { service, clock, engine } = open();
  service.hurry('main', 'test');
  clock.advance(4000);
  service.hurry('main', 'test');
  clock.advance(4999);
  assert.equal(service.isHurrying('main'), true);
  clock.advance(2);
  assert.equal(service.isHurrying('main'), false);
  assert.equal(engine.targets.size, 0);
});

test('another reason makes it quick again after three seconds, the same one only after thirty', () => {
  const { service, clock, intervals } = open();
  service.hurry('main', 'silence');
  clock.advance(4000);
  service.hurry('main', 'silence');
  assert.equal(intervals()['203.0.113.10'], 200);
  service.hurry('main', 'answers again');
  assert.equal(intervals()['203.0.113.10'], 50);
  for (let second = 0; second < 29; second += 1) {
    clock.advance(1000);
    service.hurry('main', 'answers again');
  }
  assert.equal(intervals()['203.0.113.10'], 1000);
  clock.advance(1001);
  service.hurry('main', 'answers again');
  assert.equal(intervals()['203.0.113.10'], 50);
});

test('what it notices itself makes a suspicion last and does not begin it anew', () => {
  const { service, clock, calmSecond, intervals } = open();
  calmSecond();
  calmSecond();
  clock.advance(1000); // silence from here on
  clock.advance(3500);
  assert.equal(intervals()['203.0.113.10'], 200);
  service.hurry('main', 'outage');
  assert.equal(intervals()['203.0.113.10'], 50);
  clock.advance(20_000);
  assert.equal(service.isHurrying('main'), true);
  assert.equal(intervals()['203.0.113.10'], 1000);
});

test('no more than twelve anchors are probed at full speed', () => {
  const many = Array.from({ length: 20 }, (_, index) =>
    fakeTarget({ id: `many-${index}`, segment: 'anchor', address: `203.0.113.${index + 1}` }),
  );
  const { service, intervals } = open(many);
  service.hurry('main', 'test');
  const speeds = Object.values(intervals());
  assert.equal(speeds.filter((ms) => ms === 50).length, 12);
  assert.equal(speeds.filter((ms) => ms === 200).length, 8);
});

test('quick targets are probed as the calm ones are: family, interface, port', () => {
  const six = fakeTarget({ id: 'six', segment: 'anchor', address: '2001:db8::1', family: 'ipv6' });
  const web = fakeTarget({ id: 'web', name: 'Web', segment: 'anchor', host: 'web.example', method: 'tcp' });
  const { service, changeConfig, handles } = open([six, { ...web, address: '203.0.113.80' }]);
  changeConfig({
    lines: [{ name: 'main', interface: 'wan0', gateway: 'auto', ispHop: 'auto', ipv6: 'auto' }],
    targets: [{ name: 'Web', host: 'web.example', method: 'tcp', port: 8443 }],
  });
  service.hurry('main', 'test');
  const [first, second] = handles().map(({ handle: _, ...target }): ProbeTarget => target);
  const shared = { timeoutMs: 3000, interfaceName: 'wan0' };
  assert.deepEqual(first, {
    kind: 'icmp',
    family: 'ipv6',
    address: '2001:db8::1',
    intervalMs: 50,
    ...shared,
  });
  // A handshake is dearer to the other side than a ping.
  const tcp = { kind: 'tcp', family: 'ipv4', address: '203.0.113.80', port: 8443, intervalMs: 200 };
  assert.deepEqual(second, { ...tcp, ...shared });
});

test('a target that moves to another address is followed', () => {
  const { service, bus, intervals } = open([...anchors]);
  service.hurry('main', 'test');
  const moved = anchors.map((anchor, index) =>
    index === 0 ? { ...anchor, address: '203.0.113.99' } : anchor,
  );
  bus.emit('target.changed', { targets: moved });
  assert.deepEqual(Object.keys(intervals()).sort(), ['203.0.113.11', '203.0.113.12', '203.0.113.99']);
});

test('quick exchanges carry the id of the calm target, quantised times, and losses that end with their timeout', () => {
  const { service, engine, quick, clock } = open();
  service.hurry('main', 'test');
  const handle = engine.handleOf('203.0.113.10');
  const sentMonoMs = clock.monoMs();
  engine.deliver(
    { handle, seq: 0, sentMonoMs, outcome: 'ok', rttUs: 12_345.678 },
    { handle, seq: 1, sentMonoMs: sentMonoMs + 50, outcome: 'timeout' },
    { handle, seq: 2, sentMonoMs: sentMonoMs + 100, outcome: 'local' },
    { handle, seq: 3, sentMonoMs: sentMonoMs + 150, outcome: 'skipped' },
    { handle: 999, seq: 0, sentMonoMs, outcome: 'ok', rttUs: 1 },
  );
  assert.deepEqual(
    quick.map(({ target, outcome }) => [target, outcome]),
    [
      ['one-ipv4', 'ok'],
      ['one-ipv4', 'timeout'],
      ['one-ipv4', 'local'],
    ],
  );
  const [ok, lost, local] = quick;
  assert.ok(ok && Math.abs(ok.rttUs - 12_345.678) < 12.4 && ok.rttUs !== 12_345.678);
  assert.equal(ok.endedMonoMs, sentMonoMs + ok.rttUs / 1000);
  assert.equal(lost?.endedMonoMs, sentMonoMs + 50 + 3000);
  assert.equal(local?.endedMonoMs, sentMonoMs + 100);
});

test('silence is noticed before the calm timeout', () => {
  const { service, clock, calmSecond } = open();
  for (let second = 0; second < 5; second += 1) calmSecond();
  assert.equal(service.isHurrying('main'), false);
  // The line breaks now: the next slot is at once, and its answer is missed 250 ms later.
  clock.advance(240);
  assert.equal(service.isHurrying('main'), false);
  clock.advance(20);
  assert.equal(service.isHurrying('main'), true);
});

test('a long silence is suspicious for a minute; then it is for others to decide', () => {
  const { service, clock, calmSecond } = open();
  calmSecond();
  calmSecond();
  clock.advance(55_000);
  assert.equal(service.isHurrying('main'), true);
  clock.advance(15_000);
  assert.equal(service.isHurrying('main'), false);
  calmSecond();
  clock.advance(1000);
  assert.equal(service.isHurrying('main'), true);
});

test('one lost exchange costs five seconds, also when others answer', () => {
  const { service, latency, clock, calmSecond } = open();
  for (let second = 0; second < 5; second += 1) calmSecond();
  latency.lose('gateway-ipv4', clock.monoMs() - 1000);
  assert.equal(service.isHurrying('main'), true);
  for (let second = 0; second < 5; second += 1) calmSecond();
  clock.advance(10);
  assert.equal(service.isHurrying('main'), false);
});

test('a target that always loses many raises no suspicion', () => {
  const { service, latency, clock } = open();
  latency.windows.set('isp-ipv4', { count: 60, lost: 20 });
  latency.answer('isp-ipv4', clock.monoMs());
  latency.lose('isp-ipv4', clock.monoMs());
  assert.equal(service.isHurrying('main'), false);
});

test('a line with one percent of loss is at full speed for at most a fifth of the time', () => {
  const { latency, clock, engine, service } = open();
  let fullMs = 0;
  let state = 42;
  const random = () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
  const totalMs = 600_000;
  for (let passed = 0; passed < totalMs; passed += 200) {
    for (const { id } of [...anchors, gateway, isp]) {
      if (passed % 1000 !== 0) continue;
      if (random() < 0.01) latency.lose(id, clock.monoMs() - 1000);
      else latency.answer(id, clock.monoMs());
    }
    clock.advance(200);
    if ([...engine.targets.values()].some(({ intervalMs }) => intervalMs === 50)) fullMs += 200;
  }
  assert.ok(fullMs > 0, 'it was never quick');
  assert.ok(fullMs < 0.2 * totalMs, `full speed for ${fullMs} of ${totalMs} ms`);
  assert.equal(service.facts().ringBytes < 2 ** 20, true);
});

test('quick exchanges are stored as runs that a replay can read', async () => {
  const { service, engine, clock, store } = open([...anchors]);
  service.hurry('main', 'test');
  await settle();
  const handle = engine.handleOf('203.0.113.10');
  const startMs = clock.monoMs();
  // Answers overtake losses: slot 0 is lost and ends last.
  for (const seq of [1, 2, 3])
    engine.deliver({ handle, seq, sentMonoMs: startMs + seq * 50, outcome: 'ok', rttUs: 9000 + seq });
  engine.deliver({ handle, seq: 0, sentMonoMs: startMs, outcome: 'timeout' });
  clock.advance(3000);
  const slower = engine.handleOf('203.0.113.10');
  assert.notEqual(slower, handle);
  for (const seq of [0, 1])
    engine.deliver({
      handle: slower,
      seq,
      sentMonoMs: startMs + 3020 + seq * 200,
      outcome: 'ok',
      rttUs: 8000,
    });
  clock.advance(60_000);
  const series =
    store.series.findIndex(({ kind, target }) => kind === 'icmp-quick' && target === 'one-ipv4') + 1;
  assert.deepEqual(store.series[series - 1], {
    kind: 'icmp-quick',
    line: 'main',
    target: 'one-ipv4',
    family: 'ipv4',
  });
  const runs = store.packets.flatMap((packet) => packet.runs).filter((run) => run.series === series);
  assert.deepEqual(
    runs.map(({ startMonoMs, intervalMs, rttUs }) => [startMonoMs - startMs, intervalMs, [...rttUs]]),
    [
      [0, 50, [-1, 9001, 9002, 9003]],
      // The first slot of the slower phase is narrow, so that it does not cover the end of the quicker one.
      [3020, 20, [8000]],
      [3220, 200, [8000]],
    ],
  );
});
