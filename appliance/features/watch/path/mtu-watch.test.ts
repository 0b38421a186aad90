import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeTarget } from '../../../testing/fakes/latency.ts';
import { stations, tracedLine } from '../../../testing/fakes/traced-line.ts';
import { MtuWatch } from './mtu-watch.ts';
import type { FullSizeProbe, MtuCheck } from './schema.ts';

function scene() {
  const line = tracedLine();
  line.latency.list.splice(
    2,
    0,
    fakeTarget({ id: 'transit-1-ipv4', segment: 'transit', address: stations.backbone }),
  );
  const watch = new MtuWatch(line.context, line.latency);
  const probes: FullSizeProbe[] = [];
  const checks: MtuCheck[] = [];
  watch.fullSize.onFullSize((probe) => probes.push(probe));
  line.bus.on('mtu.checked', (check) => checks.push(check));
  line.clock.every(5000, () => watch.tick());
  watch.refresh();
  /** What was emitted since the last call: target, outcome and size. */
  const emitted = () =>
    probes.splice(0).map(({ target, outcome, sizeBytes }) => [target, outcome, sizeBytes] as const);
  const verdicts = () => checks.splice(0).map(({ target, verdict, mtu }) => [target, verdict, mtu] as const);
  return { ...line, watch, probes, checks, emitted, verdicts };
}

const all = ['gateway-ipv4', 'isp-ipv4', 'transit-1-ipv4', 'a1-ipv4', 'a2-ipv4'];
const blackHole = { behind: stations.isp, mtu: 1400, isTold: false };

test('the size is learned of every router and anchor, then one anchor is asked every ten seconds in turn', async () => {
  const { pass, verdicts, emitted } = scene();
  await pass(5000);
  assert.deepEqual(
    verdicts(),
    all.map((id) => [id, 'full', 1500]),
  );
  assert.deepEqual(emitted(), [['a1-ipv4', 'ok', 1500]]);
  await pass(30_000);
  assert.deepEqual(emitted(), [
    ['a2-ipv4', 'ok', 1500],
    ['a1-ipv4', 'ok', 1500],
    ['a2-ipv4', 'ok', 1500],
  ]);
  assert.deepEqual(verdicts(), [], 'nothing is told twice');
});

test('when large packets vanish, anchors and routers tell within two seconds where', async () => {
  const { pass, probes, internet, emitted } = scene();
  await pass(5000);
  emitted();
  internet.limit = blackHole;
  await pass(14_000);
  const outcomes = (id: string) => probes.filter(({ target }) => target === id).map(({ outcome }) => outcome);
  assert.deepEqual(outcomes('gateway-ipv4'), ['ok']);
  assert.deepEqual(outcomes('isp-ipv4'), ['ok']);
  assert.deepEqual(outcomes('transit-1-ipv4'), ['lost', 'lost', 'lost']);
  assert.deepEqual(outcomes('a1-ipv4'), ['lost', 'lost', 'lost']);
  assert.deepEqual(
    outcomes('a2-ipv4'),
    ['lost', 'lost', 'lost', 'lost'],
    'the first one, and its repetitions',
  );
  const repeated = probes.slice(1);
  const firstMs = Math.min(...repeated.map(({ sentMonoMs }) => sentMonoMs));
  assert.ok(Math.max(...repeated.map(({ endedMonoMs }) => endedMonoMs)) - firstMs <= 2000);
  for (const { segment, sentMonoMs, endedMonoMs, outcome } of probes)
    assert.ok(outcome === 'ok' ? endedMonoMs - sentMonoMs < 100 : endedMonoMs - sentMonoMs === 1000, segment);
});

test('while they keep vanishing one is sent every ten seconds, and the place is looked for once a minute', async () => {
  const { pass, internet, emitted } = scene();
  await pass(5000);
  internet.limit = blackHole;
  await pass(14_000);
  emitted();
  await pass(40_000);
  const calm = emitted();
  assert.deepEqual([...new Set(calm.map(([, outcome]) => outcome))], ['lost']);
  assert.equal(calm.length, 4);
  await pass(60_000);
  assert.ok(emitted().some(([id]) => id === 'gateway-ipv4'));
  internet.limit = null;
  await pass(10_000);
  assert.deepEqual(emitted().at(-1)?.slice(1), ['ok', 1500]);
});

test('a router that tells the size is right, and that size is used from then on', async () => {
  const { pass, internet, emitted, verdicts } = scene();
  await pass(5000);
  emitted();
  verdicts();
  internet.limit = { ...blackHole, isTold: true };
  await pass(40_000);
  assert.deepEqual(emitted(), [
    ['a2-ipv4', 'told', 1500],
    ['a1-ipv4', 'told', 1500],
    ['a2-ipv4', 'ok', 1400],
    ['a1-ipv4', 'ok', 1400],
  ]);
  assert.deepEqual(verdicts(), [
    ['a2-ipv4', 'told', 1400],
    ['a1-ipv4', 'told', 1400],
  ]);
  internet.limit = null;
  await pass(3_600_000);
  assert.deepEqual(emitted().at(-1)?.slice(1), ['ok', 1500], 'a path that takes more again is found');
});

