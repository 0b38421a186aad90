import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { OutsideCall, OutsideReply, OutsideService } from '../core/calling.ts';
import type { NameQuestion } from '../core/network.ts';
import { fakeContext } from '../testing/fakes/context.ts';
import { raw } from '../testing/fakes/outside.ts';
import { Calls } from './calls.ts';
import { type CallOut, callOut } from './guarded-client.ts';

const hook: OutsideService = {
  kind: 'service',
  id: 'hook',
  name: 'The hook',
  purpose: 'Takes messages',
  learns: 'What is in them',
  protocol: 'HTTPS',
  hosts: ({ site }) => [`${site.name.toLowerCase()}.test`],
  bytesPerMonth: 1000,
  limits: { replyBytes: 100_000 },
};
const names: OutsideService = { ...hook, id: 'names', name: 'Names', hosts: ['*.names.test'] };
const probed: OutsideService = { ...hook, kind: 'probing', id: 'targets', setting: 'targets' };

const answered: OutsideReply = {
  outcome: 'ok',
  message: null,
  status: 204,
  headers: {},
  body: new Uint8Array(),
  isCut: false,
  host: 'home.test',
  address: '192.0.2.1',
  sentBytes: 100,
  receivedBytes: 200,
  tookMs: 5,
};

function scene({
  consent = {},
  callOut: send,
}: {
  consent?: Record<string, boolean>;
  callOut?: CallOut;
} = {}) {
  const sent: { call: OutsideCall; limits: object; isDeclared: (host: string) => boolean }[] = [];
  const parts = fakeContext({
    config: { consent },
    services: [hook, names, probed],
    callOut:
      send ??
      (async (call, limits, { isDeclared, count }) => {
        sent.push({ call, limits, isDeclared });
        count?.(100, 200);
        return answered;
      }),
  });
  const asked: NameQuestion[] = [];
  const reply = { rttUs: 1000, rcode: 0, answers: ['a'], ttlSeconds: 60, sizeBytes: 60 };
  parts.net.ask = async (question) => {
    asked.push(question);
    return { ...reply, outcome: 'answer' };
  };
  return { ...parts, sent, asked };
}

const url = 'https://home.test/x';
const question: NameQuestion = {
  address: '192.168.1.1',
  transport: 'udp',
  type: 'TXT',
  timeoutMs: 1000,
  name: '1.origin.names.test',
};

describe('without consent', () => {
  it('nothing is sent and nobody is asked; the error says which switch it is', async () => {
    const { calls, sent, asked } = scene();
    assert.equal(calls.to('hook').isOn, false);
    await assert.rejects(calls.to('hook').request({ url }), {
      code: 'CONSENT_MISSING',
      status: 403,
      message: /The hook is not contacted: consent\.hook is off.*ist config consent hook on/,
      details: { service: 'hook', setting: 'consent.hook' },
    });
    await assert.rejects(calls.to('names').ask(question), { code: 'CONSENT_MISSING' });
    assert.deepEqual([sent, asked], [[], []]);
    assert.deepEqual(calls.count('hook'), { contacts: 0, sentBytes: 0, receivedBytes: 0, lastMonoMs: null });
  });

  it('consent for one service is none for another', async () => {
    const { calls } = scene({ consent: { names: true } });
    await assert.rejects(calls.to('hook').request({ url }), { code: 'CONSENT_MISSING' });
  });

  it('what no feature declares, and what is only probed, has no way out at all', () => {
    const { calls } = scene({ consent: { other: true, targets: true } });
    for (const id of ['other', 'targets', 'constructor', '__proto__'])
      assert.throws(() => calls.to(id), { code: 'SERVICE_UNDECLARED' });
  });
});

