import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { OneShot, OneShotResult, ProbeEngine } from '../core/probing.ts';
import { findPathMtu } from './path-mtu.ts';
import { traceRoute } from './traceroute.ts';

const nothing: OneShotResult = {
  outcome: 'timeout',
  rttUs: Number.NaN,
  ttl: 0,
  from: '',
  icmpType: 0,
  icmpCode: 0,
  errno: 0,
  mtu: 0,
  tcpInfoRttUs: Number.NaN,
  reply: null,
  isKernelStamped: false,
};

/** A network in one function: what comes back for a probe. */
function network(answer: (shot: OneShot) => Partial<OneShotResult>): Pick<ProbeEngine, 'probeOnce'> {
  return { probeOnce: async (shot) => ({ ...nothing, ...answer(shot) }) };
}

describe('findPathMtu', () => {
  const size = ({ sizeBytes = 0 }: OneShot) => sizeBytes + 28;
  const target = { family: 'ipv4', address: '192.0.2.1' } as const;

  it('says full when the largest packet passes', async () => {
    const engine = network(() => ({ outcome: 'ok' }));
    assert.deepEqual(await findPathMtu(engine, target), {
      mtu: 1500,
      verdict: 'full',
      from: null,
      probes: 2,
    });
  });

  it('believes a router that tells the size, once a packet of that size has passed', async () => {
    const engine = network((shot) =>
      size(shot) > 1400 ? { outcome: 'too-big', mtu: 1400, from: '198.51.100.2' } : { outcome: 'ok' },
    );
    const { mtu, verdict, from, probes } = await findPathMtu(engine, target);
    assert.deepEqual([mtu, verdict, from, probes], [1400, 'told', '198.51.100.2', 3]);
  });

  it('finds the size by search when larger packets vanish', async () => {
    const engine = network((shot) => (size(shot) > 1437 ? {} : { outcome: 'ok' }));
    const { mtu, verdict } = await findPathMtu(engine, target);
    assert.deepEqual([mtu, verdict], [1437, 'black-hole']);
  });

  it('takes a told size that does not pass for a black hole', async () => {
    const engine = network((shot) => {
      if (size(shot) > 1450) return { outcome: 'too-big', mtu: 1450, from: '198.51.100.2' };
      return size(shot) > 1300 ? {} : { outcome: 'ok' };
    });
    const { mtu, verdict } = await findPathMtu(engine, target);
    assert.deepEqual([mtu, verdict], [1300, 'black-hole']);
  });

  it('believes a router that tells no number, and finds it by search', async () => {
    const engine = network((shot) =>
      size(shot) > 1437 ? { outcome: 'too-big', mtu: 0, from: '198.51.100.2' } : { outcome: 'ok' },
    );
    const { mtu, verdict, from } = await findPathMtu(engine, target);
    assert.deepEqual([mtu, verdict, from], [1437, 'told', '198.51.100.2']);
  });

  it('does not take a burst of loss for a black hole', async () => {
    let sent = 0;
    const burst = network(() => {
      sent += 1;
      return sent >= 2 && sent <= 5 ? {} : { outcome: 'ok' };
    });
    const { mtu, verdict } = await findPathMtu(burst, target);
    assert.deepEqual([mtu, verdict], [1500, 'full']);
  });

  it('says nothing about the size when the line falls silent in between', async () => {
    let sent = 0;
    const dying = network(() => {
      sent += 1;
      return sent === 1 ? { outcome: 'ok' } : {};
    });
    const { mtu, verdict } = await findPathMtu(dying, target);
    assert.deepEqual([mtu, verdict], [null, 'unanswered']);
  });

  it('says unanswered when even small packets bring nothing', async () => {
    const { mtu, verdict, probes } = await findPathMtu(
      network(() => ({})),
      target,
    );
    assert.deepEqual([mtu, verdict, probes], [null, 'unanswered', 3]);
  });
});

describe('traceRoute', () => {
  const path = ['192.0.2.1', null, '198.51.100.1', '203.0.113.9'];
  const target = { family: 'ipv4', address: '203.0.113.9', protocol: 'icmp' } as const;
  const engine = network(({ ttl = 0 }) => {
    const from = path[ttl - 1];
    if (ttl >= path.length) return { outcome: 'ok', from: target.address, rttUs: 9000 };
    return from ? { outcome: 'hop', from, rttUs: 1000 * ttl } : {};
  });

  it('lists the hops, silent ones too, and ends at the target', async () => {
    const { hops, isReached, end } = await traceRoute(engine, target);
    assert.deepEqual([isReached, end], [true, 'reached']);
    assert.deepEqual(
      hops.map(({ addresses }) => addresses[0] ?? null),
      path,
    );
    assert.deepEqual(hops[0]?.rttsUs, [1000, 1000, 1000]);
    assert.deepEqual(
      hops[1]?.rttsUs,
      [null, null],
      'a silent hop is asked twice, and what was not sent is not told',
    );
  });

  it('finds the true length when the line comes back in between', async () => {
    let sent = 0;
    const recovering = network(({ ttl = 0 }) => {
      sent += 1;
      if (sent <= 9) return {};
      return ttl >= 3 ? { outcome: 'ok', from: target.address } : { outcome: 'hop', from: `192.0.2.${ttl}` };
    });
    const { hops, isReached } = await traceRoute(recovering, target);
    assert.equal(isReached, true);
    assert.deepEqual(
      hops.map(({ addresses }) => addresses),
      [[], ['192.0.2.2'], ['203.0.113.9']],
    );
  });

  it('ends after five hops of silence and at a refusal', async () => {
    const silence = await traceRoute(
      network(() => ({})),
      target,
    );
    assert.deepEqual([silence.hops.length, silence.end], [5, 'silent']);
    const refusal = await traceRoute(
      network(() => ({ outcome: 'unreachable', icmpCode: 13, from: '192.0.2.1' })),
      target,
    );
    assert.deepEqual([refusal.end, refusal.hops[0]?.unreachableCode], ['unreachable', 13]);
  });
});
