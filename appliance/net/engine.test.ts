import assert from 'node:assert/strict';
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { buildAddon, isAddonFresh } from '../../native/build.ts';
import { systemClock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import type { Exchange, ProbeEngine, ProbeTarget } from '../core/probing.ts';
import { loadAddon } from './addon.ts';
import { buildQuery } from './dns-message.ts';
import { createEngine, type EngineOptions } from './engine.ts';
import { RingReader } from './ring.ts';

const silent = () => undefined;
const log: Log = { debug: silent, info: silent, warn: silent, error: silent, child: () => log };
const here: ProbeTarget = {
  kind: 'icmp',
  family: 'ipv4',
  address: '127.0.0.1',
  intervalMs: 20,
  timeoutMs: 500,
};

before(async () => {
  if (!isAddonFresh()) await buildAddon(silent);
});

/** Runs `work` with a started engine and stops it whatever happens. */
async function withEngine(
  work: (
    engine: ProbeEngine,
    seen: Exchange[],
    until: (isDone: () => boolean) => Promise<void>,
  ) => Promise<void>,
  options: Partial<EngineOptions> = {},
): Promise<void> {
  const engine = createEngine({ clock: systemClock, log, ...options });
  const seen: Exchange[] = [];
  let wake = silent;
  engine.onExchanges((exchanges) => {
    for (const exchange of exchanges) seen.push({ ...exchange });
    wake();
  });
  const until = (isDone: () => boolean) =>
    new Promise<void>((resolve, reject) => {
      const limit = setTimeout(() => reject(new Error(`nothing more after ${seen.length} exchanges`)), 8000);
      wake = () => {
        if (!isDone()) return;
        clearTimeout(limit);
        resolve();
      };
      wake();
    });
  await engine.start();
  try {
    await work(engine, seen, until);
  } finally {
    await engine.stop();
  }
}

function assertAccounted(engine: ProbeEngine): void {
  const { sent, received, timeouts, errors, inFlight } = engine.statistics();
  assert.equal(sent, received + timeouts + errors + inFlight);
}

function block(forMs: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, forMs);
}

