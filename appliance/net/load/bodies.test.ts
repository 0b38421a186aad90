import assert from 'node:assert/strict';
import { randomBytes, randomInt } from 'node:crypto';
import { test } from 'node:test';
import { BodyError, BodyReader } from './body-reader.ts';
import { HeadError, HeadReader, parseHead } from './response-head.ts';

const headOf = (...lines: string[]) => parseHead(['HTTP/1.1 200 OK', ...lines].join('\r\n'));

function pushAll(reader: { push(bytes: Uint8Array): void }, bytes: Uint8Array, size: () => number): void {
  for (let at = 0; at < bytes.length; ) {
    const end = at + size();
    reader.push(bytes.subarray(at, end));
    at = end;
  }
}

test('a head is found wherever it is cut, with what stands behind it', () => {
  const bytes = Buffer.from(
    'HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nX-Twice: a\r\nx-twice: b\r\n\r\nREST',
  );
  for (const size of [1, 2, 3, 7, 40, bytes.length]) {
    const reader = new HeadReader();
    let found: ReturnType<HeadReader['push']> = null;
    let after = '';
    for (let at = 0; at < bytes.length; at += size) {
      const piece = bytes.subarray(at, at + size);
      if (found) after += piece.toString();
      else {
        found = reader.push(piece);
        if (found) after = Buffer.from(found.rest).toString();
      }
    }
    assert.deepEqual({ ...found?.head.headers }, { upgrade: 'websocket', 'x-twice': 'b' });
    assert.equal(found?.head.status, 101);
    assert.equal(after, 'REST', `pieces of ${size}`);
  }
});

test('an answer that is none is refused at once, and one without end at 16 KiB', () => {
  assert.throws(() => new HeadReader().push(Buffer.from('SSH-2.0-OpenSSH\r\n')), HeadError);
  const endless = new HeadReader();
  assert.throws(() => {
    for (let lines = 0; lines < 2000; lines += 1)
      endless.push(Buffer.from(lines === 0 ? 'HTTP/1.1 200 OK\r\n' : 'a: b\r\n'.repeat(10)));
  }, HeadError);
  assert.throws(() => parseHead('HTTP/2 200'), HeadError);
  assert.throws(() => parseHead('HTTP/1.1 200 OK\r\nno colon'), HeadError);
  assert.equal(parseHead('HTTP/1.1 204 \r\n__proto__: x').headers.constructor, undefined);
});

test('a body with a length ends with it', () => {
  const body = new BodyReader(headOf('Content-Length: 1000'));
  pushAll(body, randomBytes(999), () => 100);
  assert.equal(body.isOver, false);
  pushAll(body, randomBytes(50), () => 50);
  assert.deepEqual([body.isOver, body.payloadBytes], [true, 1000]);
  assert.equal(new BodyReader(headOf('Content-Length: 0')).isOver, true);
});

test('a body in chunks is counted without their sizes', () => {
  const chunks = Array.from({ length: 20 }, () => randomBytes(randomInt(1, 5000)));
  const bytes = Buffer.concat([
    ...chunks.flatMap((chunk) => [
      Buffer.from(`${chunk.length.toString(16)};x=y\r\n`),
      chunk,
      Buffer.from('\r\n'),
    ]),
    Buffer.from('0\r\nTrailer: a\r\n\r\n'),
  ]);
  for (let round = 0; round < 10; round += 1) {
    const body = new BodyReader(headOf('Transfer-Encoding: chunked', 'Content-Length: 7'));
    pushAll(body, bytes, () => randomInt(1, 700));
    assert.deepEqual(
      [body.isOver, body.payloadBytes],
      [true, chunks.reduce((sum, { length }) => sum + length, 0)],
    );
  }
});

test('without either a body goes on until the connection ends', () => {
  const body = new BodyReader(headOf());
  pushAll(body, randomBytes(5000), () => 999);
  assert.deepEqual([body.isOver, body.endsWithConnection, body.payloadBytes], [false, true, 5000]);
});

test('a body that is not framed as it says is refused', () => {
  assert.throws(() => new BodyReader(headOf('Content-Length: -1')), BodyError);
  assert.throws(() => new BodyReader(headOf('Content-Length: 1e9')), BodyError);
  const chunked = () => new BodyReader(headOf('Transfer-Encoding: chunked'));
  assert.throws(() => chunked().push(Buffer.from('zz\r\n')), BodyError);
  assert.throws(() => chunked().push(Buffer.from('2\r\nabX\r\n')), BodyError);
  assert.throws(() => chunked().push(Buffer.from('1'.repeat(100))), BodyError);
});
