import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { AppError } from './core/errors.ts';
import { Secret } from './core/secret.ts';
import { openProcessLog } from './process-log.ts';

async function openLog() {
  const lines: string[] = [];
  const nowhere = new Writable({ write: (_line, _encoding, done) => done() });
  const log = await openProcessLog('info', { write: (line) => lines.push(line) }, nowhere);
  return { log, lines };
}

test('a secret that somebody logs by mistake does not stand in the log, however deep', async () => {
  const { log, lines } = await openLog();
  const secret = new Secret('planted-1');
  log.info({ mqtt: { options: { password: 'planted-2', user: 'me' } } }, `connecting with ${secret}`);
  log.child({ part: 'x' }).warn({ token: 'planted-3', list: [{ apiKey: 'planted-4' }], secret }, 'odd');
  const cause = Object.assign(new Error('no'), { config: { headers: { authorization: 'planted-5' } } });
  log.error({ err: cause }, 'refused');
  log.error(
    { err: new AppError('X', 'y', { details: { deep: { claimCode: 'planted-6' } } }) },
    'refused again',
  );
  assert.equal(lines.length, 4);
  assert.doesNotMatch(lines.join(''), /planted/);
  assert.match(lines[0] ?? '', /"user":"me".*connecting with \[secret\]/);
  assert.match(lines[2] ?? '', /"message":"no"/);
});

test('what is no secret is logged as it is', async () => {
  const { log, lines } = await openLog();
  log.info({ line: 'main', code: 'ENOENT', list: [1, { a: 2 }] }, 'a fact');
  const { time, ...rest } = JSON.parse(lines[0] ?? '');
  assert.ok(Date.parse(time) > 0);
  assert.deepEqual(rest, { level: 30, line: 'main', code: 'ENOENT', list: [1, { a: 2 }], msg: 'a fact' });
  log.debug({}, 'too fine');
  assert.equal(lines.length, 1);
});
