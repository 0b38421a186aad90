import assert from 'node:assert/strict';
import { isIPv4, isIPv6 } from 'node:net';
import { describe, it } from 'node:test';
import { type Answer, encode } from 'dns-packet';
import fc from 'fast-check';
import { buildQuery, isReplyTo, readReply } from './dns-message.ts';

describe('buildQuery', () => {
  it('asks one recursive question with EDNS and leaves the id to the engine', () => {
    const query = buildQuery('example.com', 'AAAA');
    assert.deepEqual([...query.subarray(0, 12)], [0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1]);
    assert.ok(query.length <= 512);
  });

  it('names what cannot be asked', () => {
    assert.throws(() => buildQuery(`${'a'.repeat(70)}.example`), /No DNS query can be made for aaa/);
  });
});

describe('readReply', () => {
  it('gives code and answers', () => {
    const bytes = encode({
      type: 'response',
      id: 7,
      flags: 3,
      questions: [{ type: 'A', name: 'example.com' }],
      answers: [{ type: 'A', name: 'example.com', ttl: 60, data: '192.0.2.1' }],
    });
    assert.deepEqual(readReply(bytes), {
      rcode: 3,
      isTruncated: false,
      answers: [{ name: 'example.com', type: 'A', data: '192.0.2.1', ttlSeconds: 60 }],
    });
  });

  it('takes rubbish for no message', () => {
    assert.equal(readReply(new Uint8Array([1, 2, 3])), null);
  });

  it('gives names and texts of strangers without what could steer a terminal, and bounded', () => {
    const answers: Answer[] = [
      { type: 'PTR', name: '1.2.0.192.in-addr.arpa', data: 'a\u001b[2J\u202eb.example' },
      { type: 'TXT', name: 'example.com', data: ['one\u0007\r\n', 'two \u2066', 'é'] },
      { type: 'TXT', name: 'example.com', data: Array.from({ length: 9 }, () => 'x'.repeat(250)) },
    ];
    const read = readReply(encode({ type: 'response', questions: [], answers }))?.answers ?? [];
    assert.deepEqual(
      read.map(({ data }) => data),
      ['a[2Jb.example', 'one two é', 'x'.repeat(1024)],
    );
  });

  it('makes no answer of a message that breaks off', () => {
    const answers: Answer[] = [
      { type: 'A', name: 'example.com', data: '192.0.2.1' },
      { type: 'AAAA', name: 'example.com', data: '2001:db8::1' },
    ];
    for (const answer of answers) {
      const whole = encode({ type: 'response', questions: [], answers: [answer] });
      assert.equal(readReply(whole)?.answers.length, 1);
      for (let length = 0; length < whole.length; length += 1)
        assert.equal(readReply(whole.subarray(0, length)), null);
    }
  });

  it('never throws and never gives an address that is none, whatever comes', () => {
    const header = fc.tuple(
      fc.constant([0, 0, 0x81, 0x80, 0, 0, 0]),
      fc.nat({ max: 3 }),
      fc.constant([0, 0, 0, 0]),
    );
    const bytes = fc
      .tuple(header, fc.uint8Array({ maxLength: 80 }))
      .map(([[a, count, b], rest]) => Uint8Array.from([...a, count, ...b, ...rest]));
    fc.assert(
      fc.property(fc.oneof(bytes, fc.uint8Array({ maxLength: 80 })), (message) => {
        for (const { type, data } of readReply(message)?.answers ?? []) {
          if (type === 'A') assert.ok(isIPv4(data), data);
          if (type === 'AAAA') assert.ok(isIPv6(data), data);
        }
      }),
    );
  });
});

describe('isReplyTo', () => {
  const query = Buffer.from(buildQuery('Example.com'));
  const reply = (change: (bytes: Buffer) => void) => {
    const bytes = Buffer.from(query);
    bytes[2] = 0x81;
    change(bytes);
    return isReplyTo(query, bytes);
  };

  it('wants the id, the mark of a reply and the question', () => {
    assert.equal(
      reply(() => undefined),
      true,
    );
    assert.equal(
      reply((bytes) => bytes.write('eXAMPLE', 13)),
      true,
    );
    assert.equal(
      reply((bytes) => bytes.writeUInt16BE(1, 0)),
      false,
    );
    assert.equal(
      reply((bytes) => bytes.writeUInt8(0x01, 2)),
      false,
    );
    assert.equal(
      reply((bytes) => bytes.write('exbmple', 13)),
      false,
    );
    assert.equal(
      reply((bytes) => bytes.writeUInt8(200, 12)),
      false,
    );
    assert.equal(isReplyTo(query, Buffer.from('too short')), false);
  });

  it('takes a failure without the question, but no answer without it', () => {
    const bare = (rcode: number) => Buffer.from([0, 0, 0x81, rcode, 0, 0, 0, 0, 0, 0, 0, 0]);
    assert.equal(isReplyTo(query, bare(2)), true);
    assert.equal(isReplyTo(query, bare(0)), false);
  });
});
