/** The probing engine alone, against what really happened on the wire. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '../core/clock.ts';
import type { ProbeTarget } from '../core/probing.ts';
import { built } from './lab/build.ts';
import { biasOf, type EngineExchange, pairUp, runEngine } from './lab/engine.ts';
import { Lab } from './lab/lab.ts';
import { hosts } from './lab/topology.ts';

const skip = Lab.unavailable() ?? false;
/** The share of late releases beyond which the machine was starved, and a bias in µs says nothing about the engine. */
const starved = 0.05;
let lab: Lab;

before(async () => {
  if (!skip) lab = await Lab.up({ seed: 11 });
});
beforeEach(async () => {
  if (!skip) await lab.clear();
});
after(async () => {
  if (!skip) await lab.down();
});

const icmp = (address: string, intervalMs: number): ProbeTarget => ({
  kind: 'icmp',
  family: address.includes(':') ? 'ipv6' : 'ipv4',
  address,
  intervalMs,
  timeoutMs: 500,
});

function countOf(exchanges: readonly EngineExchange[], outcome: string): number {
  return exchanges.filter((exchange) => exchange.outcome === outcome).length;
}

test('round-trip times are those of the wire, over IPv4 and IPv6, whatever the script thread does', {
  skip,
}, async (t) => {
  const targets = [icmp(hosts.a1.ipv4, 20), icmp(hosts.a1.ipv6, 20)];
  const calm = await runEngine(lab, { targets, runMs: 8000 });
  const busy = await runEngine(lab, { targets, runMs: 8000, block: { busyMs: 300, everyMs: 500 } });
  const lateShare = await lab.lateShare();
  for (const [index, { address }] of targets.entries()) {
    const biases = [];
    for (const run of [calm, busy]) {
      const ours = run.targets[index] ?? [];
      assert.equal(countOf(ours, 'skipped'), 0, `${address}: skipped`);
      assert.equal(run.statistics.overruns, 0);
      assert.ok(ours.length > 380, `${address}: ${ours.length} exchanges in 8 s at 20 ms`);
      const fromMs = (ours[0]?.sentAtMs ?? 0) - 10;
      const truth = await lab.truth({ target: address, fromMs, toMs: fromMs + 12_000, timeoutMs: 500 });
      const pairs = pairUp(ours, truth);
      for (const { ours: exchange, truth: onWire } of pairs)
        assert.equal(exchange.outcome === 'ok', onWire.rttUs < 500_000, `slot ${exchange.seq}`);
      biases.push(biasOf(pairs));
    }
    const [still, blocked] = biases;
    assert.ok(still && blocked);
    t.diagnostic(
      `${address}: bias ${still.meanUs.toFixed(1)} µs (p99 ${still.p99Us.toFixed(0)}), blocked 300 of 500 ms ` +
        `${blocked.meanUs.toFixed(1)} µs; releases late ${(lateShare * 100).toFixed(1)} %`,
    );
    if (lateShare > starved) t.diagnostic('the machine was starved: medians are judged, means are not');
    const [a, b] = lateShare > starved ? [still.medianUs, blocked.medianUs] : [still.meanUs, blocked.meanUs];
    assert.ok(a > -20 && a < 100, `${address}: bias ${a} µs`);
    assert.ok(Math.abs(b - a) <= 100, `${address}: bias moves from ${a} to ${b} µs`);
  }
});

/** On a starved machine a packet leaves the wire this much later than the log says; closer ones may change places. */
const tellApartMs = 3;

