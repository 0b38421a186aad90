import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drill } from './drill.ts';

test('a power cut at any of 1,000 moments damages nothing and loses nothing that was acknowledged', () => {
  const verdict = drill({ points: 1000, minutes: 300, durability: 'full', seed: 1 });
  assert.deepEqual(verdict, { points: 1000, corrupt: 0, lost: 0, examples: [] });
});

test('without syncs the same drill finds damage, so it would notice', () => {
  const { points, corrupt, lost } = drill({ points: 40, minutes: 100, durability: 'off', seed: 2 });
  assert.equal(points, 40);
  assert.ok(corrupt + lost >= 20, `only ${corrupt} of 40 cuts were corrupt and ${lost} lost something`);
});
