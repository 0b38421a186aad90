import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gapBefore, type RunNote, type StartFacts } from './between-runs.ts';

const minute = 60_000;
/** This boot's clock: wall = mono + 1,000,000. */
const wallMs = (monoMs: number) => monoMs + 1_000_000;

const killed: RunNote = {
  boot: 'this',
  startedMonoMs: 10 * minute,
  startedMs: wallMs(10 * minute),
  isKnown: true,
  stoppedMonoMs: null,
  stoppedMs: null,
};
const stopped: RunNote = { ...killed, stoppedMonoMs: 20 * minute, stoppedMs: wallMs(20 * minute) };

function start(facts: Partial<StartFacts>): ReturnType<typeof gapBefore> {
  return gapBefore({
    previous: null,
    boot: 'this',
    wasUnclean: false,
    storedMs: wallMs(15 * minute),
    isKnown: true,
    wallMs,
    ...facts,
  });
}

test('the first start of all has no gap before it', () => {
  assert.equal(start({ storedMs: null }), null);
});

test('the same boot without a stop: the service crashed after what it stored last', () => {
  const gap = { reason: 'crashed', startMs: wallMs(15 * minute), isOfThisBoot: true };
  assert.deepEqual(start({ previous: killed }), gap);
});

test('what crashed before it stored anything crashed since its start', () => {
  const gap = { reason: 'crashed', startMs: killed.startedMs, isOfThisBoot: true };
  assert.deepEqual(start({ previous: killed, storedMs: null }), gap);
  assert.deepEqual(start({ previous: killed, storedMs: wallMs(5 * minute) }), gap);
});

test('another boot without a stop: the power was cut', () => {
  const gap = { reason: 'power', startMs: wallMs(15 * minute), isOfThisBoot: false };
  assert.deepEqual(start({ previous: { ...killed, boot: 'before' } }), gap);
});

test('without a boot id every start counts as a new boot', () => {
  assert.equal(start({ previous: { ...killed, boot: '' }, boot: '' })?.reason, 'power');
});

test('a stop is a stop, whether the box was restarted or not', () => {
  const startMs = wallMs(20 * minute);
  assert.deepEqual(start({ previous: stopped }), { reason: 'stopped', startMs, isOfThisBoot: true });
  assert.deepEqual(start({ previous: { ...stopped, boot: 'before' } }), {
    reason: 'stopped',
    startMs,
    isOfThisBoot: false,
  });
});

test('sleep between two runs is part of the gap', () => {
  const sleptMs = 8 * 60 * minute;
  const later = (monoMs: number) => wallMs(monoMs) + sleptMs;
  assert.equal(start({ previous: stopped, wallMs: later })?.startMs, wallMs(20 * minute));
  // Where the earlier run did not know the time of day, its clock reading says nothing.
  assert.equal(
    start({ previous: { ...stopped, isKnown: false }, wallMs: later })?.startMs,
    later(20 * minute),
  );
});

test('a run that never knew the time of day leaves one gap around it', () => {
  for (const note of [killed, stopped]) {
    const previous = { ...note, boot: 'before', isKnown: false };
    const gap = { reason: 'clock', startMs: wallMs(15 * minute), isOfThisBoot: false };
    assert.deepEqual(start({ previous }), gap);
    assert.equal(start({ previous, storedMs: null }), null);
  }
});

test('a data folder from before runs left notes is judged by how the store was closed', () => {
  assert.equal(start({ wasUnclean: true })?.reason, 'power');
  assert.equal(start({ wasUnclean: false })?.reason, 'stopped');
});