test('losses, doubles and overtaken replies are exactly those of the log', { skip }, async (t) => {
  await lab.ctl('set * clear; set lan delay=1ms; set lan burst=5%/6 dup=1% reorder=5% hold=45ms');
  const targets = [
    icmp(hosts.home.ipv4, 20),
    icmp(hosts.nas.ipv4, 20),
    icmp(hosts.isp1.ipv4, 20),
    icmp(hosts.a1.ipv6, 20),
  ];
  const run = await runEngine(lab, { targets, runMs: 15_000 });
  let probes = 0;
  let lost = 0;
  let doubles = 0;
  for (const [index, { address }] of targets.entries()) {
    const ours = run.targets[index] ?? [];
    const fromMs = (ours[0]?.sentAtMs ?? 0) - 10;
    const pairs = pairUp(ours, await lab.truth({ target: address, fromMs, timeoutMs: 500 }));
    const wrong = pairs.filter(
      ({ ours: exchange, truth }) => (exchange.outcome === 'ok') !== truth.rttUs < 500_000,
    );
    assert.deepEqual(wrong, [], `${address}: outcomes that differ from the log`);
    for (const { ours: exchange, truth } of pairs)
      assert.equal(
        exchange.duplicates,
        Math.max(0, truth.replies - 1),
        `${address} slot ${exchange.seq}: doubles`,
      );
    const arrivals = pairs.map(({ truth }) => truth.sentAtMs + truth.rttUs / 1000);
    // RFC 4737 §3: reordered is the packet that arrives after one that was sent later.
    for (const [at, { ours: exchange, truth }] of pairs.entries()) {
      // What overtook the last ones may have ended after the run.
      if (Number.isNaN(truth.rttUs) || at >= pairs.length - 60) continue;
      const laterFirst = pairs.some(
        (_, other) =>
          other > at && other < at + 60 && (arrivals[other] ?? 0) < (arrivals[at] ?? 0) - tellApartMs,
      );
      const nobodyNear = !pairs.some(
        (_, other) => other !== at && Math.abs((arrivals[other] ?? 0) - (arrivals[at] ?? 0)) <= tellApartMs,
      );
      if (nobodyNear)
        assert.equal(exchange.isReordered, laterFirst, `${address} slot ${exchange.seq}: reordered`);
    }
    probes += pairs.length;
    lost += countOf(ours, 'timeout');
    doubles += ours.reduce((sum, exchange) => sum + exchange.duplicates, 0);
  }
  t.diagnostic(`${probes} probes, ${lost} lost, ${doubles} doubles, all equal to the log`);
  assert.ok(probes > 2900 && lost > 100 && doubles > 20);
  const { sent, received, timeouts, errors, inFlight } = run.statistics;
  assert.equal(sent, received + timeouts + errors + inFlight, 'the accounting is exact');
});

test('ten thousand random packets a second do not disturb it', { skip }, async (t) => {
  await lab.ctl('set * clear; set lan delay=1ms');
  const flood = await built('flood');
  const targets = [icmp(hosts.home.ipv4, 50), icmp(hosts.a1.ipv4, 50)];
  const startedMs = systemClock.wallMs();
  const running = runEngine(lab, { targets, runMs: 9000 });
  const id = await firstId(hosts.home.ipv4, startedMs);
  const argv = [flood, hosts.client.ipv4, '10000', '7', '3', `${id}`, hosts.home.ipv4];
  const { stdout } = await lab.exec('nas', argv);
  const run = await running;
  t.diagnostic(
    `${Number(stdout)} random packets sent, ${run.statistics.strangers} of them reached the engine, which knew none of them`,
  );
  assert.ok(Number(stdout) > 40_000, `the flood sent ${stdout.trim()}`);
  for (const [index, { address }] of targets.entries()) {
    const ours = run.targets[index] ?? [];
    const fromMs = (ours[0]?.sentAtMs ?? 0) - 10;
    const pairs = pairUp(ours, await lab.truth({ target: address, fromMs, timeoutMs: 500 }));
    const own = pairs.filter(
      ({ ours: exchange, truth }) => exchange.outcome !== 'ok' && truth.rttUs < 500_000,
    );
    assert.ok(pairs.length > 150);
    assert.ok(
      own.length < pairs.length / 100,
      `${address}: ${own.length} of ${pairs.length} lost by ourselves`,
    );
    assert.equal(countOf(ours, 'skipped'), 0);
  }
});

/** The echo id that the engine sends with, from the wire. */
async function firstId(address: string, fromMs: number): Promise<number> {
  for (;;) {
    const { exchanges } = await lab.truth({ target: address, fromMs });
    if (exchanges[0]) return exchanges[0].id;
    await delay(50);
  }
}
