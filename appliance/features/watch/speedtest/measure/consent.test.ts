import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeContext } from '../../../../testing/fakes/context.ts';
import type { SpeedPlan } from '../engine.ts';
import { speedServices } from '../services.ts';
import { runSpeedTest } from './run.ts';

const plan: Omit<SpeedPlan, 'choices'> = {
  line: 'main',
  interfaceName: null,
  gateway: null,
  family: null,
  kind: 'quick',
  reason: 'asked',
  maxBytes: 1e9,
  last: null,
  isForced: true,
  maxTestMbps: null,
};

for (const engine of ['mlab', 'cloudflare', 'ookla'] as const) {
  test(`a server of the owner's is no way around the switch of ${engine}`, async () => {
    const { context } = fakeContext({ services: speedServices });
    const choices = [{ engine, server: 'https://speed.example', isInside: true }];
    const result = await runSpeedTest(
      context,
      { ...plan, choices },
      new AbortController().signal,
      () => undefined,
    );
    assert.equal(result.outcome, 'failed');
    assert.equal(result.details.failure?.reason, 'no-consent', result.details.failure?.message);
  });
}
