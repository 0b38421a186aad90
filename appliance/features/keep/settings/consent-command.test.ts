import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServiceClient } from '../../../core/feature.ts';
import { createRecordingTerminal } from '../../../terminal/recording.ts';
import type { OutsideEntry, OutsideList } from '../consent/schema.ts';
import { consentCommand } from './consent-command.ts';

const hook: OutsideEntry = {
  id: 'hook',
  kind: 'service',
  name: 'The hook',
  purpose: 'Takes messages',
  learns: 'What they say',
  protocol: 'HTTPS',
  hosts: ['hook.test'],
  bytesPerMonth: 50_000,
  isOn: false,
  setting: 'consent.hook',
  mayBeInside: false,
  lastContactAt: null,
  thisMonth: { contacts: 0, sentBytes: 0, receivedBytes: 0 },
  total: { contacts: 0, sentBytes: 0, receivedBytes: 0, since: null },
};
const targets: OutsideEntry = {
  ...hook,
  id: 'targets',
  kind: 'probing',
  name: 'Targets',
  isOn: true,
  setting: 'targets',
  bytesPerMonth: 2_600_000_000,
  hosts: ['192.0.2.1', '192.0.2.2'],
  thisMonth: null,
  total: null,
};
const list: OutsideList = { month: '2026-11', services: [hook, targets] };

async function run(words: string[], { isJson = false, services = list.services } = {}) {
  const terminal = createRecordingTerminal({ isJson, columns: 80 });
  const sent: string[] = [];
  const client = {
    get: async () => ({ ...list, services }),
    send: async (method: string, path: string, body: unknown) => {
      sent.push(`${method} ${path} ${JSON.stringify(body)}`);
      return { ...hook, isOn: true };
    },
  } as unknown as ServiceClient; // it asks for nothing else
  const signal = new AbortController().signal;
  const code = await consentCommand.run({ arguments: words, options: {}, client, terminal, signal });
  return { code, sent, output: terminal.output, errors: terminal.errors };
}

test('the list shows the switches, and apart from them what is only measured towards', async () => {
  const { code, output } = await run([]);
  assert.equal(code, 0);
  assert.match(output, /Contacted only while switched on\n.*\nhook +The hook +off +never +50 kB/);
  assert.match(output, /Measured towards\n.*\ntargets +Targets +targets +2\.6 GB/);
  const bare = await run([], { services: [targets] });
  assert.match(bare.output, /^No outside service is used\./);
});

test('one entry says what it learns and how often it was contacted', async () => {
  const contacted: OutsideEntry = {
    ...hook,
    lastContactAt: '2026-11-22T12:00:00.000Z',
    thisMonth: { contacts: 3, sentBytes: 1000, receivedBytes: 500 },
    total: { contacts: 30, sentBytes: 10_000, receivedBytes: 5000, since: '2026-01' },
  };
  const { output } = await run(['hook'], { services: [contacted, targets] });
  assert.deepEqual(output.trimEnd().split('\n'), [
    'The hook, off (consent.hook)',
    'What for:  Takes messages',
    'It learns: What they say',
    'How:       HTTPS',
    'Where:     hook.test',
    'A month:   50 kB, roughly',
    'Contacted: 2026-11-22T12:00:00.000Z for the last time; 3 times this month, 1.5',
    '           kB; 30 times since 2026-01',
  ]);
  const probed = await run(['targets']);
  assert.match(probed.output, /^Targets, set by targets\n/);
  assert.doesNotMatch(probed.output, /Contacted/);
});

test('on and off write the switch; another word is told and changes nothing', async () => {
  const on = await run(['hook', 'on']);
  assert.deepEqual(on.sent, ['PUT /api/consent/hook {"isOn":true}']);
  assert.match(on.output, /^The hook, on \(consent\.hook\)/);
  assert.deepEqual((await run(['../config', 'off'])).sent, ['PUT /api/consent/..%2Fconfig {"isOn":false}']);
  const wrong = await run(['hook', 'maybe']);
  assert.deepEqual([wrong.code, wrong.sent], [2, []]);
  assert.match(wrong.errors, /"maybe" is neither on nor off/);
  await assert.rejects(run(['nobody']), { code: 'CONSENT_UNKNOWN', message: /there are hook, targets/ });
});

test('--json prints what the API answers', async () => {
  assert.deepEqual(JSON.parse((await run([], { isJson: true })).output), list);
  assert.deepEqual(JSON.parse((await run(['hook', 'on'], { isJson: true })).output), { ...hook, isOn: true });
});
