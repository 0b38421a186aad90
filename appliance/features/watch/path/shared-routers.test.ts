import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sharedRouters } from './shared-routers.ts';

const path = (text: string) => {
  const hops = text.split(' ').map((hop) => (hop === '*' ? [] : hop.split('|')));
  return { address: hops.at(-1)?.[0] ?? '', hops };
};

test('routers behind the provider that two anchors share, nearest first', () => {
  const paths = [path('gw isp r1 r2 r3 t1'), path('gw isp r1 r2 r4 t2'), path('gw isp r1 r5 t3')];
  assert.deepEqual(sharedRouters(paths, 'isp'), ['r1', 'r2']);
});

test('with a single anchor they are those on its path, without the anchor', () => {
  assert.deepEqual(sharedRouters([path('gw isp r1 * r3 t1')], 'isp'), ['r1', 'r3']);
});

test('two anchors that part at once share nothing', () => {
  assert.deepEqual(sharedRouters([path('gw isp r1 t1'), path('gw isp r2 t2')], 'isp'), []);
});

test('a path on which the provider is silent or balanced is read from the same place', () => {
  const paths = [path('gw isp r1 r2 t1'), path('gw * r1 r2 t2'), path('gw isp2 r1 r3 t3')];
  assert.deepEqual(sharedRouters(paths, 'isp'), ['r1', 'r2']);
});

test('nothing is said while the provider is on no path', () => {
  assert.deepEqual(sharedRouters([path('gw r1 t1'), path('gw r1 t2')], 'isp'), []);
  assert.deepEqual(sharedRouters([], 'isp'), []);
});

test('an anchor on the way to another one is an anchor', () => {
  assert.deepEqual(sharedRouters([path('gw isp r1 t1'), path('gw isp r1 t1 t2')], 'isp'), ['r1']);
});
