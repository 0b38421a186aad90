import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CommandEntity } from '../core/entities.ts';
import { AppError } from '../core/errors.ts';
import { FakeClock } from '../testing/fakes/clock.ts';
import { settle } from '../testing/fakes/context.ts';
import { FakeLog } from '../testing/fakes/log.ts';
import { type CommandAnswer, CommandDesk } from './command-desk.ts';

function begin(run: CommandEntity['run'] = () => ({}), isOn = true) {
  const clock = new FakeClock();
  const answers: CommandAnswer[] = [];
  const desk = new CommandDesk([{ component: 'button', key: 'push', run }], {
    clock,
    log: new FakeLog(),
    at: () => 'now',
    isOn: () => isOn,
    answer: (answer) => answers.push(answer),
  });
  const say = (text: string, { key = 'push', isRetained = false } = {}) =>
    desk.take(key, Buffer.from(text), isRetained);
  return {
    clock,
    answers,
    desk,
    say,
    outcomes: () => answers.map(({ id, outcome, code }) => [id, outcome, code]),
  };
}

test('an accepted command answers twice, with the id of who sent it or with one of ours', async () => {
  const { answers, say } = begin(() => ({ pushed: 1 }));
  say('{"id":"mine"}');
  await settle();
  assert.deepEqual(answers, [
    { id: 'mine', command: 'push', outcome: 'accepted', at: 'now' },
    { id: 'mine', command: 'push', outcome: 'done', facts: { pushed: 1 }, at: 'now' },
  ]);
  say('PRESS');
  await settle();
  assert.match(answers[2]?.id ?? '', /^[0-9a-f-]{36}$/);
  assert.equal(answers[3]?.id, answers[2]?.id);
});

test('a failure says why when we know, and nothing of our inside when we do not', async () => {
  const reasons = [new AppError('BUSY', 'The line is in use'), new TypeError('x is undefined at /srv/ist')];
  const { answers, say } = begin(() => Promise.reject(reasons.shift()));
  say('PRESS');
  await settle();
  say('PRESS');
  await settle();
  const failed = answers.filter(({ outcome }) => outcome === 'failed');
  assert.deepEqual(
    failed.map(({ code, reason }) => [code, reason]),
    [
      ['BUSY', 'The line is in use'],
      ['INTERNAL', 'It failed inside; the log says more.'],
    ],
  );
});

test('unknown, switched off, twice at once and retained: none is run', async () => {
  let runs = 0;
  const never = () => new Promise<object>(() => undefined);
  const slow = begin(() => {
    runs += 1;
    return never() as Promise<Record<string, unknown>>; // it does not end in this test
  });
  slow.say('{"id":"a"}');
  slow.say('{"id":"b"}');
  slow.say('{"id":"c"}', { isRetained: true });
  slow.say('{"id":"d"}', { key: '../etc\u0000' });
  await settle();
  assert.equal(runs, 1);
  assert.deepEqual(slow.outcomes().slice(0, 2), [
    ['a', 'accepted', undefined],
    ['b', 'refused', 'COMMAND_BUSY'],
  ]);
  assert.deepEqual(
    slow.answers.slice(2).map(({ command, code }) => [command, code]),
    [['unknown', 'COMMAND_UNKNOWN']],
  );
  const off = begin(() => ({}), false);
  off.say('{"id":"e"}');
  assert.deepEqual(off.outcomes(), [['e', 'refused', 'COMMANDS_OFF']]);
});

test('a flood is stopped after ten, answered once in ten seconds, and over in half a minute', async () => {
  const { clock, answers, desk, say } = begin();
  for (let press = 0; press < 1000; press += 1) {
    say('PRESS');
    await Promise.resolve();
  }
  await settle();
  assert.ok(answers.length <= 21, `${answers.length} answers`);
  assert.equal(answers.filter(({ code }) => code === 'COMMANDS_TOO_MANY').length, 1);
  assert.equal(desk.accepted + desk.refused, 1000);
  clock.advance(30_000);
  const before = desk.accepted;
  for (let press = 0; press < 10; press += 1) {
    say('PRESS');
    await settle();
  }
  assert.equal(desk.accepted - before, 10);
});
