import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { toIso } from '../../../core/clock.ts';
import { openTest, temporaryFolder } from '../../../store/test-store.ts';
import { FakeClock } from '../../../testing/fakes/clock.ts';
import { settle } from '../../../testing/fakes/context.ts';
import { FakeLog } from '../../../testing/fakes/log.ts';
import { FakeStore } from '../../../testing/fakes/store.ts';
import { AnswerLog, answerMigrations } from './answer-log.ts';
import type { NameAnswer } from './schema.ts';

const atMs = Date.UTC(2026, 10, 22, 12);

function answer(more: Partial<NameAnswer> & { atMs?: number } = {}): NameAnswer {
  const { atMs: at = atMs, ...rest } = more;
  return {
    server: '192.168.1.1',
    line: 'main',
    role: 'router',
    at: toIso(at),
    name: 'example.com',
    type: 'A',
    outcome: 'answer',
    rttMs: 12.345,
    answers: ['192.0.2.1', '192.0.2.2'],
    reason: null,
    ...rest,
  };
}

async function openLog(t: TestContext) {
  const { store } = await openTest(t, { dataFolder: temporaryFolder(t), migrations: answerMigrations });
  const clock = new FakeClock();
  return { answers: new AnswerLog({ state: store.state, clock, log: new FakeLog() }), store, clock };
}

test('kept answers come back as they were, in time order, of the range that was asked for', async (t) => {
  const { answers } = await openLog(t);
  const second = answer({ atMs: atMs + 1, outcome: 'wrong', reason: '10.66.66.66 is a private address.' });
  const third = answer({ atMs: atMs + 2, outcome: 'timeout', rttMs: null, answers: [], type: 'AAAA' });
  await answers.keep([third, answer(), second], 'outage opened');
  assert.deepEqual(await answers.between(atMs, atMs + 2), [answer(), second, third]);
  assert.deepEqual(await answers.between(atMs + 1, atMs + 1), [second]);
  assert.deepEqual(await answers.between(atMs + 3, atMs + 9), []);
});

test('a server that flaps makes one write in ten seconds, and reading does not wait for it', async () => {
  const store = new FakeStore();
  const clock = new FakeClock();
  let writes = 0;
  const { write } = store.state;
  store.state.write = (statements) => {
    writes += 1;
    return write(statements);
  };
  const answers = new AnswerLog({ state: store.state, clock, log: new FakeLog() });
  await answers.keep([answer()], 'changed');
  assert.equal(writes, 1);
  for (let i = 0; i < 9; i += 1) {
    clock.advance(1000);
    await answers.keep([answer()], 'changed');
  }
  assert.equal(writes, 1);
  clock.advance(1000);
  await settle();
  assert.equal(writes, 2);
  await answers.keep([answer()], 'changed');
  await answers.between(0, 1);
  assert.equal(writes, 3, 'what waits is written before it is read');
});

test('what is kept is bounded, on disk and in memory', async (t) => {
  const { answers, store } = await openLog(t);
  await answers.keep(
    Array.from({ length: 900 }, (_, i) => answer({ atMs: atMs + i })),
    'test',
  );
  const rows = await answers.between(0, atMs * 2);
  assert.equal(rows.length, 500);
  assert.equal(rows.at(-1)?.at, toIso(atMs + 899), 'the newest are kept');
  await store.state.write([{ sql: 'update name_answers set id = id + 30000 where id > 100' }]);
  await answers.keep([answer({ atMs: atMs + 5000 })], 'test');
  assert.equal((await answers.between(0, atMs * 2)).length, 401, 'those far behind are gone');
});

test('a disk that does not take them is told once, and nothing fails', async () => {
  const store = new FakeStore();
  const log = new FakeLog();
  store.state.write = () => Promise.reject(new Error('disk full'));
  const answers = new AnswerLog({ state: store.state, clock: new FakeClock(), log });
  await answers.keep([answer()], 'changed');
  await answers.flush();
  assert.deepEqual(
    log.lines.map(({ level, fields }) => [level, fields]),
    [['warn', { reason: 'disk full' }]],
  );
});
