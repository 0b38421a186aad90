import assert from 'node:assert/strict';
import { randomBytes, randomInt } from 'node:crypto';
import { test } from 'node:test';
import { FrameError, FrameReader, frameHeader, opcodes, shortFrame } from './frames.ts';
import { framedBlock } from './payload.ts';

/** Everything a reader tells of some bytes, given in pieces of random sizes. */
function read(bytes: Uint8Array, isMasked: boolean, pieces: () => number) {
  const heard: string[] = [];
  const reader = new FrameReader(isMasked, {
    onText: (text) => heard.push(`text ${text}`),
    onPing: (payload) => heard.push(`ping ${Buffer.from(payload)}`),
    onClose: (code) => heard.push(`close ${code}`),
  });
  for (let at = 0; at < bytes.length; ) {
    const size = pieces();
    reader.push(bytes.subarray(at, at + size));
    at += size;
  }
  return { heard, payloadBytes: reader.payloadBytes };
}

const text = (words: string, mask: Uint8Array | null) => shortFrame(opcodes.text, Buffer.from(words), mask);

test('binary payload is counted and everything else is told, however the bytes are cut', () => {
  for (const isMasked of [false, true]) {
    const mask = () => (isMasked ? randomBytes(4) : null);
    const stream = Buffer.concat([
      framedBlock(isMasked ? 'client' : 'server'),
      text('{"AppInfo":{}}', mask()),
      shortFrame(opcodes.ping, Buffer.from('hallo'), mask()),
      text('x'.repeat(300), mask()),
      frameHeader(opcodes.binary, 0, mask()),
      shortFrame(opcodes.close, Uint8Array.of(0x03, 0xe8), mask()),
    ]);
    const expected = {
      heard: ['text {"AppInfo":{}}', 'ping hallo', `text ${'x'.repeat(300)}`, 'close 1000'],
      payloadBytes: 262_144,
    };
    assert.deepEqual(
      read(stream, isMasked, () => stream.length),
      expected,
    );
    for (let round = 0; round < 20; round += 1)
      assert.deepEqual(
        read(stream, isMasked, () => randomInt(1, 50_000)),
        expected,
      );
  }
});

test('a message in parts, with a ping in between, is one message', () => {
  const first = frameHeader(opcodes.text, 2, null);
  first[0] = opcodes.text; // without the final bit
  const stream = Buffer.concat([
    first,
    Buffer.from('ab'),
    shortFrame(opcodes.ping, Buffer.from('?'), null),
    shortFrame(opcodes.continuation, Buffer.from('cd'), null),
  ]);
  assert.deepEqual(read(stream, false, () => 1).heard, ['ping ?', 'text abcd']);
});

test('what is no frame of this protocol ends the reading', () => {
  const huge = frameHeader(opcodes.binary, 70_000, null);
  huge.set([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], 2);
  const broken: [name: string, bytes: Uint8Array][] = [
    ['reserved bits', Uint8Array.of(0xc2, 0x00)],
    ['an unknown kind', Uint8Array.of(0x83, 0x00)],
    ['an unknown control frame', Uint8Array.of(0x8b, 0x00)],
    ['a masked frame of a server', shortFrame(opcodes.text, Buffer.from('a'), randomBytes(4))],
    ['a long ping', frameHeader(opcodes.ping, 126, null)],
    ['a close in parts', Uint8Array.of(0x08, 0x00)],
    ['a continuation of nothing', Uint8Array.of(0x80, 0x00)],
    ['a second beginning', Uint8Array.of(0x01, 0x00, 0x81, 0x00)],
    ['a text without end', frameHeader(opcodes.text, 65_537, null)],
    ['more than can be counted', huge],
  ];
  for (const [name, bytes] of broken) assert.throws(() => read(bytes, false, () => 1), FrameError, name);
  assert.throws(() => read(text('a', null), true, () => 9), FrameError, 'a client must mask');
});

test('random bytes end in an error or are read, and never in anything else', () => {
  for (let round = 0; round < 3000; round += 1) {
    const bytes = randomBytes(randomInt(1, 64));
    try {
      read(bytes, round % 2 === 0, () => randomInt(1, 16));
    } catch (error) {
      assert.ok(error instanceof FrameError, String(error));
    }
  }
});
