import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { describe, it } from 'node:test';
import { callBounds, usualLimits } from '../core/calling.ts';
import { Secret } from '../core/secret.ts';
import { type CallChange, callLoopback, listening, loopbackGuard, raw } from '../testing/fakes/outside.ts';
import { isHostOf, limitProblem, limitsOf } from './call-rules.ts';
import { callNobody } from './guarded-client.ts';

describe('what a caller may send', () => {
  const refused = (change: CallChange, message: RegExp) =>
    assert.rejects(callLoopback(1, change), (error: Error & { code?: string }) => {
      assert.equal(error.code, 'CALL_INVALID');
      assert.match(error.message, message);
      assert.ok(!/hush/.test(error.message), 'no secret stands in a message');
      return true;
    });

  it('no address but http and https, and none with a password in it', async () => {
    for (const url of ['ftp://a.test/', 'file:///etc/passwd', 'a.test', '', 'javascript:alert(1)'])
      await refused({ url }, /http or https/);
    await refused({ url: 'https://user:hush@a.test/' }, /a\.test carries a user name or password/);
    await refused({ url: `https://a.test/${'x'.repeat(2100)}` }, /at most 2048/);
    await refused({ url: new Secret('ftp://a.test/hush') }, /http or https/);
  });

  it('no header that breaks out of its line, and none that is about the connection', async () => {
    await refused({ headers: { 'x-a': 'b\r\nHost: evil.test' } }, /"x-a" .* cannot be sent/);
    await refused({ headers: { 'x-a': new Secret('hush\nSet-Cookie: a') } }, /"x-a" .* cannot be sent/);
    await refused({ headers: { 'x-a\r\nhost': 'b' } }, /"x-a\?\?host" .* cannot be sent/);
    for (const name of [
      'Host',
      'Content-Length',
      'Transfer-Encoding',
      'connection',
      'Upgrade',
      'TE',
      'expect',
    ])
      await refused({ headers: { [name]: '1' } }, /is not the caller's/);
  });

  it('no line break by way of the address', async (t) => {
    let head = '';
    const port = await raw(t, (socket) => socket.end('HTTP/1.1 200 OK\r\n\r\n'));
    const server = await listening(
      createServer((socket) =>
        socket.on('data', (chunk) => {
          head += chunk.toString('latin1');
          socket.end('HTTP/1.1 200 OK\r\n\r\n');
        }),
      ),
      t,
    );
    assert.equal((await callLoopback(port)).outcome, 'ok');
    await callLoopback(server, { url: `http://hooks.test:${server}/a\r\nX-Evil: 1\r\n/b c?d=\ne` });
    assert.match(head, /^GET \/aX-Evil:%201\/b%20c\?d=e HTTP\/1\.1\r\n/);
    assert.ok(!/^x-evil/im.test(head.split('\r\n').slice(1).join('\n')));
  });

  it('no more headers and bytes than allowed', async () => {
    const many = Object.fromEntries(Array.from({ length: 33 }, (_, index) => [`x-${index}`, 'a']));
    await refused({ headers: many }, /More than 32 headers/);
    await refused({ headers: { 'x-a': 'hush'.repeat(3000) } }, /8192 bytes/);
    await refused({ body: 'x'.repeat(65_537) }, /65537 bytes; 65536 are allowed/);
    await refused({ method: 'GET', body: 'x' }, /cannot carry a body/);
  });

  it('where nobody may be contacted, the same is refused and nothing is sent', async () => {
    const nobody = (url: string) => callNobody({ url }, usualLimits, loopbackGuard);
    assert.deepEqual((({ outcome, address }) => [outcome, address])(await nobody('https://a.test/')), [
      'unreachable',
      null,
    ]);
    await assert.rejects(nobody('ftp://a.test/'), { code: 'CALL_INVALID' });
  });
});

describe('hosts and limits of a service', () => {
  it('a declared host is meant exactly, with a star every name below', () => {
    const declared = ['Hooks.example.com', '*.cdn.example', '192.0.2.7'];
    for (const host of [
      'hooks.example.com',
      'HOOKS.example.com.',
      'a.cdn.example',
      'a.b.cdn.example',
      '192.0.2.7',
    ])
      assert.equal(isHostOf(host, declared), true, host);
    for (const host of [
      'example.com',
      'a.hooks.example.com',
      'cdn.example',
      'evilcdn.example',
      'a.cdn.example.evil',
      '',
    ])
      assert.equal(isHostOf(host, declared), false, host);
    assert.equal(isHostOf('anything.example', []), false);
  });

  it('a caller can make limits tighter and never wider', () => {
    assert.deepEqual(limitsOf(), usualLimits);
    assert.deepEqual(
      limitsOf({ replyBytes: 1e6 }, { timeoutMs: 60_000, replyBytes: 2e6, requestBytes: 10 }),
      {
        timeoutMs: 10_000,
        requestBytes: 10,
        replyBytes: 1e6,
      },
    );
    assert.equal(limitsOf({}, { timeoutMs: -5 }).timeoutMs, 1);
  });

  it('no service may declare more than a small box can bear', () => {
    assert.equal(limitProblem({}), null);
    assert.equal(limitProblem({ replyBytes: callBounds.passedReplyBytes }), null);
    assert.match(limitProblem({ replyBytes: callBounds.passedReplyBytes + 1 }) ?? '', /replyBytes/);
    assert.match(limitProblem({ timeoutMs: Number.POSITIVE_INFINITY }) ?? '', /timeoutMs/);
    assert.match(limitProblem({ requestBytes: 0 }) ?? '', /requestBytes/);
  });
});
