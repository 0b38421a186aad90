/** What ping says is held against the log to fractions of a millisecond, so nothing else may run beside it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '../core/clock.ts';
import { Lab } from './lab/lab.ts';
import { hosts } from './lab/topology.ts';

const skip = Lab.unavailable() ?? false;

test('ping and the log agree on the round-trip time', { skip }, async () => {
  await using lab = await Lab.up({ seed: 7 });
  await lab.ctl('set * clear; set lan delay=5ms');
  const fromMs = systemClock.wallMs();
  const { stdout } = await lab.exec('client', ['ping', '-nqc200', '-i0.005', '-W1', hosts.home.ipv4]);
  assert.match(stdout, / 200 received/);
  const meanMs = Number(/= [\d.]+\/([\d.]+)\//.exec(stdout)?.[1] ?? Number.NaN);
  await delay(200); // longer than the path: every packet of the ping is in the log then
  const truth = await lab.truth({ target: hosts.home.ipv4, fromMs });
  const biasUs = meanMs * 1000 - truth.meanUs;
  assert.ok(truth.sent === 200 && truth.lost === 0);
  assert.ok(biasUs > 0 && biasUs < 500, `ping says ${meanMs} ms, the log ${truth.meanUs / 1000} ms`);
});
