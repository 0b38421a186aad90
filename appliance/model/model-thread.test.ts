import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { FakeClock } from '../testing/fakes/clock.ts';
import { hourlyLine } from '../testing/fakes/hourly-line.ts';
import { createModelRoom } from './index.ts';
import { ModelThread } from './model-thread.ts';

const empty = await mkdtemp(join(tmpdir(), 'ist-no-model-'));
after(() => rm(empty, { recursive: true }));
const zone = { timezone: 'UTC' };

test('with the shipped model the network takes part, in a thread of its own', async () => {
  const room = createModelRoom({ clock: new FakeClock() });
  try {
    const forecast = await room.forecast(hourlyLine(1), { hours: 24, ...zone });
    assert.deepEqual([forecast.source, forecast.reason, forecast.engine], ['model', null, 'onnx']);
    assert.equal(forecast.points.length, 24);
    assert.ok(forecast.networkShare !== null && forecast.networkShare > 0);
  } finally {
    await room.close();
  }
});

test('without a model file everything is forecast on baselines and says why', async () => {
  const room = createModelRoom({ clock: new FakeClock(), folder: empty });
  try {
    const forecast = await room.forecast(hourlyLine(2), { hours: 24, ...zone });
    assert.equal(forecast.source, 'baseline');
    assert.match(forecast.reason ?? '', /model\.json is not there/);
    assert.deepEqual([forecast.points.length, forecast.networkShare], [24, null]);
    assert.ok(forecast.skill.every(({ ratio }) => (ratio.naive24 ?? 9) < 1));
  } finally {
    await room.close();
  }
});

test('the thread comes with the first question, goes when none follows, and comes again', async () => {
  const clock = new FakeClock();
  const thread = new ModelThread(empty, clock);
  const input = { series: hourlyLine(3, { days: 15 }), horizons: [24], timezone: 'UTC' };
  try {
    assert.equal(thread.isRunning, false);
    const first = await thread.run('score', input);
    assert.equal(thread.isRunning, true);
    clock.advance(59_000);
    assert.equal(thread.isRunning, true);
    clock.advance(2000);
    assert.equal(thread.isRunning, false);
    assert.deepEqual(await thread.run('score', input), first);
  } finally {
    await thread.close();
  }
});

test('an error in the thread comes back with its code, and the next question is answered', async () => {
  const thread = new ModelThread(empty, new FakeClock());
  const series = hourlyLine(4, { days: 15 });
  try {
    await assert.rejects(thread.run('score', { series, horizons: [1], timezone: 'Mars/Olympus' }), {
      code: 'TIMEZONE_UNKNOWN',
    });
    assert.equal((await thread.run('score', { series, horizons: [1], timezone: 'UTC' })).length, 1);
  } finally {
    await thread.close();
  }
});

test('who still waits when the thread is closed is told', async () => {
  const thread = new ModelThread(empty, new FakeClock());
  await thread.state();
  const waiting = thread.run('score', { series: hourlyLine(5), horizons: [1, 24], timezone: 'UTC' });
  const refused = assert.rejects(waiting, { code: 'MODEL_FAILED' });
  await new Promise(setImmediate);
  await thread.close();
  await refused;
});
