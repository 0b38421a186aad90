import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Segment } from '../../../core/shapes.ts';
import { FullSizeWatch } from './full-size.ts';

const probe = (target: string, segment: Segment, sentMs: number, outcome: 'ok' | 'lost' | 'told') => ({
  kind: 'full-size' as const,
  atMs: sentMs + 1000,
  sentMs,
  line: 'main',
  family: 'ipv4' as const,
  target,
  segment,
  outcome,
  sizeBytes: 1500,
});

/** Three rounds towards every node; those from `lostFrom` on lose them. */
function rounds(lostFrom: Segment | null): FullSizeWatch {
  const watch = new FullSizeWatch();
  const order: Segment[] = ['gateway', 'isp', 'transit', 'anchor'];
  for (let round = 0; round < 3; round += 1) {
    for (const segment of order) {
      const isLost = lostFrom !== null && order.indexOf(segment) >= order.indexOf(lostFrom);
      watch.take(probe(segment, segment, round * 500, isLost ? 'lost' : 'ok'), true);
    }
  }
  return watch;
}

test('the first place behind which large packets vanish is named', () => {
  assert.equal(rounds(null).find('ipv4'), null);
  for (const [from, verdict] of [
    ['gateway', 'lan'],
    ['isp', 'access'],
    ['transit', 'isp'],
    ['anchor', 'transit'],
  ] as const) {
    const hole = rounds(from).find('ipv4');
    assert.deepEqual([hole?.verdict, hole?.candidates], [verdict, [verdict]]);
  }
});

test('without a router that answers large packets the places up to it stay candidates', () => {
  const watch = new FullSizeWatch();
  for (let round = 0; round < 3; round += 1) {
    watch.take(probe('isp', 'isp', round * 500, 'ok'), true);
    watch.take(probe('a1', 'anchor', round * 500, 'lost'), true);
  }
  const hole = watch.find('ipv4');
  assert.deepEqual(hole?.candidates, ['transit', 'isp']);
  assert.ok((hole?.confidence ?? 1) < 0.8);
});

test('a router that says that packets are too big is right', () => {
  const watch = new FullSizeWatch();
  for (let round = 0; round < 5; round += 1) watch.take(probe('a1', 'anchor', round * 500, 'told'), true);
  assert.equal(watch.find('ipv4'), null);
});

test('losses while small packets are lost too are no sign', () => {
  const watch = new FullSizeWatch();
  for (let round = 0; round < 5; round += 1) watch.take(probe('a1', 'anchor', round * 500, 'lost'), false);
  assert.equal(watch.find('ipv4'), null);
});

test('one destination that loses large packets while another passes them is its own business', () => {
  const watch = new FullSizeWatch();
  for (let round = 0; round < 5; round += 1) {
    watch.take(probe('a1', 'anchor', round * 500, 'lost'), true);
    watch.take(probe('a2', 'anchor', round * 500, 'ok'), true);
  }
  assert.equal(watch.find('ipv4'), null);
});
