import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { FakeClock } from '../testing/fakes/clock.ts';
import { hourlyLine } from '../testing/fakes/hourly-line.ts';
import { createModelRoom } from './index.ts';
import { ModelProcess } from './model-process.ts';

const empty = await mkdtemp(join(tmpdir(), 'ist-no-model-'));
after(() => rm(empty, { recursive: true }));
const zone = { timezone: 'UTC' };

test('with the shipped model the network takes part, in a process of its own', async () => {
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

test('the process comes with the first question, goes when none follows, and comes again', async () => {
  const clock = new FakeClock();
  const model = new ModelProcess(empty, clock);
  const input = { series: hourlyLine(3, { days: 15 }), horizons: [24], timezone: 'UTC' };
  try {
    assert.equal(model.isRunning, false);
    const first = await model.run('score', input);
    assert.equal(model.isRunning, true);
    clock.advance(14_000);
    assert.equal(model.isRunning, true);
    clock.advance(2000);
    assert.equal(model.isRunning, false);
    assert.deepEqual(await model.run('score', input), first);
  } finally {
    await model.close();
  }
});

test('an error in the process comes back with its code, and the next question is answered', async () => {
  const model = new ModelProcess(empty, new FakeClock());
  const series = hourlyLine(4, { days: 15 });
  try {
    await assert.rejects(model.run('score', { series, horizons: [1], timezone: 'Mars/Olympus' }), {
      code: 'TIMEZONE_UNKNOWN',
    });
    assert.equal((await model.run('score', { series, horizons: [1], timezone: 'UTC' })).length, 1);
  } finally {
    await model.close();
  }
});

test('who still waits when it is closed is told', async () => {
  const model = new ModelProcess(empty, new FakeClock());
  await model.state();
  const waiting = model.run('score', { series: hourlyLine(5), horizons: [1, 24], timezone: 'UTC' });
  const refused = assert.rejects(waiting, { code: 'MODEL_FAILED' });
  await new Promise(setImmediate);
  await model.close();
  await refused;
});
