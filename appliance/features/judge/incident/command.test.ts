import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Command, ServiceClient } from '../../../core/feature.ts';
import { createRecordingTerminal } from '../../../terminal/recording.ts';
import { outageOf } from '../../../testing/fakes/outages.ts';
import type { PathTrace } from '../../watch/path/schema.ts';
import { incidentCommands } from './command.ts';
import type { Incident, IncidentDetail } from './schema.ts';

process.env.TZ = 'Etc/UTC'; // times are shown in the zone of the terminal

const begin = Date.UTC(2026, 10, 22, 19, 42, 7);
const iso = (seconds: number) => new Date(begin + seconds * 1000).toISOString();

const incident: Incident = {
  id: 12,
  line: 'main',
  title: 'No Internet for 9 min 23 s',
  text: 'The Internet was down from 19:42:07 to 19:51:30 (9 min 23 s). Your router answered all the time.',
  kind: 'outage',
  verdict: 'access',
  confidence: 0.9,
  severity: 'critical',
  startedAt: iso(0),
  endedAt: iso(563),
  downSeconds: 563,
  degradedSeconds: 0,
  outages: [7],
  tags: ['storm'],
  isAcknowledged: false,
  isEdited: false,
};

function reached(target: string): PathTrace {
  const times = { sent: 3, lost: 0, rttMs: 1, bestMs: 1, worstMs: 1 };
  return {
    id: 1,
    line: 'main',
    family: 'ipv4',
    target,
    address: '203.0.113.10',
    at: iso(-60),
    reason: 'scheduled',
    fingerprint: 'a',
    isReached: true,
    end: 'reached',
    hops: [{ ttl: 1, addresses: ['192.168.1.1'], name: null, segment: 'gateway', ...times, network: null }],
  };
}

const detail: IncidentDetail = {
  incident,
  outages: [outageOf(7, begin, 563)],
  gaps: [],
  busy: [],
  timeline: [
    { at: iso(0), kind: 'first-loss', text: 'The Internet was down: the first exchange that shows it.' },
    { at: iso(563), kind: 'recovered', text: 'Over after 9 min 23 s.' },
  ],
  impacts: [
    {
      activity: 'voice',
      failures: 1,
      seconds: 563,
      text: 'Voice calls would have failed once, for 9 min 23 s.',
      method: 'The E-model.',
    },
    { activity: 'games', failures: 0, seconds: 0, text: 'Games would have been playable.', method: '' },
  ],
  notes: [{ id: 3, at: iso(600), text: 'Called the provider.' }],
  traces: {
    before: [reached('a1'), reached('a2')],
    during: [{ ...reached('a1'), isReached: false }],
    after: [],
  },
  names: [],
  captures: [],
};

async function run(
  words: string[],
  answer: unknown,
  more: { isJson?: boolean; options?: Record<string, string> } = {},
) {
  const sent: { method: string; path: string; body?: unknown }[] = [];
  const client = {
    get: async (path: string) => {
      sent.push({ method: 'GET', path });
      return answer;
    },
    send: async (method: string, path: string, body?: unknown) => {
      sent.push({ method, path, ...(body === undefined ? {} : { body }) });
      return answer;
    },
  } as unknown as ServiceClient; // all that these commands ask
  const terminal = createRecordingTerminal({ columns: 100, isJson: more.isJson ?? false });
  const [incidents] = incidentCommands;
  assert.ok(incidents);
  const child = incidents.commands?.find(({ name }) => name === words[0]);
  const command: Command = child ?? incidents;
  const code = await command.run({
    arguments: child ? words.slice(1) : words,
    options: { days: '30', limit: '50', ...more.options },
    client,
    terminal,
    signal: new AbortController().signal,
  });
  return { code, sent, output: terminal.output };
}

