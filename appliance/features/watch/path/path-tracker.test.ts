import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PathTracker } from './path-tracker.ts';

const hops = (text: string) =>
  text === '' ? [] : text.split(' ').map((hop) => (hop === '*' ? [] : hop.split('|')));

/** Follows these traces and tells at which of them the path changed, and from which hop on. */
function changesOf(tracker: PathTracker, ...traces: string[]): [number, number][] {
  return traces.flatMap((trace, index): [number, number][] => {
    const { change } = tracker.follow(hops(trace), trace.endsWith('t'));
    return change ? [[index, change.firstDifferentTtl]] : [];
  });
}

test('a hop that is silent, or answers only once, is no other path', () => {
  const tracker = new PathTracker();
  assert.deepEqual(changesOf(tracker, 'a * c t', 'a b c t', 'a * c t', 'a * * t', '* b c t', 'a b c t'), []);
  assert.deepEqual(tracker.current?.hops, hops('a b c t'));
});

test('another path is believed when it was walked twice in a row', () => {
  const tracker = new PathTracker();
  assert.deepEqual(changesOf(tracker, 'a b c t', 'a x c t', 'a b c t', 'a x c t', 'a b c t'), []);
  assert.deepEqual(changesOf(tracker, 'a x c t', 'a x c t', 'a x c t'), [[1, 2]]);
  assert.deepEqual(tracker.current?.hops, hops('a x c t'));
});

test('two different other paths in a row are not yet a change', () => {
  const tracker = new PathTracker();
  assert.deepEqual(changesOf(tracker, 'a b c t', 'a x c t', 'a y c t', 'a y c t'), [[3, 2]]);
});

test('the way back is the path of before, with its old fingerprint', () => {
  const tracker = new PathTracker();
  const first = tracker.follow(hops('a b c t'), true);
  const doubtful = tracker.follow(hops('a x t'), true);
  assert.equal(doubtful.isDoubtful, true);
  assert.notEqual(doubtful.fingerprint, first.fingerprint);
  const confirmed = tracker.follow(hops('a x t'), true);
  assert.equal(confirmed.fingerprint, doubtful.fingerprint);
  tracker.follow(hops('a b * t'), true);
  const back = tracker.follow(hops('a b c t'), true);
  assert.equal(back.change?.after.fingerprint, first.fingerprint);
  assert.equal(back.change?.before.fingerprint, confirmed.fingerprint);
});

test('a trace that ends on the way belongs to the path it walked and changes nothing', () => {
  const tracker = new PathTracker();
  const whole = tracker.follow(hops('a b c t'), true);
  const broken = tracker.follow(hops('a b'), false);
  assert.equal(broken.fingerprint, whole.fingerprint);
  const elsewhere = tracker.follow(hops('a x'), false);
  assert.equal(elsewhere.path, null);
  assert.equal(tracker.follow(hops(''), false).path, null);
  assert.deepEqual(changesOf(tracker, 'a x', 'a x', 'a x y z', 'a b c t'), []);
});

test('what an earlier run has seen is compared with', () => {
  const known = { fingerprint: 'stored', hops: hops('a b c t').map((hop) => [...hop]) };
  const tracker = new PathTracker([known], known);
  assert.equal(tracker.follow(hops('a * c t'), true).fingerprint, 'stored');
  assert.deepEqual(changesOf(tracker, 'a b x t', 'a b x t'), [[1, 3]]);
});

test('the number of remembered paths is bounded', () => {
  const tracker = new PathTracker();
  const first = tracker.follow(hops('a b t'), true);
  for (let i = 0; i < 40; i += 1) changesOf(tracker, `a x${i} t`, `a x${i} t`);
  changesOf(tracker, 'a b t', 'a b t');
  assert.equal(tracker.current?.fingerprint, first.fingerprint, 'it is made again with the same name');
});
