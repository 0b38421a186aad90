import assert from 'node:assert/strict';
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import type { ProbeTarget } from '../core/probing.ts';
import { buildQuery } from './dns-message.ts';
import { here, isAccounted, withEngine } from './with-engine.ts';

describe('DNS exchanges', () => {
  let server: Socket;
  let port = 0;
  let answer: (query: Buffer, from: RemoteInfo) => void = () => undefined;
  const target = (): ProbeTarget => ({
    ...here,
    kind: 'dns',
    port,
    query: buildQuery('example.com'),
    timeoutMs: 100,
  });
  const reply = (query: Buffer, from: RemoteInfo, rcode = 0) => {
    const bytes = Buffer.from(query);
    bytes[2] = 0x81;
    bytes[3] = 0x80 | rcode;
    server.send(bytes, from.port, from.address);
  };

  before(async () => {
    server = createSocket('udp4');
    server.on('message', (query, from) => answer(query, from));
    server.bind(0, '127.0.0.1');
    await once(server, 'listening');
    port = server.address().port;
  });
  after(() => server.close());

  it('asks with a fresh id each time and keeps the response code', async () => {
    const ids = new Set<number>();
    answer = (query, from) => {
      ids.add(query.readUInt16BE(0));
      reply(query, from, 3);
    };
    await withEngine(async (engine, seen, until) => {
      engine.add({ ...target(), timeoutMs: 1000 });
      await until(() => seen.length >= 20);
      assert.ok(ids.size >= 18, 'ids differ');
      assert.ok(seen.every(({ outcome, rcode }) => outcome === 'ok' && rcode === 3));
    });
  });

  it('ignores answers with a wrong id or another question', async () => {
    answer = (query, from) => {
      const foreign = Buffer.from(query);
      foreign.writeUInt16BE(query.readUInt16BE(0) ^ 1, 0);
      reply(foreign, from);
      const other = Buffer.from(query);
      other[14] = (other[14] ?? 0) ^ 2;
      reply(other, from);
    };
    await withEngine(async (engine, seen, until) => {
      engine.add(target());
      await until(() => seen.length >= 5);
      assert.ok(seen.every(({ outcome }) => outcome === 'timeout'));
      assert.ok(engine.statistics().strangers >= 10);
    });
  });

  it('tells second copies, late answers and overtaken ones apart', async () => {
    let count = 0;
    let held: (() => void) | null = null;
    answer = (query, from) => {
      count += 1;
      if (count === 3) {
        reply(query, from);
        reply(query, from);
      } else if (count === 6) {
        held = () => reply(query, from); // goes out after the answer to the 7th
      } else if (count === 10) {
        setTimeout(() => reply(query, from), 250);
      } else {
        reply(query, from);
        held?.();
        held = null;
      }
    };
    await withEngine(async (engine, seen, until) => {
      engine.add(target());
      await until(() => seen.some(({ outcome }) => outcome === 'late'));
      const of = (seq: number) =>
        seen.filter((exchange) => exchange.seq === seq).map(({ outcome }) => outcome);
      assert.deepEqual(of(2), ['ok', 'duplicate']);
      assert.deepEqual(of(9), ['timeout', 'late']);
      assert.deepEqual(
        seen.filter(({ isReordered }) => isReordered).map(({ seq }) => seq),
        [5],
      );
      const late = seen.find(({ outcome }) => outcome === 'late');
      assert.ok(late && late.rttUs > 200_000 && late.rttUs < 500_000);
      const { duplicates, late: lates } = engine.statistics();
      assert.deepEqual([duplicates, lates], [1, 1]);
      assert.ok(isAccounted(engine));
    });
  });

  it('takes a closed port for "refused" and goes on when the server is back', async () => {
    const spare = createSocket('udp4');
    spare.bind(0, '127.0.0.1');
    await once(spare, 'listening');
    const closedPort = spare.address().port;
    spare.close();
    await once(spare, 'close');
    await withEngine(async (engine, seen, until) => {
      engine.add({ ...target(), port: closedPort });
      await until(() => seen.length >= 5);
      assert.ok(
        seen.every(({ outcome, rttUs, from }) => outcome === 'refused' && rttUs > 0 && from === '127.0.0.1'),
      );
    });
  });

  it('hands the reply of a single query over', async () => {
    answer = (query, from) => reply(query, from);
    await withEngine(async (engine) => {
      const { kind, family, address, query } = target();
      const result = await engine.probeOnce({
        kind,
        family,
        address,
        port,
        timeoutMs: 500,
        query: query ?? Buffer.of(),
      });
      assert.equal(result.outcome, 'ok');
      assert.equal(result.reply?.length, query?.length);
    });
  });
});

describe('single probes', () => {
  it('answers for every kind', async () => {
    await withEngine(async (engine) => {
      const common = { family: 'ipv4', address: '127.0.0.1', timeoutMs: 500 } as const;
      const [icmp, tcp, udp] = await Promise.all([
        engine.probeOnce({ ...common, kind: 'icmp', flow: 4711, dontFragment: true, sizeBytes: 1000 }),
        engine.probeOnce({ ...common, kind: 'tcp', port: 1 }),
        engine.probeOnce({ ...common, kind: 'udp', port: 1, ttl: 3, flow: 2 }),
      ]);
      // Where this user may not ping, the one-shot says so instead of trying something else.
      const mayPing = engine.statistics().icmp !== 'none';
      assert.deepEqual(
        [icmp.outcome, tcp.outcome, udp.outcome],
        [mayPing ? 'ok' : 'local', 'refused', 'refused'],
      );
      assert.equal(icmp.rttUs > 0, mayPing);
      assert.ok(tcp.rttUs > 0 && udp.rttUs > 0);
      assert.equal(udp.from, '127.0.0.1');
    });
  });

  it('can be aborted, and stopping ends what is outstanding', async () => {
    const sink = createSocket('udp4'); // swallows everything
    sink.bind(0, '127.0.0.1');
    await once(sink, 'listening');
    const shot = {
      kind: 'dns',
      family: 'ipv4',
      address: '127.0.0.1',
      port: sink.address().port,
      timeoutMs: 60_000,
      query: buildQuery('example.com'),
    } as const;
    let stopped: Promise<unknown> = Promise.resolve();
    await withEngine(async (engine) => {
      const abort = new AbortController();
      const first = engine.probeOnce(shot, abort.signal);
      abort.abort(new Error('enough'));
      await assert.rejects(first, /enough/);
      stopped = assert.rejects(engine.probeOnce(shot), { code: 'ENGINE_STOPPED' });
    });
    await stopped;
    sink.close();
  });

  it('bounds the number outstanding', async (t) => {
    const sink = createSocket('udp4');
    t.after(() => sink.close());
    sink.bind(0, '127.0.0.1');
    await once(sink, 'listening');
    await withEngine(async (engine) => {
      const shots = Array.from({ length: 300 }, () =>
        engine.probeOnce({
          kind: 'udp',
          family: 'ipv4',
          address: '127.0.0.1',
          port: sink.address().port,
          timeoutMs: 100,
        }),
      );
      const ends = await Promise.allSettled(shots);
      const refused = ends.filter(({ status }) => status === 'rejected');
      assert.equal(refused.length, 300 - 256);
      const again = await engine.probeOnce({
        kind: 'tcp',
        family: 'ipv4',
        address: '127.0.0.1',
        port: 1,
        timeoutMs: 500,
      });
      assert.equal(again.outcome, 'refused');
    });
  });
});
