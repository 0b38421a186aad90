/** kill -9 of the real service: it is back at once, and loses no more than what was not yet committed. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { killLoop } from './lab/kill-loop.ts';
import { Lab } from './lab/lab.ts';

const skip = Lab.unavailable() ?? false;
let lab: Lab;

before(async () => {
  if (!skip) lab = await Lab.up({ seed: 41 });
});
after(async () => {
  if (!skip) await lab.down();
});

test('killed three times it is back within 5 s and has lost at most one commit interval', {
  skip,
  timeout: 300_000,
}, async (t) => {
  // The last run outlives a commit interval of one minute, so that there is something it must not lose.
  const { readyMs, waitedMs, lostSeconds, events, lostEvents } = await killLoop(lab, {
    runsMs: [6000, 6000, 75_000],
    commitMinutes: 1,
  });
  t.diagnostic(
    `ready after ${readyMs.map((ms) => ms.toFixed(0)).join(', ')} ms, of which others had the processor for ` +
      `${waitedMs.map((ms) => ms.toFixed(0)).join(', ')} ms; seconds lost ${lostSeconds.join(', ')}; ` +
      `${lostEvents} of ${events} events lost`,
  );
  assert.ok(readyMs.every((ms, index) => ms - (waitedMs[index] ?? 0) < 5000));
  assert.ok(
    lostSeconds.every((seconds) => seconds <= 60),
    `seconds lost: ${lostSeconds}`,
  );
  assert.ok(events > 0);
  assert.equal(lostEvents, 0);
});