describe('continuous probing', () => {
  for (const icmp of ['raw', 'socket'] as const) {
    it(`measures both families every 20 ms with ${icmp} ICMP, every slot once and in order`, async (t) => {
      await withEngine(
        async (engine, seen, until) => {
          if (engine.methodOf('icmp', 'ipv4') !== `icmp-${icmp}`)
            return t.skip(`${icmp} ICMP is not allowed here`);
          const four = engine.add(here);
          const six = engine.add({ ...here, family: 'ipv6', address: '::1' });
          await until(() => seen.filter(({ handle }) => handle === six).length >= 30);
          for (const handle of [four, six]) {
            const own = seen.filter((exchange) => exchange.handle === handle);
            assert.deepEqual(
              own.map(({ seq }) => seq),
              own.map((_, i) => i),
            );
            assert.ok(own.every(({ outcome, rttUs }) => outcome === 'ok' && rttUs > 0 && rttUs < 50_000));
            assert.ok(own.every(({ isKernelStamped, ttl }) => isKernelStamped && ttl === 64));
          }
          const sent = seen.filter(({ handle }) => handle === four).map(({ sentMonoMs }) => sentMonoMs);
          const [first = 0, last = 0] = [sent[0], sent.at(-1)];
          assert.ok(Math.abs((last - first) / (sent.length - 1) - 20) < 1, 'the mean gap is the interval');
          assertAccounted(engine);
        },
        { icmp },
      );
    });
  }

  it('takes changes and removals while it runs', async () => {
    await withEngine(async (engine, seen, until) => {
      const handle = engine.add(here);
      await until(() => seen.length >= 5);
      engine.change(handle, { ...here, address: '127.0.0.9' });
      engine.remove(engine.add({ ...here, address: '127.0.0.2' }));
      const before = seen.length;
      await until(() => seen.length >= before + 10);
      assert.deepEqual([...new Set(seen.map((exchange) => exchange.handle))], [handle]);
      assert.deepEqual(
        seen.map(({ seq }) => seq),
        seen.map((_, i) => i),
        'a change keeps counting',
      );
      engine.remove(handle);
      assert.throws(() => engine.remove(handle), { code: 'TARGET_UNKNOWN' });
      assert.throws(() => engine.change(handle, here), { code: 'TARGET_UNKNOWN' });
    });
  });

  it('refuses targets outside the bounds and names the bound', async () => {
    await withEngine(async (engine) => {
      for (const wrong of [
        { intervalMs: 19 },
        { intervalMs: 3_600_001 },
        { timeoutMs: Number.NaN },
        { ttl: 256 },
        { sizeBytes: 17 },
        { address: '224.0.0.1' },
        { interfaceName: 'a/b' },
        { kind: 'dns' as const },
      ]) {
        assert.throws(
          () => engine.add({ ...here, ...wrong }),
          (error) => error instanceof AppError && error.code === 'TARGET_INVALID',
        );
      }
    });
  });

  it('keeps measuring while the 16-bit sequence number wraps', async () => {
    const addon = loadAddon();
    let ring: RingReader | undefined;
    const seen: Exchange[] = [];
    const done = Promise.withResolvers<void>();
    const engine = addon.open({ icmp: 0, realtime: true, transmitStamps: false, ringRecords: 1024 }, () => {
      if (!ring) return;
      const { count, exchanges } = ring.take();
      for (const exchange of exchanges) seen.push({ ...exchange });
      ring.release(count);
      if (seen.length >= 30) done.resolve();
    });
    addon.keepAlive(engine, true);
    ring = new RingReader(addon.ring(engine));
    addon.start(engine);
    addon.add(engine, {
      kind: 0,
      address: '127.0.0.1',
      intervalMs: 5,
      timeoutMs: 500,
      firstSequence: 65_526,
    });
    await done.promise;
    addon.stop(engine);
    assert.ok(seen.every(({ outcome, isReordered }) => outcome === 'ok' && !isReordered));
    assert.deepEqual(
      seen.map(({ seq }) => seq),
      seen.map((_, i) => i),
    );
  });

  it('measures by TCP handshake where there is no ICMP, and takes "refused" for an answer', async () => {
    const server = createServer((socket) => socket.destroy());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const bound = server.address();
    assert.ok(bound && typeof bound === 'object');
    await withEngine(
      async (engine, seen, until) => {
        assert.equal(engine.methodOf('icmp', 'ipv4'), 'tcp');
        assert.equal(engine.statistics().icmp, 'none');
        const open = engine.add({ ...here, port: bound.port });
        const closed = engine.add({ ...here, kind: 'tcp', port: 1 });
        await until(() => seen.filter(({ handle }) => handle === closed).length >= 5);
        const outcomes = (wanted: number) =>
          new Set(seen.filter(({ handle }) => handle === wanted).map(({ outcome }) => outcome));
        assert.deepEqual([...outcomes(open)], ['ok']);
        assert.deepEqual([...outcomes(closed)], ['refused']);
        assert.ok(seen.every(({ rttUs }) => rttUs > 0 && rttUs < 50_000));
        assertAccounted(engine);
      },
      { icmp: 'none' },
    );
    server.close();
  });

  it('calls it local when the interface does not exist', async () => {
    await withEngine(async (engine, seen, until) => {
      engine.add({ ...here, interfaceName: 'nosuch0' });
      await until(() => seen.length >= 3);
      assert.ok(seen.every(({ outcome, errno }) => outcome === 'local' && errno === 19));
      assertAccounted(engine);
    });
  });

  it('counts what JavaScript did not fetch in time and goes on', async () => {
    await withEngine(
      async (engine, seen, until) => {
        for (let i = 1; i <= 4; i += 1) engine.add({ ...here, address: `127.0.0.${i}` });
        await until(() => seen.length >= 4);
        block(600);
        await until(() => engine.statistics().overruns > 0);
        const before = seen.length;
        await until(() => seen.length >= before + 8);
        assertAccounted(engine);
      },
      { ringRecords: 16 },
    );
  });

  it('measures on, with true times, while the JavaScript thread is blocked', async () => {
    await withEngine(async (engine, seen, until) => {
      engine.add(here);
      await until(() => seen.length >= 3);
      const before = seen.length;
      block(700);
      await until(() => seen.length >= before + 30);
      assert.ok(seen.every(({ outcome, rttUs }) => outcome === 'ok' && rttUs < 50_000));
      assert.equal(engine.statistics().overruns, 0);
    });
  });

  it('serves 2,000 targets at one per second without skipping a slot', async () => {
    await withEngine(async (engine, seen, until) => {
      for (let i = 0; i < 2000; i += 1) {
        engine.add({ ...here, address: `127.1.${i >> 8}.${i & 255}`, intervalMs: 1000, timeoutMs: 1000 });
      }
      await until(() => seen.length >= 6000);
      const statistics = engine.statistics();
      assert.equal(statistics.skipped, 0);
      assert.equal(statistics.overruns, 0);
      assert.ok(seen.every(({ outcome }) => outcome === 'ok'));
      const ticks = new Set(seen.slice(0, 2000).map(({ sentMonoMs }) => Math.floor(sentMonoMs / 2)));
      assert.ok(ticks.size >= 100, `2,000 targets shared only ${ticks.size} ticks`);
      assertAccounted(engine);
    });
  });

  it('leaves no descriptor and no thread behind after 200 starts and stops', async () => {
    const countAll = () => [readdirSync('/proc/self/fd').length, readdirSync('/proc/self/task').length];
    const cycle = () => withEngine(async (engine) => void engine.add(here));
    await cycle();
    const before = countAll();
    for (let i = 0; i < 200; i += 1) await cycle();
    assert.deepEqual(countAll(), before);
  });
});

describe('DNS exchanges', () => {
  let server: Socket;
  let port = 0;
  let answer: (query: Buffer, from: RemoteInfo) => void = silent;
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
      engine.add(target());
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
      assertAccounted(engine);
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
      assert.deepEqual([icmp.outcome, tcp.outcome, udp.outcome], ['ok', 'refused', 'refused']);
      assert.ok(icmp.rttUs > 0 && tcp.rttUs > 0 && udp.rttUs > 0);
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

  it('bounds the number outstanding', async () => {
    const sink = createSocket('udp4');
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
        kind: 'icmp',
        family: 'ipv4',
        address: '127.0.0.1',
        timeoutMs: 500,
      });
      assert.equal(again.outcome, 'ok');
    });
    sink.close();
  });
});
