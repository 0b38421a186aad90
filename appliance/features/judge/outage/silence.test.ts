import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SilenceWatch } from './silence.ts';

const lose = (watch: SilenceWatch, times: readonly number[]) =>
  times.map((ms) => watch.add(ms, false)).filter((silent) => silent !== null);

test('a pause in sending and one burst of losses behind it are no silence', () => {
  const watch = new SilenceWatch({ silenceMs: 1200 });
  watch.add(0, true);
  assert.deepEqual(lose(watch, [760, 880, 1000, 1100, 1220]), []);
});

test('five losses that are spread over the time are one', () => {
  const watch = new SilenceWatch({ silenceMs: 1200 });
  watch.add(0, true);
  const [silent] = lose(watch, [300, 600, 900, 1200, 1500]);
  assert.deepEqual([silent?.firstLostMs, silent?.lastLostMs, silent?.answeredBeforeMs], [300, 1500, 0]);
});
