import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeLog } from '../testing/fakes/log.ts';
import { Bus } from './bus.ts';

declare module './bus.ts' {
  interface EventMap {
    'test.rang': { value: number };
  }
}

test('a listener that throws is logged and does not stop the others', () => {
  const log = new FakeLog();
  const bus = new Bus(log);
  const seen: number[] = [];
  bus.on('test.rang', () => {
    throw new Error('broken');
  });
  bus.on('test.rang', ({ value }) => seen.push(value));
  bus.emit('test.rang', { value: 7 });
  assert.deepEqual(seen, [7]);
  assert.equal(log.lines.length, 1);
  assert.equal(log.lines[0]?.level, 'error');
});

test('an unsubscribed listener hears nothing more', () => {
  const bus = new Bus(new FakeLog());
  let calls = 0;
  const off = bus.on('test.rang', () => {
    calls += 1;
  });
  bus.emit('test.rang', { value: 1 });
  off();
  bus.emit('test.rang', { value: 2 });
  assert.equal(calls, 1);
});
