import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeLog } from '../../../testing/fakes/log.ts';
import { Agenda } from './agenda.ts';

test('one thing is done after the other, also what is added meanwhile', async () => {
  const agenda = new Agenda(new FakeLog());
  const done: string[] = [];
  agenda.add('a', async () => {
    agenda.add('a', async () => void done.push('a again'));
    done.push('a');
  });
  agenda.add('b', async () => void done.push('b'));
  await agenda.run();
  assert.deepEqual(done, ['a', 'b', 'a again']);
  await agenda.run();
  assert.equal(done.length, 3);
});

test('what failed is done at the next run, does not keep others from theirs, and is told once', async () => {
  const log = new FakeLog();
  const agenda = new Agenda(log);
  let isFull = true;
  const done: string[] = [];
  agenda.add('a', async () => {
    if (isFull) throw new Error('the disk is full');
    done.push('a');
  });
  agenda.add('b', async () => void done.push('b'));
  await agenda.run();
  await agenda.run();
  assert.deepEqual(done, ['b']);
  assert.deepEqual(
    log.lines.map(({ message }) => message),
    ['not in the chain yet: the disk is full'],
  );
  isFull = false;
  await agenda.run();
  assert.deepEqual(done, ['b', 'a']);
});

test('whoever runs it while it runs waits for the same run', async () => {
  const agenda = new Agenda(new FakeLog());
  const { promise, resolve } = Promise.withResolvers<void>();
  agenda.add('a', () => promise);
  const first = agenda.run();
  assert.equal(agenda.run(), first);
  resolve();
  await first;
});
