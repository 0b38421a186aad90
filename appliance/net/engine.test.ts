import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { describe, it } from 'node:test';
import { AppError } from '../core/errors.ts';
import type { Exchange } from '../core/probing.ts';
import { loadAddon } from './addon.ts';
import { RingReader } from './ring.ts';
import { here, isAccounted, isAnswer, withEngine } from './with-engine.ts';

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
          assert.ok(isAccounted(engine));
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
    assert.ok(seen.every((exchange) => isAnswer(exchange) && !exchange.isReordered));
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
        assert.ok(isAccounted(engine));
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
      assert.ok(isAccounted(engine));
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
        assert.ok(isAccounted(engine));
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
      assert.ok(seen.every((exchange) => isAnswer(exchange) && exchange.rttUs < 50_000));
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
      assert.ok(seen.every(isAnswer));
      const ticks = new Set(seen.slice(0, 2000).map(({ sentMonoMs }) => Math.floor(sentMonoMs / 2)));
      assert.ok(ticks.size >= 100, `2,000 targets shared only ${ticks.size} ticks`);
      assert.ok(isAccounted(engine));
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
