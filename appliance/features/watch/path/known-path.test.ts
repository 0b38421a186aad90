import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fingerprintOf, firstDifference, hopAddresses, learn } from './known-path.ts';

/** 'a * b|c' as hops. */
const hops = (text: string) => text.split(' ').map((hop) => (hop === '*' ? [] : hop.split('|')));
const isSame = (known: string, seen: string, isReached = true) =>
  firstDifference(hops(known), hops(seen), isReached);

describe('comparing paths', () => {
  it('takes a silent hop on either side for any router', () => {
    assert.equal(isSame('a b c t', 'a * c t'), null);
    assert.equal(isSame('a * c t', 'a b c t'), null);
    assert.equal(isSame('a * c t', 'a b * t'), null);
  });

  it('names the first hop that leads elsewhere', () => {
    assert.equal(isSame('a b c t', 'a b x t'), 3);
    assert.equal(isSame('a b c t', 'a x * t'), 2);
  });

  it('finds that a path is longer or shorter', () => {
    assert.equal(isSame('a b t', 'a b c t'), 3);
    assert.equal(isSame('a b c t', 'a b t'), 3);
    assert.equal(isSame('a * c t', 'a * t'), 3);
    assert.equal(isSame('a * * t', 'a t'), 2);
  });

  it('takes balanced routers that overlap for one hop', () => {
    assert.equal(isSame('a b|c t', 'a c t'), null);
    assert.equal(isSame('a b|c t', 'a d t'), 2);
  });

  it('compares of an unfinished trace only what answered', () => {
    assert.equal(isSame('a b c t', 'a b', false), null);
    assert.equal(isSame('a b c t', 'a x', false), 2);
    assert.equal(isSame('a b t', 'a b c d', false), 3);
  });
});

describe('fingerprints', () => {
  it('are the same for the same routers, whatever the order of those that share a hop', () => {
    assert.equal(fingerprintOf(hops('a b|c * t')), fingerprintOf(hops('a c|b * t')));
    assert.notEqual(fingerprintOf(hops('a b t')), fingerprintOf(hops('a * t')));
    assert.notEqual(fingerprintOf(hops('a b t')), fingerprintOf(hops('b a t')));
  });

  it('leave the silence behind the last answer out', () => {
    const trace = ['a', null, 'b', null, null].map((address) => ({
      addresses: address === null ? [] : [address],
    }));
    assert.deepEqual(hopAddresses(trace), hops('a * b'));
  });
});

it('a path learns who stands at a silent hop, and never forgets the order', () => {
  const path = { fingerprint: 'f', hops: [['a'], [], ['c']] };
  learn(path, hops('a b d|c'));
  assert.deepEqual(path.hops, [['a'], ['b'], ['c', 'd']]);
  for (let i = 0; i < 50; i += 1) learn(path, hops(`a b c|x${i}`));
  assert.equal(path.hops[2]?.length, 8);
});
