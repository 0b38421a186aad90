import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../testing/fakes/clock.ts';
import { Timeline, type TimelineChange } from './timeline.ts';

const release = Date.UTC(2026, 10, 1);
const hour = 3_600_000;

function open(clock: FakeClock, trust = { isSynchronised: true, hasHardwareClock: false }) {
  const changes: TimelineChange[] = [];
  const timeline = new Timeline(clock, () => trust, release);
  timeline.onChange((change) => changes.push(change));
  return { timeline, changes, trust };
}

test('a moment measured before a step is given its time by the corrected clock', () => {
  const clock = new FakeClock();
  const { timeline, changes } = open(clock);
  const sentMono = clock.monoMs();
  const before = timeline.wallMs(sentMono);
  clock.advance(10_000);
  clock.stepWall(-hour);
  timeline.check();
  assert.equal(changes.length, 1);
  assert.equal(changes[0]?.steppedMs, -hour);
  assert.equal(timeline.wallMs(sentMono), before - hour);
  assert.equal(timeline.wallMs(sentMono + 1000) - timeline.wallMs(sentMono), 1000);
});

test('drift that NTP corrects is followed without a word', () => {
  const clock = new FakeClock();
  const { timeline, changes } = open(clock);
  for (let minute = 0; minute < 30; minute += 1) {
    clock.advance(60_000);
    clock.stepWall(30);
    timeline.check();
  }
  assert.deepEqual(changes, []);
  assert.equal(timeline.nowMs(), clock.wallMs());
});

test('without a hardware clock the time is unknown until it is synchronised', () => {
  const clock = new FakeClock(Date.UTC(2026, 10, 22), 5000);
  const { timeline, changes, trust } = open(clock, { isSynchronised: false, hasHardwareClock: false });
  assert.equal(timeline.anchor.isKnown, false);
  clock.advance(20_000);
  clock.stepWall(9 * hour);
  trust.isSynchronised = true;
  timeline.check();
  assert.equal(timeline.anchor.isKnown, true);
  assert.equal(changes.length, 1);
  assert.equal(timeline.nowMs(), clock.wallMs());
});

test('a clock that falls back to 1970 is not believed', () => {
  const clock = new FakeClock();
  const { timeline, changes } = open(clock);
  const now = timeline.nowMs();
  clock.stepWall(-clock.wallMs());
  timeline.check();
  assert.deepEqual(changes, []);
  assert.equal(timeline.nowMs(), now);
});

test('a time before the newest measurement is not believed at the start', () => {
  const timeline = new Timeline(
    new FakeClock(Date.UTC(2026, 10, 22)),
    () => ({ isSynchronised: true, hasHardwareClock: true }),
    Date.UTC(2026, 11, 1),
  );
  assert.equal(timeline.anchor.isKnown, false);
});
