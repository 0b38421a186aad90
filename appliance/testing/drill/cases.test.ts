import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faults } from '../lab/faults.ts';
import { defaultHoldMs } from './case.ts';
import { cases, chooseCases } from './cases.ts';
import { setups } from './setups.ts';

test('every case has a name of its own, a setup that exists and deeds within its time', () => {
  assert.equal(new Set(cases.map(({ name }) => name)).size, cases.length);
  for (const { name, setup, deeds, expect, gap, holdMs = defaultHoldMs } of cases) {
    assert.ok(setup === undefined || setups[setup], `${name}: setup ${setup}`);
    const last = Math.max(...deeds.map(({ atMs = 0 }) => atMs));
    assert.ok(last < holdMs, `${name}: a deed after its end`);
    const indices = [...expect.flatMap(({ from = 0, to = 0 }) => [from, to]), gap?.from ?? 0, gap?.to ?? 0];
    for (const index of indices) assert.ok(deeds[index], `${name}: no deed ${index}`);
  }
});

test('every fault of the lab is drilled', () => {
  const used = new Set(
    cases.flatMap(({ deeds }) => deeds.flatMap((deed) => ('fault' in deed ? deed.fault : []))),
  );
  assert.deepEqual(
    Object.keys(faults).filter((fault) => !used.has(fault as keyof typeof faults)), // keys of that very object
    [],
  );
});

test('cases are chosen by name, by beginning, or all; an unknown one is told', () => {
  const namesOf = (...names: string[]) => chooseCases(names).map(({ name }) => name);
  assert.deepEqual(namesOf('isp', 'lan-2s'), ['isp', 'lan-2s']);
  assert.deepEqual(namesOf('anchor-*'), ['anchor-1', 'anchor-2', 'anchor-3']);
  assert.equal(namesOf().length, cases.length);
  assert.throws(() => chooseCases(['ips']), /no case ips; there are cable/);
});

test('a family cannot be cut where there is no such segment', () => {
  assert.throws(() => faults.family6('moon'), /no segment moon.*gateway, access, isp, transit/);
});