test('a host that never answers large pings is no witness until it once does', async () => {
  const { pass, internet, emitted, verdicts, watch } = scene();
  internet.smallOnly.set(stations.a1, 576);
  internet.smallOnly.set(stations.isp, 1000);
  await pass(5000);
  assert.deepEqual(
    verdicts().map(([id]) => id),
    ['gateway-ipv4', 'transit-1-ipv4', 'a2-ipv4'],
  );
  await pass(60_000);
  assert.deepEqual([...new Set(emitted().map(([id, outcome]) => `${id} ${outcome}`))], ['a2-ipv4 ok']);
  internet.limit = blackHole;
  await pass(15_000);
  assert.ok(!emitted().some(([id]) => id === 'a1-ipv4' || id === 'isp-ipv4'));
  const found = watch.findBlackHole('main');
  await pass(5000);
  assert.deepEqual(
    (await found).map(({ target, verdict, mtu }) => [target, verdict, mtu]),
    [
      ['gateway-ipv4', 'full', 1500],
      ['transit-1-ipv4', 'black-hole', 1400],
      ['a2-ipv4', 'black-hole', 1400],
    ],
  );
  internet.limit = null;
  internet.smallOnly.clear();
  await pass(700_000);
  assert.ok(emitted().some(([id, outcome]) => id === 'a1-ipv4' && outcome === 'ok'));
});

test('a black hole at the start is told when two anchors agree', async () => {
  const { pass, internet, emitted, verdicts } = scene();
  internet.limit = blackHole;
  await pass(5000);
  assert.deepEqual(verdicts(), [
    ['gateway-ipv4', 'full', 1500],
    ['isp-ipv4', 'full', 1500],
    ['transit-1-ipv4', 'black-hole', 1400],
    ['a1-ipv4', 'black-hole', 1400],
    ['a2-ipv4', 'black-hole', 1400],
  ]);
  await pass(3000);
  const lost = emitted().filter(([, outcome]) => outcome === 'lost');
  assert.ok(lost.filter(([id]) => id === 'a1-ipv4').length >= 3);
});

test('while the small pings are lost too, no full-size packet is sent', async () => {
  const { pass, internet, emitted, setSilent, watch } = scene();
  await pass(5000);
  emitted();
  internet.brokenBehind = stations.isp;
  setSilent(true, 'a1-ipv4', 'a2-ipv4', 'transit-1-ipv4');
  await pass(60_000);
  assert.deepEqual(emitted(), []);
  const found = watch.findBlackHole('main');
  await pass(20_000);
  assert.deepEqual(
    (await found).map(({ target, verdict }) => [target, verdict]),
    [
      ['gateway-ipv4', 'full'],
      ['isp-ipv4', 'full'],
      ['transit-1-ipv4', 'unanswered'],
      ['a1-ipv4', 'unanswered'],
      ['a2-ipv4', 'unanswered'],
    ],
  );
});

test('what was looked for during an outage is asked again once it is over', async () => {
  const { pass, internet, setSilent, watch } = scene();
  await pass(5000);
  internet.brokenBehind = stations.isp;
  setSilent(true, 'a1-ipv4', 'a2-ipv4', 'transit-1-ipv4');
  const found = watch.findBlackHole('main');
  await pass(20_000);
  await found;
  internet.brokenBehind = null;
  setSilent(false, 'a1-ipv4', 'a2-ipv4', 'transit-1-ipv4');
  await pass(70_000);
  assert.deepEqual(
    watch.checks('main').map(({ target, verdict }) => [target, verdict]),
    all.map((id) => [id, 'full']),
  );
});

test('one lost packet on a lossy line is repeated and found to pass', async () => {
  const { pass, engine, emitted } = scene();
  await pass(5000);
  emitted();
  const { answer } = engine;
  let isFirst = true;
  engine.answer = (request) => {
    if (!isFirst || (request.sizeBytes ?? 0) < 1400) return answer(request);
    isFirst = false;
    return { outcome: 'timeout' };
  };
  await pass(13_000);
  assert.deepEqual(emitted(), [
    ['a2-ipv4', 'lost', 1500],
    ['gateway-ipv4', 'ok', 1500],
    ['isp-ipv4', 'ok', 1500],
    ['transit-1-ipv4', 'ok', 1500],
    ['a2-ipv4', 'ok', 1500],
    ['a1-ipv4', 'ok', 1500],
  ]);
});

test('without any way to send pings nothing is tried', async () => {
  const { pass, engine, internet } = scene();
  engine.methodOf = () => 'tcp';
  await pass(60_000);
  assert.equal(internet.asked.length, 0);
});
