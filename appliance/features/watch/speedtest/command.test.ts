import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '../../../core/errors.ts';
import type { ServiceClient } from '../../../core/feature.ts';
import { createRecordingTerminal } from '../../../terminal/recording.ts';
import { failedResult, speedTest } from '../../../testing/fakes/speedtests.ts';
import { speedtestCommands } from './command.ts';
import type { SpeedTest } from './schema.ts';

interface RunOptions {
  verb?: 'list' | 'plan' | 'cancel';
  options?: Record<string, string | boolean>;
  isJson?: boolean;
}

async function run(answer: unknown, { verb, options = {}, isJson = false }: RunOptions = {}) {
  const asked: unknown[] = [];
  const reply = async (...call: unknown[]) => {
    asked.push(call);
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const client = {
    send: reply,
    get: (path: string) => reply('GET', path),
  } as unknown as ServiceClient; // what these verbs use of it
  const terminal = createRecordingTerminal({ isJson, columns: 120 });
  const [speedtest] = speedtestCommands;
  const command = verb === undefined ? speedtest : speedtest?.commands?.find(({ name }) => name === verb);
  assert.ok(command);
  const { signal } = new AbortController();
  const code = await command.run({ arguments: [], options, client, terminal, signal });
  return { code, asked, output: terminal.output, errors: terminal.errors };
}

const failed: SpeedTest = { id: '8', ...failedResult('tls') };
const failure = new AppError('SPEEDTEST_FAILED', 'no', { details: { reason: 'tls', test: failed } });

test('the verb asks for what its options say, and prints rates, delays, grade and cost', async () => {
  const { code, asked, output } = await run(speedTest(7, { flags: ['burst'] }), {
    options: {
      engine: 'peer',
      server: 'http://box.test',
      line: 'lte',
      full: true,
      ipv6: true,
      beyondBudget: true,
    },
  });
  const body = {
    engine: 'peer',
    server: 'http://box.test',
    line: 'lte',
    kind: 'full',
    family: 'ipv6',
    isBeyondBudget: true,
  };
  assert.deepEqual([code, asked], [0, [['POST', '/api/test-now', body]]]);
  assert.match(output, /95\.0 Mbit\/s down, 38\.0 Mbit\/s up\n/);
  assert.match(
    output,
    /12\.0 ms idle, 20\.0 ms under a download, 60\.0 ms under an upload: grade B, 900 round trips/,
  );
  assert.match(output, /near by peer over IPv4; 40 MB on the wire; burst/);
});

test('with --json it prints the element, also of a test that failed, and the exit code tells them apart', async () => {
  const good = await run(speedTest(7), { isJson: true });
  assert.deepEqual([good.code, JSON.parse(good.output)], [0, speedTest(7)]);
  const bad = await run(failure, { isJson: true });
  assert.deepEqual([bad.code, JSON.parse(bad.output)], [1, failed]);
});

test('a failure is told with its reason and no number; other errors stay errors', async () => {
  const { code, output } = await run(failure);
  assert.equal(code, 1);
  assert.match(output, /Not measured: failed \(near by peer over IPv4\)\.\nbecause of tls\./);
  assert.doesNotMatch(output, /Mbit/);
  await assert.rejects(run(new AppError('SPEEDTEST_BUSY', 'busy')), { code: 'SPEEDTEST_BUSY' });
  await assert.rejects(run(null, { options: { full: true, estimate: true } }), { code: 'USAGE' });
});

test('the list shows failures with their reason in their place', async () => {
  const { output, asked } = await run(
    { speedtests: [failed, speedTest(7)], next: null },
    { verb: 'list', options: { count: '20' } },
  );
  assert.deepEqual(asked, [['GET', '/api/speedtests?limit=20&details=true']]);
  assert.match(output, /peer +– +– +– +– +0 B +failed: because of tls/);
  assert.match(output, /95\.0 Mbit\/s/);
  assert.equal((await run(null, { verb: 'list', options: { count: '0' } })).code, 2);
  assert.match(
    (await run({ speedtests: [] }, { verb: 'list', options: { count: '5' } })).output,
    /no speed test yet/,
  );
});

test('the plan says when, what is left and what each engine costs; cancel says whether there was something', async () => {
  const plan = {
    running: null,
    schedule: 'adaptive',
    quietHours: null,
    lines: [
      {
        line: 'main',
        next: { text: 'A test at four.' },
        why: null,
        budget: { text: '1 GB of 50 GB used.' },
        offers: [
          { engine: 'peer', isReady: true, why: null, monthlyText: 'A test costs about 40 MB here.' },
          {
            engine: 'mlab',
            isReady: false,
            why: 'Not switched on.',
            monthlyText: 'A test costs about 50 MB here.',
          },
        ],
      },
    ],
  };
  const { output } = await run(plan, { verb: 'plan' });
  assert.match(
    output,
    /main\n {2}A test at four\.\n {2}1 GB of 50 GB used\.\n {2}peer: A test costs about 40 MB here\.\n/,
  );
  assert.match(output, /mlab: .* Not switched on\./);
  assert.deepEqual(
    [
      (await run({ isStopped: true }, { verb: 'cancel' })).code,
      (await run({ isStopped: false }, { verb: 'cancel' })).code,
    ],
    [0, 1],
  );
});
