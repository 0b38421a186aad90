import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '../../../core/errors.ts';
import { codeCount } from '../../../core/quantise.ts';
import { slot } from '../../../core/storing.ts';
import { type CapturedSeries, decodeCapture, encodeCapture } from './codec.ts';

/** A small generator with a seed, so that a failure can be repeated. */
function generator(seed: number) {
  let state = seed;
  const next = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  return { below: (limit: number) => Math.floor(next() * limit) };
}

function anySeries(seed: number, originMonoMs: number): CapturedSeries[] {
  const { below } = generator(seed);
  return Array.from({ length: below(6) }, (_, index) => {
    const count = below(4) === 0 ? below(3) : below(400);
    const ticks = Array.from({ length: count }, () => below(3_600_000)).sort((one, other) => one - other);
    return {
      target: `ziel-ü-${'x'.repeat(below(200))}-${index}`,
      sentMonoMs: Float64Array.from(ticks, (tick) => originMonoMs + tick / 10),
      codes: Int16Array.from(ticks, () => (below(5) === 0 ? -1 - below(4) : below(codeCount))),
    };
  });
}

test('whatever is encoded is decoded as it was', () => {
  for (let seed = 1; seed <= 300; seed += 1) {
    const originMonoMs = (seed % 7) * 12_345_678.9;
    const series = anySeries(seed, originMonoMs);
    const decoded = decodeCapture(encodeCapture(series, originMonoMs));
    assert.equal(decoded.length, series.length, `seed ${seed}`);
    for (const [index, { target, sentMonoMs, codes }] of series.entries()) {
      const found = decoded[index];
      assert.equal(found?.target, target, `seed ${seed}`);
      assert.deepEqual(found.codes, [...codes], `seed ${seed}`);
      const farthest = sentMonoMs.reduce(
        (most, sent, at) =>
          Math.max(most, Math.abs(sent - originMonoMs - (found.offsetsMs[at] ?? Number.NaN))),
        0,
      );
      assert.ok(farthest <= 0.0501, `seed ${seed}: ${farthest} ms off`);
    }
  }
});

test('the lowest and the highest code pass', () => {
  const codes = Int16Array.of(slot.skipped, slot.local, slot.unreachable, slot.timeout, 0, codeCount - 1);
  const sentMonoMs = Float64Array.from(codes, (_, index) => index);
  assert.deepEqual(decodeCapture(encodeCapture([{ target: 'a', sentMonoMs, codes }], 0))[0]?.codes, [
    ...codes,
  ]);
});

test('damaged bytes are refused with a clear error', () => {
  const body = encodeCapture(anySeries(5, 0), 0);
  const cut = body.subarray(0, body.length - 4);
  const isClear = (error: unknown) => error instanceof AppError && error.code === 'CAPTURE_UNREADABLE';
  assert.throws(() => decodeCapture(cut), isClear);
  assert.throws(() => decodeCapture(new Uint8Array(20).fill(255)), isClear);
});

test('three minutes of ten targets, half a minute of it quick, take less than 20 KB', () => {
  const { below } = generator(7);
  const series = Array.from({ length: 10 }, (_, index): CapturedSeries => {
    const sent = [
      ...Array.from({ length: 180 }, (_, second) => second * 1000 + index * 30),
      ...Array.from({ length: 150 }, (_, place) => 60_000 + place * 200 + 7),
    ].sort((one, other) => one - other);
    return {
      target: `target-${index}`,
      sentMonoMs: Float64Array.from(sent),
      codes: Int16Array.from(sent, () => 9600 + below(60)),
    };
  });
  const { length } = encodeCapture(series, 0);
  assert.ok(length < 20_000, `${length} bytes`);
});
