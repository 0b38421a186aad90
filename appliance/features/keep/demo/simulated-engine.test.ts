import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clock } from '../../../core/clock.ts';
import type { Exchange, ProbeTarget } from '../../../core/probing.ts';
import { planYear } from './happenings.ts';
import { household, segmentOf } from './household.ts';
import { LineModel } from './line-model.ts';
import { SimulatedEngine } from './simulated-engine.ts';
import { createSimulatedLink, createSimulatedNames } from './simulated-link.ts';

const wallMs = Date.UTC(2026, 10, 22, 11, 20);
const anchor: ProbeTarget = {
  kind: 'icmp',
  family: 'ipv4',
  address: '1.1.1.1',
  intervalMs: 1000,
  timeoutMs: 1000,
};

/** Time that moves when told to; timers fire on the way. */
function makeClock() {
  let nowMs = 5000;
  let timers: { atMs: number; everyMs: number | null; run: () => void }[] = [];
  const add = (afterMs: number, everyMs: number | null, run: () => void) => {
    const timer = { atMs: nowMs + afterMs, everyMs, run };
    timers.push(timer);
    return () => {
      timers = timers.filter((other) => other !== timer);
    };
  };
  const clock: Clock = {
    wallMs: () => wallMs + nowMs - 5000,
    monoMs: () => nowMs,
    after: (delayMs, run) => add(delayMs, null, run),
    every: (everyMs, run) => add(everyMs, everyMs, run),
  };
  const pass = (ms: number) => {
    const endMs = nowMs + ms;
    for (;;) {
      const next = timers.toSorted((one, other) => one.atMs - other.atMs)[0];
      if (!next || next.atMs > endMs) break;
      nowMs = next.atMs;
      if (next.everyMs === null) timers = timers.filter((other) => other !== next);
      else next.atMs += next.everyMs;
      next.run();
    }
    nowMs = endMs;
  };
  return { clock, pass };
}

async function makeEngine() {
  const { clock, pass } = makeClock();
  const model = new LineModel(7, planYear(7, wallMs, 10), 'Etc/UTC');
  const engine = new SimulatedEngine(clock, model);
  const seen: Exchange[] = [];
  engine.onExchanges((exchanges) => seen.push(...exchanges));
  await engine.start();
  return { engine, model, pass, seen };
}

test('every slot of a target ends once, in its order, as the model says', async () => {
  const { engine, model, pass, seen } = await makeEngine();
  const handle = engine.add(anchor);
  pass(60_000);
  const ended = seen.filter(({ outcome }) => outcome !== 'late' && outcome !== 'duplicate');
  assert.deepEqual(
    ended.map(({ seq }) => seq),
    [...ended.keys()],
  );
  assert.ok(ended.length >= 58 && ended.length <= 60, String(ended.length));
  for (const { handle: of, outcome, rttUs, ttl, sentMonoMs } of ended) {
    assert.equal(of, handle);
    const value = model.sample(
      { segment: 'anchor', family: 'ipv4', kind: 'icmp', address: '1.1.1.1' },
      sentMonoMs + wallMs - 5000,
    );
    assert.equal(outcome === 'ok' ? rttUs : -1, value);
    assert.equal(ttl, outcome === 'ok' ? 60 : 0);
  }
});

test('an outage while watching times out, and the engine counts it', async () => {
  const { engine, pass, seen } = await makeEngine();
  engine.add(anchor);
  engine.add({ ...anchor, address: household.gateway.ipv4 });
  pass(5 * 60_000);
  const lost = seen.filter(({ outcome }) => outcome === 'timeout');
  assert.ok(lost.length >= 26, `${lost.length} lost of 27 s without the line`);
  assert.ok(lost.every(({ handle }) => handle === 1));
  const { sent, received, timeouts } = engine.statistics();
  assert.equal(sent, received + timeouts);
});

test('targets can be changed and removed while running', async () => {
  const { engine, pass, seen } = await makeEngine();
  const handle = engine.add(anchor);
  pass(3000);
  engine.change(handle, { ...anchor, intervalMs: 100 });
  seen.length = 0;
  pass(2000);
  assert.ok(seen.length >= 18 && seen.length <= 21, String(seen.length));
  engine.remove(handle);
  seen.length = 0;
  pass(2000);
  assert.equal(seen.length, 0);
  assert.throws(() => engine.add({ ...anchor, intervalMs: 1 }), { code: 'TARGET_INVALID' });
});

test('the way to a destination can be walked hop by hop, and its MTU found', async () => {
  const { engine, pass } = await makeEngine();
  const ask = async (extra: object) => {
    const answer = engine.probeOnce({
      kind: 'icmp',
      family: 'ipv4',
      address: '1.1.1.1',
      timeoutMs: 1000,
      ...extra,
    });
    pass(1000);
    return await answer;
  };
  const path: string[] = [];
  for (let ttl = 1; ttl <= 5; ttl += 1) {
    const step = await ask({ ttl });
    path.push(`${step.outcome} ${step.from}`);
  }
  const hops = [household.gateway.ipv4, ...household.hops.ipv4];
  assert.deepEqual(path, [...hops.map((hop) => `hop ${hop}`), 'ok 1.1.1.1']);
  assert.deepEqual(hops.map(segmentOf), ['gateway', 'isp', 'transit', 'transit']);
  assert.equal((await ask({ sizeBytes: 1472, dontFragment: true })).mtu, 1492);
  assert.equal((await ask({ sizeBytes: 1464, dontFragment: true })).outcome, 'ok');
});

test('at home the storage box answers, and nobody else', async () => {
  const { engine, pass } = await makeEngine();
  const outcomes: string[] = [];
  for (const number of [29, 30, 31]) {
    const answer = engine.probeOnce({
      kind: 'icmp',
      family: 'ipv4',
      address: `192.168.178.${number}`,
      timeoutMs: 300,
    });
    pass(400);
    const { outcome, rttUs } = await answer;
    outcomes.push(outcome);
    if (outcome === 'ok') assert.ok(rttUs > 300 && rttUs < 1500, String(rttUs));
  }
  assert.deepEqual(outcomes, ['timeout', 'ok', 'timeout']);
});

test('a question that is given up fails with its reason', async () => {
  const { engine } = await makeEngine();
  const abort = new AbortController();
  const answer = engine.probeOnce(
    { kind: 'icmp', family: 'ipv4', address: '1.1.1.1', timeoutMs: 1000 },
    abort.signal,
  );
  abort.abort(new Error('enough'));
  await assert.rejects(answer, { message: 'enough' });
});

test('the simulated link and names touch no network', async () => {
  const facts = await createSimulatedLink().read();
  assert.deepEqual(
    facts.defaultRoutes.map(({ gateway }) => gateway),
    ['192.168.178.1', 'fe80::1'],
  );
  const names = createSimulatedNames();
  assert.deepEqual(await names.resolve('1.1.1.1', 'ipv6'), []);
  assert.deepEqual(await names.resolve('::1', 'ipv6'), ['::1']);
  assert.match((await names.resolve('example.com', 'ipv4'))[0] ?? '', /^198\.51\.100\.\d+$/);
  const query = Buffer.from(names.encodeQuery('example.com', 'AAAA'));
  assert.equal(query.toString('hex'), '000001000001000000000000076578616d706c6503636f6d00001c0001');
});
