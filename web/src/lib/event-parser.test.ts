import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventParser } from './event-parser.ts';

test('messages are read from pieces cut anywhere', () => {
  const text =
    ': hello\n\nid: 7\nevent: state.changed\ndata: {"state":"up"}\n\nid: 8\nevent: heartbeat\ndata: {}\n\n';
  const whole = new EventParser().push(text);
  assert.deepEqual(whole, [
    { id: '7', event: 'state.changed', data: '{"state":"up"}' },
    { id: '8', event: 'heartbeat', data: '{}' },
  ]);
  for (let cut = 1; cut < text.length; cut += 1) {
    const parser = new EventParser();
    assert.deepEqual(
      [...parser.push(text.slice(0, cut)), ...parser.push(text.slice(cut))],
      whole,
      `cut at ${cut}`,
    );
  }
});

test('several data lines are one text, and an id is kept until the next one', () => {
  const parser = new EventParser();
  assert.deepEqual(parser.push('id: 1\ndata: a\ndata: b\n\ndata: c\n\n'), [
    { id: '1', event: 'message', data: 'a\nb' },
    { id: '1', event: 'message', data: 'c' },
  ]);
});

test('lines may end with CR LF', () => {
  assert.deepEqual(new EventParser().push('event: x\r\ndata: 1\r\n\r\n'), [
    { id: '', event: 'x', data: '1' },
  ]);
});

test('a line without an end is refused before it fills the memory', () => {
  const parser = new EventParser();
  assert.throws(() => parser.push('x'.repeat(1_000_001)), /without an end/);
});
