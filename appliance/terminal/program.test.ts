import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '../core/errors.ts';
import type { Command, CommandContext, ServiceClient } from '../core/feature.ts';
import { type ProcessVerb, runProgram } from './program.ts';
import { createRecordingTerminal, type RecordingTerminal } from './recording.ts';

interface Run {
  code: number;
  terminal: RecordingTerminal;
  context: CommandContext | undefined;
}

async function run(words: string[], behaviour: () => number | Promise<number> = () => 0): Promise<Run> {
  let context: CommandContext | undefined;
  let terminal = createRecordingTerminal();
  const verb = (name: string, more: Partial<Command> = {}): Command => ({
    name,
    summary: `${name} something`,
    async run(given) {
      context = given;
      return behaviour();
    },
    ...more,
  });
  const commands = [
    verb('status'),
    verb('ping', {
      arguments: '[target]',
      options: [{ flags: '-c, --count <n>', description: 'how many', default: '4' }],
    }),
    verb('keys', { commands: [verb('create', { arguments: '<name>' })] }),
  ];
  const serve: ProcessVerb = { name: 'serve', summary: 'run', options: [], run: async () => behaviour() };
  const code = await runProgram(words, {
    version: '1.2.3',
    commands,
    processVerbs: [serve],
    signal: new AbortController().signal,
    connect: ({ data }) => ({ dataFolder: data ?? 'default' }) as ServiceClient, // the verbs here ask nothing
    openTerminal(isJson) {
      terminal = createRecordingTerminal({ isJson });
      return terminal;
    },
  });
  return { code, terminal, context };
}

test('a verb gets its arguments, its options and its defaults', async () => {
  const { code, context } = await run(['ping', 'Quad9', '-c', '2', '--data', '/x']);
  assert.equal(code, 0);
  assert.deepEqual(context?.arguments, ['Quad9']);
  assert.equal(context?.options.count, '2');
  assert.equal(context?.client.dataFolder, '/x');
  assert.equal((await run(['ping'])).context?.options.count, '4');
  assert.deepEqual((await run(['ping'])).context?.arguments, []);
});

test('--json is understood before and after the verb', async () => {
  assert.equal((await run(['--json', 'status'])).context?.terminal.isJson, true);
  assert.equal((await run(['status', '--json'])).context?.terminal.isJson, true);
  assert.equal((await run(['status'])).context?.terminal.isJson, false);
});

test('subverbs are found, and a bare verb with subverbs runs itself', async () => {
  assert.deepEqual((await run(['keys', 'create', 'phone'])).context?.arguments, ['phone']);
  assert.deepEqual((await run(['keys'])).context?.arguments, []);
});

test('the exit code is what the verb says', async () => {
  assert.equal((await run(['status'], () => 1)).code, 1);
  assert.equal((await run(['serve'], () => 1)).code, 1);
});

test('an unknown verb is a usage error with a suggestion', async () => {
  const { code, terminal } = await run(['statsu']);
  assert.equal(code, 2);
  assert.match(terminal.errors, /status/);
});

test('unknown options and surplus or missing arguments are usage errors', async () => {
  for (const words of [['status', '--nonsense'], ['status', 'x'], ['keys', 'create'], ['ping', '-c'], []]) {
    assert.equal((await run(words)).code, 2, words.join(' '));
  }
});

test('help and version end well', async () => {
  const help = await run(['ping', '--help']);
  assert.equal(help.code, 0);
  assert.match(help.terminal.output, /--count <n>.*--json/s);
  const version = await run(['--version']);
  assert.equal(version.code, 0);
  assert.equal(version.terminal.output, '1.2.3\n');
});

test('an unreachable service is 3, a bad request 2, a failure 1', async () => {
  const fail = (code: string, status: number) => () => {
    throw new AppError(code, 'the reason', { status });
  };
  assert.equal((await run(['status'], fail('SERVICE_UNREACHABLE', 503))).code, 3);
  assert.equal((await run(['status'], fail('TARGET_UNKNOWN', 404))).code, 2);
  const failed = await run(['status'], fail('STORE_FULL', 507));
  assert.equal(failed.code, 1);
  assert.equal(failed.terminal.errors, 'ist: the reason\n');
});

test('with --json an error is the same object that the API answers', async () => {
  const { terminal, code } = await run(['status', '--json'], () => {
    throw new AppError('SERVICE_UNREACHABLE', 'the reason');
  });
  assert.equal(code, 3);
  assert.deepEqual(JSON.parse(terminal.output), {
    error: { code: 'SERVICE_UNREACHABLE', message: 'the reason' },
  });
});