test('the list has one line an incident, with cause and words', async () => {
  const { code, sent, output } = await run([], { incidents: [incident] }, { options: { verdict: 'access' } });
  assert.equal(code, 0);
  assert.match(sent[0]?.path ?? '', /^\/api\/incidents\?from=.*Z&limit=50&verdict=access$/);
  assert.deepEqual(output.split('\n'), [
    '   No.  Began                  Fault                      What',
    '■   12  22 Nov 2026, 19:42:07  the line to your provider  No Internet for 9 min 23 s *',
    '',
  ]);
});

test('an empty list says over how long nothing happened', async () => {
  const { output } = await run([], { incidents: [] }, { options: { days: '7' } });
  assert.equal(output, 'No incident in the last 7 days.\n');
});

test('show reads as a person would tell it', async () => {
  const { sent, output } = await run(['show', '12'], detail);
  assert.deepEqual(sent, [{ method: 'GET', path: '/api/incidents/12' }]);
  assert.deepEqual(output.split('\n'), [
    '■ 12. No Internet for 9 min 23 s',
    'The Internet was down from 19:42:07 to 19:51:30 (9 min 23 s). Your router answered all the time.',
    '',
    'line main, critical, 90 % sure of the cause, down 9 min 23 s, records 7, tags storm',
    '',
    'What happened',
    '22 Nov 2026',
    '19:42:07  The Internet was down: the first exchange that shows it.',
    '19:51:30  Over after 9 min 23 s.',
    '',
    'What would not have worked',
    '■ Voice calls would have failed once, for 9 min 23 s.',
    '● Games would have been playable.',
    '',
    'The way before, during and after',
    'before: a1, a2: reached',
    'during: a1: not reached, the last to answer was hop 1, 192.168.1.1',
    '',
    'Notes',
    '3: Called the provider. (22 Nov 2026, 19:52:07)',
    '',
    'Measured',
    "Record 7 (no-answer/isp-hop-silent): The router answered, the provider's first router did not.",
    'Calls: The E-model.',
    '',
  ]);
});

test('--json is what the API says', async () => {
  assert.deepEqual(JSON.parse((await run(['show', '12'], detail, { isJson: true })).output), detail);
  const { output } = await run([], { incidents: [incident] }, { isJson: true });
  assert.deepEqual(JSON.parse(output), { incidents: [incident] });
});

test('every change by hand calls its route', async () => {
  const sentBy = async (words: string[], answer: unknown = incident) => (await run(words, answer)).sent[0];
  assert.deepEqual(
    await sentBy(['note', '12', 'Called', 'them.'], { id: 4, at: iso(0), text: 'Called them.' }),
    {
      method: 'POST',
      path: '/api/incidents/12/notes',
      body: { text: 'Called them.' },
    },
  );
  assert.deepEqual(await sentBy(['merge', '12', '13']), {
    method: 'POST',
    path: '/api/incidents/merge',
    body: { ids: [12, 13] },
  });
  assert.deepEqual(await sentBy(['split', '12', '7'], { incidents: [incident] }), {
    method: 'POST',
    path: '/api/incidents/12/split',
    body: { outages: [7] },
  });
  assert.deepEqual(await sentBy(['tag', '12', 'storm', 'modem']), {
    method: 'PUT',
    path: '/api/incidents/12/tags',
    body: { tags: ['storm', 'modem'] },
  });
  assert.deepEqual(await sentBy(['acknowledge', '12']), {
    method: 'POST',
    path: '/api/incidents/12/acknowledge',
  });
  const made = { id: 'AAAAAAAAAAAAAAAAAAAAAA', at: iso(0), incident: 12, title: '', bytes: 1 };
  assert.match((await run(['snapshot', '12'], made)).output, /\/snapshot\?id=AAAAAAAAAAAAAAAAAAAAAA$/m);
});

test('what is no number is refused with what it should be', async () => {
  await assert.rejects(run(['show', 'last'], detail), { code: 'USAGE', message: /"last" is not the number/ });
  await assert.rejects(run([], {}, { options: { days: '0' } }), { code: 'USAGE', message: /--days is 0/ });
});
