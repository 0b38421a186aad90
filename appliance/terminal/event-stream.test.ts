import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readEvents, type ServerEvent } from './event-stream.ts';

async function* chunksOf(text: string, size: number): AsyncGenerator<string> {
  for (let at = 0; at < text.length; at += size) yield text.slice(at, at + size);
}

async function read(text: string, size = text.length): Promise<ServerEvent[]> {
  const events: ServerEvent[] = [];
  for await (const event of readEvents(chunksOf(text, size))) events.push(event);
  return events;
}

test('events are the same however the bytes are cut', async () => {
  const text = ': hello\n\nid: 7\nevent: state.changed\ndata: {"a":\ndata: 1}\n\ndata:x\r\n\r\n';
  const expected = [
    { id: '7', event: 'state.changed', data: '{"a":\n1}' },
    { id: '7', event: 'message', data: 'x' },
  ];
  for (const size of [1, 2, 3, 5, 100])
    assert.deepEqual(await read(text, size), expected, `pieces of ${size}`);
});

test('an event that the connection cut short is not an event', async () => {
  assert.deepEqual(await read('data: whole\n\ndata: half'), [{ id: '', event: 'message', data: 'whole' }]);
});

test('an event without an end is refused instead of kept', async () => {
  await assert.rejects(read(`data: ${'x'.repeat(5_000_000)}`, 500_000), /too large/);
});
