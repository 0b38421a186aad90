/** What a real browser sends for our own page and for the pages of others, at the real gates. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { Type } from 'typebox';
import { route } from '../../appliance/core/feature.ts';
import { type AccessWorld, accessWorld, ownerPassword } from '../../appliance/testing/fakes/access-world.ts';
import { desktop } from './browser.ts';
import { openBrowser } from './shared-browser.ts';

const calls: string[] = [];
const routes = (['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const).map((method) =>
  route({
    method,
    path: '/api/test/touch',
    scope: 'write',
    tag: 'test',
    summary: 'Remembers that it was called',
    response: Type.Object({ caller: Type.String() }),
    handle({ caller }) {
      calls.push(`${method} ${caller.kind}`);
      return { caller: caller.kind };
    },
  }),
);

/** A page of somebody else: tries everything that a page may do to another address. */
const hostilePage = (target: string) => `<!doctype html><title>win</title>
<img src="${target}/api/test/touch"><script src="${target}/api/test/touch"></script>
<link rel="stylesheet" href="${target}/api/test/touch"><iframe src="${target}/"></iframe>
<iframe name="sink"></iframe>
<form id="form" method="post" action="${target}/api/test/touch" target="sink"><input name="a" value="1"></form>
<form id="text" method="post" action="${target}/api/test/touch" target="sink" enctype="text/plain">
<input name='{"a":"' value='"}'></form>
<script>
const tell = [];
const tries = [
  () => fetch('${target}/api/test/touch', { mode: 'no-cors', credentials: 'include' }),
  () => fetch('${target}/api/test/touch', { mode: 'cors', credentials: 'include' }),
  () => fetch('${target}/api/test/touch', { method: 'POST', mode: 'no-cors', credentials: 'include', body: '{}' }),
  () => fetch('${target}/api/test/touch', { method: 'POST', credentials: 'include', body: '{}',
    headers: { 'content-type': 'application/json' } }),
  () => fetch('${target}/api/test/touch', { method: 'DELETE', credentials: 'include' }),
  () => navigator.sendBeacon('${target}/api/test/touch', '{}'),
  () => new Promise((done) => {
    const socket = new WebSocket('${target}/api/ws/live'.replace('http', 'ws'));
    socket.onopen = () => done('socket open');
    socket.onerror = () => done('refused');
  }),
  () => new Promise((done) => {
    const source = new EventSource('${target}/api/live', { withCredentials: true });
    source.onopen = () => done('stream open');
    source.onerror = () => done('refused');
  }),
];
(async () => {
  for (const one of tries) tell.push(await one().then?.((r) => r.type ?? r, () => 'refused') ?? 'sent');
  form.submit();
  text.submit();
  document.title = 'done';
  window.tell = tell;
})();
</script>`;

let world: AccessWorld;
let hostile: Server;
let browser: Awaited<ReturnType<typeof openBrowser>>;
let release: () => Promise<void> = async () => undefined;

before(async () => {
  const endings: (() => unknown)[] = [];
  release = async () => {
    for (const end of endings.reverse()) await end();
  };
  const context = { after: (fn: () => unknown) => endings.push(fn) };
  world = await accessWorld(context as unknown as Parameters<typeof accessWorld>[0], { routes }); // all it uses
  mkdirSync(`${world.dataFolder}/web`);
  writeFileSync(`${world.dataFolder}/web/index.html`, '<!doctype html><title>ours</title>');
  hostile = createServer((request, response) => {
    const to = new URL(request.url ?? '/', 'http://x').searchParams.get('to') ?? '';
    response.writeHead(200, { 'content-type': 'text/html' }).end(hostilePage(to));
  });
  await new Promise<void>((done) => hostile.listen(0, '127.0.0.1', done));
  browser = await openBrowser(desktop);
});
after(async () => {
  await browser.close();
  hostile.close();
  await release();
});

test('our own page claims, changes and listens; the cookie is out of reach of scripts', async () => {
  const page = await browser.context.newPage();
  await page.goto(world.url);
  const code = await world.claimCode();
  const found = await page.evaluate(
    async ({ code, password }) => {
      const send = async (method: string, path: string, body?: unknown) => {
        const init =
          body === undefined
            ? {}
            : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
        return (await fetch(path, { method, ...init })).status;
      };
      const statuses = [await send('POST', '/api/claim', { code, password })];
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])
        statuses.push(await send(method, '/api/test/touch'));
      statuses.push(await send('POST', '/api/session/confirm', { password }));
      const opened = (make: () => WebSocket | EventSource) =>
        new Promise<boolean>((done) => {
          const connection = make();
          connection.onopen = () => {
            connection.close();
            done(true);
          };
          connection.onerror = () => done(false);
        });
      const socket = await opened(() => new WebSocket(`ws://${location.host}/api/ws/live`));
      const stream = await opened(() => new EventSource('/api/live'));
      return { statuses, socket, stream, cookie: document.cookie };
    },
    { code, password: ownerPassword },
  );
  assert.deepEqual(found, { statuses: Array(7).fill(200), socket: true, stream: true, cookie: '' });
  const cookies = await browser.context.cookies(world.url);
  assert.deepEqual(
    cookies.map(({ name, httpOnly, sameSite }) => ({ name, httpOnly, sameSite })),
    [{ name: 'ist_session', httpOnly: true, sameSite: 'Strict' }],
  );
  assert.equal(calls.splice(0).length, 5);
  await page.close();
});

for (const [kind, host] of [
  ['another site', 'localhost'],
  ['another port of the same machine, where the cookie goes along', '127.0.0.1'],
] as const) {
  test(`a page of ${kind} gets nothing, changes nothing and hears nothing`, async () => {
    const page = await browser.context.newPage();
    const answers: string[] = [];
    let sent = 0;
    page.on('request', (request) => {
      if (request.url().startsWith(world.url)) sent += 1;
    });
    page.on('response', (response) => {
      if (response.url().startsWith(world.url) && response.status() < 400)
        answers.push(`${response.request().method()} ${response.url()} ${response.status()}`);
    });
    const { port } = hostile.address() as AddressInfo; // a TCP server has one
    await page.goto(`http://${host}:${port}/?to=${encodeURIComponent(world.url)}`);
    await page.waitForFunction(() => document.title === 'done');
    await page.waitForLoadState('networkidle');
    const tell = await page.evaluate(() => (window as unknown as { tell: string[] }).tell);
    assert.deepEqual(answers, []);
    assert.deepEqual(calls, []);
    assert.ok(sent >= 10, `the page sent ${sent} requests`);
    assert.ok(
      tell.every((one) => ['refused', 'opaque', 'sent'].includes(one)),
      tell.join(', '),
    );
    assert.equal((await browser.context.cookies(world.url)).length, 1, 'and the session is still there');
    await page.close();
  });
}

test('a name that somebody let point to us shows no page and has no cookie', async () => {
  const page = await browser.context.newPage();
  // Browsers resolve everything below localhost to this machine: the second half of a rebinding.
  for (const path of ['/', '/api/session', '/api/test/touch', '/health']) {
    const answer = await page.goto(`http://evil.localhost:${world.port}${path}`);
    assert.equal(answer?.status(), 421, path);
    assert.equal((await answer?.request().allHeaders())?.cookie, undefined, path);
  }
  assert.deepEqual(calls, []);
  await page.close();
});
