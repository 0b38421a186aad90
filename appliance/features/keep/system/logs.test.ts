import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAtLeast, toEntry } from './log-entries.ts';
import { LogRing } from './log-ring.ts';

function ringOf(count: number): LogRing {
  const ring = new LogRing();
  for (let line = 1; line <= count; line += 1) ring.write(`line ${line}\n`);
  return ring;
}

test('the ring gives the newest lines, oldest first', () => {
  assert.deepEqual(ringOf(3).tail(2, 0), [
    { seq: 2, text: 'line 2' },
    { seq: 3, text: 'line 3' },
  ]);
  assert.deepEqual(new LogRing().tail(10, 0), []);
});

test('a reader continues where it stopped', () => {
  const ring = ringOf(5);
  assert.deepEqual(ring.tail(100, 4), [{ seq: 5, text: 'line 5' }]);
  assert.deepEqual(ring.tail(100, 5), []);
});

test('a reader from before a restart begins again', () => {
  assert.equal(ringOf(3).tail(100, 900).length, 3);
});

test('the ring never holds more than a thousand lines, nor an endless one', () => {
  const ring = ringOf(2500);
  const lines = ring.tail(5000, 0);
  assert.equal(lines.length, 1000);
  assert.equal(lines[0]?.text, 'line 1501');
  ring.write('x'.repeat(100_000));
  assert.equal(ring.tail(1, 0)[0]?.text.length, 4096);
});

test('a line of the log is taken apart', () => {
  const text =
    '{"level":40,"time":"2026-11-22T12:00:00.000Z","part":"store","feature":"latency","bytes":7,"msg":"slow"}';
  assert.deepEqual(toEntry({ seq: 7, text }), {
    seq: 7,
    at: '2026-11-22T12:00:00.000Z',
    level: 'warn',
    part: 'latency',
    message: 'slow',
    fields: { bytes: 7 },
  });
});

test('a line that was cut is still shown', () => {
  const entry = toEntry({ seq: 1, text: '{"level":30,"msg":"half' });
  assert.equal(entry.message, '{"level":30,"msg":"half');
});

test('levels are compared by how serious they are', () => {
  const entry = toEntry({ seq: 1, text: '{"level":40,"msg":"x"}' });
  assert.deepEqual(
    ['debug', 'info', 'warn', 'error'].map((level) => isAtLeast(entry, level)),
    [true, true, true, false],
  );
});