describe('with consent', () => {
  it('a call goes out within the limits and to the hosts of its service, as they are configured now', async () => {
    const { calls, sent, changeConfig, config } = scene({ consent: { hook: true } });
    await calls.to('hook').request({ url, limits: { timeoutMs: 500, replyBytes: 1e9 } });
    assert.deepEqual(sent[0]?.limits, { timeoutMs: 500, requestBytes: 65_536, replyBytes: 100_000 });
    assert.deepEqual(
      ['home.test', 'hut.test', 'test'].map((host) => sent[0]?.isDeclared(host)),
      [true, false, false],
    );
    changeConfig({ site: { ...config.current.site, name: 'Hut' } });
    await calls.to('hook').request({ url });
    assert.equal(sent[1]?.isDeclared('hut.test'), true);
  });

  it('contacts, bytes and the last time are counted, for calls and for questions', async () => {
    const { calls, clock } = scene({ consent: { hook: true, names: true } });
    await calls.to('hook').request({ url });
    clock.advance(5000);
    await calls.to('hook').request({ url });
    const lastMonoMs = clock.monoMs();
    assert.deepEqual(calls.count('hook'), { contacts: 2, sentBytes: 200, receivedBytes: 400, lastMonoMs });
    await calls.to('names').ask(question);
    const { contacts, sentBytes, receivedBytes } = calls.count('names');
    // Header 12, name 21, type and class 4, each way 28 for IP and UDP.
    assert.equal(contacts, 1);
    assert.ok(sentBytes >= 28 + 12 + 21 + 4 && sentBytes <= 28 + 12 + 21 + 4 + 15, `${sentBytes}`);
    assert.equal(receivedBytes, 28 + 60);
  });

  it('a question that this box could not send is no contact', async () => {
    const { calls, net } = scene({ consent: { names: true } });
    const ask = net.ask;
    net.ask = async (asked) => ({ ...(await ask(asked)), outcome: 'local' });
    await calls.to('names').ask(question);
    assert.equal(calls.count('names').contacts, 0);
  });

  it('names outside the declared ones are not asked for', async () => {
    const { calls, asked } = scene({ consent: { names: true } });
    const other = calls.to('names').ask({ ...question, name: 'secret.example' });
    await assert.rejects(other, { code: 'CALL_INVALID' });
    assert.deepEqual(asked, []);
  });

  it('a service of the Internet is not called inside the own network, whoever asks', async () => {
    const { calls, sent } = scene({ consent: { hook: true } });
    await assert.rejects(calls.to('hook').request({ url, isInside: true }), { code: 'CALL_INVALID' });
    assert.deepEqual(sent, []);
  });

  it('what is under way ends when consent is taken back, and what was sent is counted', async (t) => {
    const { config, changeConfig, clock, log, net } = scene({ consent: { hook: true } });
    const { promise: hasAsked, resolve: isAsked } = Promise.withResolvers<void>();
    const port = await raw(t, () => isAsked());
    const calls = new Calls({
      services: [hook],
      config,
      ask: net.ask,
      clock,
      log,
      callOut,
      guard: {
        judge: () => ({ kind: 'public', words: 'the test' }),
        resolve: async () => ({ ipv4: ['127.0.0.1'], ipv6: [] }),
      },
    });
    const running = calls.to('hook').request({ url: `http://home.test:${port}/` });
    await hasAsked;
    changeConfig({ consent: { hook: false } });
    await assert.rejects(running, { code: 'CONSENT_MISSING' });
    assert.equal(calls.count('hook').contacts, 1);
    assert.ok(calls.count('hook').sentBytes > 50);
  });

  it('eight calls of a service run at once and no ninth; stopping ends them', async () => {
    const hanging: CallOut = (_call, _limits, _guard, signal) =>
      new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
    const { calls } = scene({ consent: { hook: true }, callOut: hanging });
    const running = Array.from({ length: 8 }, () => calls.to('hook').request({ url }));
    const outcomes = Promise.allSettled(running);
    await assert.rejects(calls.to('hook').request({ url }), { code: 'CALLS_BUSY', status: 429 });
    calls.stop();
    const codes = (await outcomes).map((each) => each.status === 'rejected' && each.reason.code);
    assert.deepEqual(codes, new Array(8).fill('CALLS_STOPPED'));
    await assert.rejects(calls.to('hook').request({ url }), { code: 'CALLS_STOPPED' });
  });

  it('the log names service and host, and nothing else of a call', async () => {
    const { calls, log } = scene({ consent: { hook: true } });
    await calls
      .to('hook')
      .request({ url: 'https://home.test/token-123', body: 'inside', headers: { a: 'key' } });
    const text = JSON.stringify(log.lines);
    assert.match(text, /"service":"hook","host":"home\.test"/);
    assert.doesNotMatch(text, /token-123|inside|key/);
  });
});

it('a declaration that is wrong or twice there is our mistake, and found at the start', () => {
  const { config, clock, log, net } = fakeContext();
  const make = (...services: OutsideService[]) => new Calls({ services, config, ask: net.ask, clock, log });
  assert.throws(() => make(hook, hook), { code: 'SERVICE_INVALID', message: /twice/ });
  assert.throws(() => make({ ...hook, id: 'Has Space' }), { code: 'SERVICE_INVALID', message: /camelCase/ });
  assert.throws(() => make({ ...hook, limits: { timeoutMs: 1e9 } }), {
    code: 'SERVICE_INVALID',
    message: /timeoutMs/,
  });
});
