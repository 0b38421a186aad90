import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServiceClient } from '../../../core/feature.ts';
import { createRecordingTerminal } from '../../../terminal/recording.ts';
import { dnsCommands, whoDiffers } from './command.ts';
import type { NameAnswer, NameOutcome, NameServerState } from './schema.ts';

function answer(server: string, outcome: NameOutcome, more: Partial<NameAnswer> = {}): NameAnswer {
  return {
    server,
    line: 'main',
    role: 'system',
    at: '2026-11-22T12:00:00.000Z',
    name: 'example.com',
    type: 'A',
    outcome,
    rttMs: outcome === 'timeout' ? null : 12.3456,
    answers: outcome === 'answer' ? ['93.184.215.14'] : [],
    reason: null,
    ...more,
  };
}

function state(
  id: string,
  outcome: NameOutcome | null,
  more: Partial<NameServerState> = {},
): NameServerState {
  const { role = 'system' } = more;
  return {
    id,
    line: 'main',
    address: id,
    family: 'ipv4',
    transport: 'udp',
    role,
    count: 60,
    failed: outcome === 'answer' ? 0 : 60,
    p50Ms: outcome === 'timeout' ? null : 12.3456,
    p95Ms: outcome === 'timeout' ? null : 40,
    last: outcome === null ? null : answer(id, outcome, { role }),
    isRedirectingMistakes: null,
    ...more,
  };
}

async function run(reply: unknown, words: string[] = [], options = {}, isJson = false) {
  const terminal = createRecordingTerminal({ columns: 120, isJson });
  const sent: unknown[] = [];
  const client = {
    get: async () => reply,
    send: async (...request: unknown[]) => {
      sent.push(request);
      return reply;
    },
  } as unknown as ServiceClient; // the two calls of this verb
  const [command] = dnsCommands;
  assert.ok(command);
  const { signal } = new AbortController();
  const code = await command.run({ arguments: words, options, client, terminal, signal });
  return { code, output: terminal.output, sent };
}

test('every server is a row with its times, its failures and what it does, in words', async () => {
  const servers = [
    state('192.168.1.1', 'answer', { role: 'router', isRedirectingMistakes: true }),
    state('9.9.9.9', 'timeout'),
    state('tls://9.9.9.9', null, { role: 'configured' }),
  ];
  const { code, output } = await run({ servers });
  assert.equal(code, 0);
  assert.match(
    output,
    /192\.168\.1\.1 +router +12\.3 ms +40\.0 ms +0 of 60 +answers; sends mistyped names somewhere/,
  );
  assert.match(output, /9\.9\.9\.9 +network +– +– +60 of 60 +does not answer/);
  assert.match(output, /tls:\/\/9\.9\.9\.9 +yours .* not asked yet/);
});

test('a wrong answer is shown with its reason', async () => {
  const last = answer('192.168.1.1', 'wrong', { reason: '10.66.66.66 is a private address.' });
  const { output } = await run({ servers: [state('192.168.1.1', 'wrong', { last })] });
  assert.match(output, /gives wrong addresses\n192\.168\.1\.1: 10\.66\.66\.66 is a private address\./);
});

test('the exit code says whether the house resolves names: who only compares does not help', async () => {
  const router = state('192.168.1.1', 'servfail', { role: 'router' });
  const other = state('9.9.9.9', 'answer', { role: 'configured' });
  const control = state('1.1.1.1', 'answer', { role: 'control' });
  assert.equal((await run({ servers: [router, other, control] })).code, 1);
  assert.equal((await run({ servers: [router, state('192.168.1.2', 'answer')] })).code, 0);
  assert.equal(
    (await run({ servers: [router, state('192.168.1.2', null)] })).code,
    0,
    'not asked is not failed',
  );
  assert.equal((await run({ servers: [other, control] })).code, 0);
  assert.equal((await run({ servers: [] })).code, 1);
  const json = await run({ servers: [router] }, [], {}, true);
  assert.deepEqual([json.code, JSON.parse(json.output)], [1, { servers: [router] }]);
});

test('with a name every server is asked, and who says something else is named', async () => {
  const answers = [
    answer('192.168.1.1', 'answer', { role: 'router' }),
    answer('9.9.9.9', 'answer'),
    answer('8.8.8.8', 'answer', { answers: ['192.0.2.7', '192.0.2.8'] }),
    answer('4.4.4.4', 'refused'),
  ];
  const { code, output, sent } = await run({ answers }, ['example.com'], { type: 'aaaa', server: '9.9.9.9' });
  assert.deepEqual(sent, [
    ['POST', '/api/dns/ask', { name: 'example.com', type: 'AAAA', server: '9.9.9.9' }],
  ]);
  assert.equal(code, 0);
  assert.match(output, /192\.168\.1\.1 +router +12\.3 ms +93\.184\.215\.14/);
  assert.match(output, /4\.4\.4\.4 +network +12\.3 ms +refuses to answer/);
  assert.match(output, /\n8\.8\.8\.8 says something else than the others\. For large sites that is usual/);
  const failed = await run({ answers: [answer('192.168.1.1', 'nxdomain')] }, ['no.example'], {}, true);
  assert.equal(failed.code, 1);
  await assert.rejects(run({ answers }, ['example.com'], { type: 'MX' }), { code: 'USAGE' });
});

test('who could not answer does not differ, and nobody does without a majority to differ from', () => {
  const who = (...answers: NameAnswer[]) => whoDiffers(answers).map(({ server }) => server);
  const [one, two] = [answer('one', 'answer'), answer('two', 'answer')];
  const other = answer('three', 'answer', { answers: ['192.0.2.9'] });
  assert.deepEqual(who(), []);
  assert.deepEqual(who(one, other), []);
  assert.deepEqual(who(one, two, other), ['three']);
  assert.deepEqual(who(one, two, answer('four', 'timeout'), answer('five', 'servfail')), []);
  assert.deepEqual(who(one, two, answer('three', 'answer', { answers: ['192.0.2.9', '93.184.215.14'] })), []);
  assert.deepEqual(who(answer('one', 'nxdomain'), answer('two', 'nxdomain'), other), ['three']);
  assert.deepEqual(who(one, two, answer('six', 'wrong', { answers: ['93.184.215.14'] })), ['six']);
});
