import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { usualLimits } from '../core/calling.ts';
import { callLoopback, loopbackGuard, web } from '../testing/fakes/outside.ts';
import { judgeAddress, ownNetworks } from './address-guard.ts';
import { callOut, type Guard } from './guarded-client.ts';

describe('where a call may lead', () => {
  it('only to hosts that the service has declared', async (t) => {
    const port = await web(t, (_, response) =>
      response.writeHead(302, { location: 'http://other.test/' }).end(),
    );
    let looked = 0;
    const resolve: typeof loopbackGuard.resolve = async () => {
      looked += 1;
      return { ipv4: ['127.0.0.1'], ipv6: [] };
    };
    const isDeclared = (host: string) => host === 'hooks.test';
    const reply = await callLoopback(port, {}, { isDeclared, resolve });
    assert.deepEqual([reply.outcome, reply.host], ['denied', 'other.test']);
    assert.match(reply.message ?? '', /^other\.test: not one of the hosts that this service has declared$/);
    assert.equal(looked, 1, 'the other name is not even looked up');
  });

  it('never to this box, its link or an address that is none, by whatever name or notation', async () => {
    const judged = { judge: judgeAddress, ownNetworks: () => ownNetworks([]) };
    for (const host of [
      'localhost',
      '127.1',
      '0x7f000001',
      '2130706433',
      '017700000001',
      '0',
      '[::1]',
      '[::]',
      '[::ffff:127.0.0.1]',
      '[::ffff:7f00:1]',
      '[64:ff9b::7f00:1]',
      '[2002:7f00:1::]',
      '169.254.169.254',
      '[fe80::1]',
      '224.0.0.1',
    ]) {
      const { resolve: _, ...rest } = loopbackGuard;
      const reply = await callOut({ url: `http://${host}:1/` }, usualLimits, { ...rest, ...judged });
      assert.deepEqual([host, reply.outcome, reply.address], [host, 'denied', null]);
    }
  });

  it('into the own network only when the call is meant for it', async () => {
    const resolve = async () => ({ ipv4: ['10.1.2.3'], ipv6: [] });
    const reply = await callLoopback(1, {}, { resolve });
    assert.equal(reply.outcome, 'denied');
    assert.match(
      reply.message ?? '',
      /10\.1\.2\.3 is a private address, and the call is not meant for the own network/,
    );
    let tried = '';
    const judge: Guard['judge'] = (address) => {
      tried = address;
      return { kind: 'inside', words: 'a private address' };
    };
    const loopback = async () => ({ ipv4: ['127.0.0.1'], ipv6: [] });
    const meant = await callLoopback(1, { isInside: true }, { resolve: loopback, judge });
    assert.deepEqual([meant.outcome, meant.address, tried], ['refused', '127.0.0.1', '127.0.0.1']);
  });

  it('a name is looked up once and connected to where it was judged, however it is rebound', async (t) => {
    const port = await web(t, (_, response) => response.end('public'));
    const turns = [['127.0.0.1'], ['192.168.1.1']];
    const resolve = async () => ({ ipv4: turns.shift() ?? [], ipv6: [] });
    const reply = await callLoopback(port, {}, { resolve });
    assert.equal(Buffer.from(reply.body).toString(), 'public');
    assert.equal(turns.length, 1);
    const rebound = await callLoopback(port, {}, { resolve });
    assert.deepEqual([rebound.outcome, rebound.address], ['denied', null]);
  });

  it('of a name with two addresses only the one that may be called is connected to', async (t) => {
    const port = await web(t, (_, response) => response.end('public'));
    const resolve = async () => ({ ipv4: ['192.168.1.1', '127.0.0.1'], ipv6: ['::1', 'fd00::1'] });
    const reply = await callLoopback(port, {}, { resolve });
    assert.deepEqual([reply.outcome, reply.address], ['ok', '127.0.0.1']);
  });

  it('goes on to the next address when one does not answer', async (t) => {
    const port = await web(t, (_, response) => response.end('here'));
    const judge: Guard['judge'] = () => ({ kind: 'public', words: 'the test' });
    const resolve = async () => ({ ipv4: ['127.0.0.1'], ipv6: ['::1'] });
    const reply = await callLoopback(port, {}, { judge, resolve });
    assert.deepEqual([reply.outcome, reply.address], ['ok', '127.0.0.1']);
  });

  it('a redirect is judged like the call itself', async (t) => {
    const port = await web(t, (_, response) =>
      response.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data' }).end(),
    );
    const reply = await callLoopback(port);
    assert.equal(reply.outcome, 'denied');
    assert.match(reply.message ?? '', /169\.254\.169\.254 is a link-local address/);
    assert.ok(!reply.message?.includes('meta-data'));
  });

  it('follows three redirects and no fourth', async (t) => {
    let asked = 0;
    const port = await web(t, (request, response) => {
      asked += 1;
      const left = Number(request.url?.slice(1));
      if (left === 0) response.end('there');
      else response.writeHead(301, { location: `/${left - 1}` }).end('moved');
    });
    const at = (left: number) => callLoopback(port, { url: `http://hooks.test:${port}/${left}` });
    assert.equal(Buffer.from((await at(3)).body).toString(), 'there');
    assert.equal(asked, 4);
    const fourth = await at(4);
    assert.deepEqual([fourth.outcome, asked], ['denied', 8]);
    assert.match(fourth.message ?? '', /more than 3 redirects/);
  });

  it('credentials, cookies and all headers of the caller stay with the host they were meant for', async (t) => {
    const seen: string[] = [];
    const there = await web(t, (request, response) => {
      seen.push(Object.keys(request.headers).sort().join(' '));
      response.end();
    });
    const port = await web(t, (request, response) => {
      const isFirst = request.url === '/first';
      seen.push(`${request.headers.authorization} ${request.headers['x-api-key']}`);
      const location = isFirst ? '/second' : `http://other.test:${there}/`;
      response.writeHead(307, { location }).end();
    });
    const headers = { authorization: 'Bearer abc', cookie: 'a=b', 'x-api-key': 'k', accept: 'text/plain' };
    await callLoopback(port, { url: `http://hooks.test:${port}/first`, headers });
    assert.deepEqual(seen, [
      'Bearer abc k',
      'Bearer abc k',
      'accept accept-encoding connection host user-agent',
    ]);
  });

  it('a body goes to no other host, and not along when a redirect asks for a page', async (t) => {
    const seen: string[] = [];
    const port = await web(t, async (request, response) => {
      const body = (await request.toArray()).join('');
      seen.push(`${request.method} ${request.url} ${request.headers['content-type']} ${body}`);
      const status = Number(request.url?.slice(1));
      const location = status === 308 ? 'http://other.test/' : '/done';
      if (status > 0) response.writeHead(status, { location }).end();
      else response.end();
    });
    const post = (status: number) =>
      callLoopback(port, {
        url: `http://hooks.test:${port}/${status}`,
        body: 'secret',
        headers: { 'content-type': 'text/plain' },
      });
    assert.equal((await post(303)).outcome, 'ok');
    assert.equal((await post(307)).outcome, 'ok');
    const other = await post(308);
    assert.equal(other.outcome, 'denied');
    assert.match(other.message ?? '', /sends what it was given on to other\.test/);
    assert.deepEqual(seen, [
      'POST /303 text/plain secret',
      'GET /done undefined ',
      'POST /307 text/plain secret',
      'POST /done text/plain secret',
      'POST /308 text/plain secret',
    ]);
  });

  it('a redirect to nowhere, to another protocol or with a password is followed nowhere', async (t) => {
    let location = '';
    const port = await web(t, (_, response) => response.writeHead(302, { location }).end());
    for (location of ['ftp://a.test/', 'file:///etc/passwd', 'http://u:p@a.test/', 'http://[', 'gopher://a/'])
      assert.deepEqual([location, (await callLoopback(port)).outcome], [location, 'denied']);
  });
});
