import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, it } from 'node:test';
import { callBounds, usualLimits } from '../core/calling.ts';
import { Secret } from '../core/secret.ts';
import { callLoopback, listening, loopbackGuard, raw, web } from '../testing/fakes/outside.ts';
import { callOut } from './guarded-client.ts';

describe('a call out', () => {
  it('sends what it is given to the address that was judged, and gives the answer to the caller', async (t) => {
    const seen: string[] = [];
    const port = await web(t, async (request, response) => {
      const body = (await request.toArray()).join('');
      const { host, authorization, cookie } = request.headers;
      const length = request.headers['content-length'];
      seen.push(`${request.method} ${request.url} ${host} ${authorization} ${cookie} ${length} ${body}`);
      response.writeHead(201, { 'set-cookie': 'a=b', 'x-id': 'seven' }).end('made');
    });
    const headers = { Authorization: new Secret('Bearer abc'), cookie: 'c=d' };
    const reply = await callLoopback(port, { body: '{"ä":1}', headers });
    assert.deepEqual(seen, [`POST /a?b=c hooks.test:${port} Bearer abc c=d 8 {"ä":1}`]);
    assert.deepEqual([reply.outcome, reply.status, reply.message, reply.isCut], ['ok', 201, null, false]);
    assert.equal(Buffer.from(reply.body).toString(), 'made');
    assert.equal(reply.headers['x-id'], 'seven');
    assert.equal(reply.headers['set-cookie'], undefined);
    assert.deepEqual([reply.host, reply.address], [`hooks.test:${port}`, '127.0.0.1']);
  });

  it('tells in the answer how many bytes went each way, and calls the counter once', async (t) => {
    let [sent, received] = [0, 0];
    const port = await raw(t, (socket) => {
      sent = socket.bytesRead;
      const text = `HTTP/1.1 200 OK\r\nContent-Length: 3000\r\n\r\n${'x'.repeat(3000)}`;
      received = text.length;
      socket.end(text);
    });
    const counted: number[][] = [];
    const reply = await callLoopback(port, {}, { count: (...bytes) => counted.push(bytes) });
    assert.deepEqual([reply.sentBytes, reply.receivedBytes], [sent, received]);
    assert.deepEqual(counted, [[sent, received]]);
  });

  it('reads as much as the limit, also of a body without end, and says that it is cut', async (t) => {
    const chunk = Buffer.alloc(16_384, 'x');
    const port = await web(t, (_, response) => {
      const pump = () => {
        while (!response.destroyed && response.write(chunk));
      };
      response.on('drain', pump);
      pump();
    });
    const reply = await callLoopback(port);
    assert.deepEqual([reply.outcome, reply.isCut, reply.body.length], ['ok', true, 65_536]);
    const short = await web(t, (_, response) => response.end('12345'));
    const cut = await callLoopback(short, {}, { limits: { replyBytes: 4 } });
    assert.deepEqual([cut.isCut, Buffer.from(cut.body).toString()], [true, '1234']);
    const whole = await callLoopback(short, {}, { limits: { replyBytes: 5 } });
    assert.deepEqual([whole.isCut, Buffer.from(whole.body).toString()], [false, '12345']);
  });

  it('hands a long body on in pieces, each when the one before is done with, and holds none of it', async (t) => {
    const bytes = callBounds.heldReplyBytes + 100_000;
    const port = await web(t, (_, response) => response.end(Buffer.alloc(bytes, 'y')));
    let [taken, atOnce, most] = [0, 0, 0];
    const onData = async (piece: Uint8Array) => {
      atOnce += 1;
      most = Math.max(most, atOnce);
      await new Promise((done) => setImmediate(done));
      taken += piece.length;
      atOnce -= 1;
    };
    const reply = await callLoopback(port, { onData }, { limits: { replyBytes: bytes } });
    assert.deepEqual(
      [reply.outcome, reply.isCut, reply.body.length, taken, most],
      ['ok', false, 0, bytes, 1],
    );
    const held = await callLoopback(port, {}, { limits: { replyBytes: bytes } });
    assert.deepEqual([held.isCut, held.body.length], [true, callBounds.heldReplyBytes]);
  });

  it('throws what the taker of the pieces throws', async (t) => {
    const port = await web(t, (_, response) => response.end('x'));
    const full = Object.assign(new Error('no space left'), { code: 'ENOSPC' });
    await assert.rejects(callLoopback(port, { onData: () => Promise.reject(full) }), full);
  });

  it('a server that is silent, or sends a byte now and then, is over at the deadline', async (t) => {
    const silent = await listening(createServer(), t);
    const reply = await callLoopback(silent, {}, { limits: { timeoutMs: 100 } });
    assert.equal(reply.outcome, 'timeout');
    assert.match(reply.message ?? '', /hooks\.test:\d+: not finished within 100 ms, waiting for the page/);
    const drip = await web(t, (_, response) => {
      response.flushHeaders();
      const timer = setInterval(() => response.write('.'), 10);
      response.once('close', () => clearInterval(timer));
    });
    const slow = await callLoopback(drip, {}, { limits: { timeoutMs: 150 } });
    assert.deepEqual([slow.outcome, slow.status], ['timeout', 200]);
    assert.ok(slow.tookMs < 1000);
  });

  it('ends with the reason of a caller who wants no more, and what was sent until then is counted', async (t) => {
    const port = await raw(t, () => ending.abort(new Error('enough')));
    const ending = new AbortController();
    const counted: number[] = [];
    const fetched = callOut(
      { url: `http://hooks.test:${port}/` },
      usualLimits,
      { ...loopbackGuard, count: (sentBytes) => counted.push(sentBytes) },
      ending.signal,
    );
    await assert.rejects(fetched, /enough/);
    assert.equal(counted.length, 1);
    assert.ok((counted[0] ?? 0) > 50);
    await assert.rejects(
      callOut({ url: 'http://a.test/' }, usualLimits, loopbackGuard, ending.signal),
      /enough/,
    );
  });

  it('a connection that is refused, broken, or answers rubbish has its outcome', async (t) => {
    const gone = createServer();
    const port = await listening(gone, t);
    gone.close();
    await once(gone, 'close');
    assert.equal((await callLoopback(port)).outcome, 'refused');
    const broken = await raw(t, (socket) => socket.resetAndDestroy());
    assert.equal((await callLoopback(broken)).outcome, 'reset');
    const ssh = await raw(t, (socket) => socket.end('SSH-2.0-OpenSSH_9.9\r\n'));
    assert.equal((await callLoopback(ssh)).outcome, 'garbage');
    const endless = await raw(t, (socket) => socket.write(`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(40_000)}`));
    assert.equal((await callLoopback(endless)).outcome, 'garbage');
    const switching = await raw(t, (socket) =>
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'),
    );
    assert.equal((await callLoopback(switching)).outcome, 'garbage');
    const unknown = await callLoopback(1, {}, { resolve: async () => ({ ipv4: [], ipv6: [] }) });
    assert.equal(unknown.outcome, 'dns');
    const mistake = new TypeError('a mistake of ours');
    const resolve = () => Promise.reject(mistake);
    await assert.rejects(callLoopback(1, {}, { resolve }), mistake);
  });
});
