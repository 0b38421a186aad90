import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encode } from 'dns-packet';
import { buildQuery, readReply } from './dns-message.ts';

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
});
