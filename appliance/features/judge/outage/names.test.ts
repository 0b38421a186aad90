import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NameEvidence } from './evidence.ts';
import { NameWatch } from './names.ts';

type Said = 'answer' | 'timeout' | 'servfail' | 'nxdomain';

function evidence(sentMs: number, outcome: Said, isPulse: boolean, server = 'router'): NameEvidence {
  const isAnswered = outcome === 'answer';
  return {
    kind: 'name',
    atMs: sentMs + 20,
    sentMs,
    line: 'main',
    server,
    family: 'ipv4',
    isControl: false,
    isPulse,
    outcome,
    isAnswered,
    isTrusted: true,
    rttMs: isAnswered && !isPulse ? 10 : Number.NaN,
  };
}

/** One pulse a second and another name every 2.5 s; `say` tells what becomes of each. */
function watched(toMs: number, say: (sentMs: number, isPulse: boolean) => Said, lossRatio = 0) {
  const watch = new NameWatch();
  let announcedMs = Number.NaN;
  for (let ms = 0; ms < toMs; ms += 500) {
    if (ms % 1000 === 0) watch.take(evidence(ms, say(ms, true), true));
    if (ms % 2500 === 0) watch.take(evidence(ms, say(ms, false), false));
    if (Number.isNaN(announcedMs) && watch.trouble(lossRatio)) announcedMs = ms;
  }
  return { watch, announcedMs, trouble: watch.trouble(lossRatio) };
}

test('a server that falls silent is dated by the question of that second', () => {
  const { trouble, announcedMs } = watched(30_000, (ms) => (ms >= 20_600 ? 'timeout' : 'answer'));
  assert.equal(trouble?.symptom, 'names');
  assert.equal(trouble?.startMs, 21_000);
  assert.ok(announcedMs <= 23_000, `announced at ${announcedMs}`);
});

test('two lost questions are none, nor are three on a lossy line', () => {
  assert.equal(watched(22_500, (ms) => (ms >= 20_600 ? 'timeout' : 'answer')).trouble, null);
  assert.equal(watched(23_500, (ms) => (ms >= 20_600 ? 'timeout' : 'answer'), 0.1).trouble, null);
});

test('a denial is believed when other names are denied too, and dated by the first one', () => {
  const { trouble, announcedMs } = watched(30_000, (ms) => (ms >= 20_600 ? 'servfail' : 'answer'));
  assert.deepEqual([trouble?.symptom, trouble?.cause, trouble?.startMs], ['names', 'servfail', 21_000]);
  assert.ok(announcedMs <= 25_500, `announced at ${announcedMs}`);
});

test('the one name that is asked every second may go without the others', () => {
  const gone = watched(1_300_000, (ms, isPulse) => (isPulse && ms >= 20_000 ? 'nxdomain' : 'answer'));
  assert.equal(gone.trouble, null);
  const later = watched(1_320_000, (ms, isPulse) =>
    isPulse && ms >= 20_000 ? 'nxdomain' : ms >= 1_300_100 ? 'servfail' : 'answer',
  );
  const startMs = later.trouble?.startMs ?? Number.NaN;
  assert.ok(startMs >= 1_300_000, 'a name that is long gone dates nothing before the newest good answer');
});

test('a server that answers from its memory alone fails all the same', () => {
  const { trouble } = watched(60_000, (ms, isPulse) => (!isPulse && ms >= 20_600 ? 'timeout' : 'answer'));
  assert.deepEqual([trouble?.symptom, trouble?.startMs], ['names', 22_500]);
});

test('it is over when both kinds of questions are answered, and ended with the last that failed', () => {
  const { watch } = watched(40_000, (ms) => (ms >= 20_600 && ms < 30_400 ? 'timeout' : 'answer'));
  assert.equal(watch.areWell(['router']), true);
  assert.equal(watch.lastTroubleMs(['router'], 'names'), 30_000);
  const { watch: half } = watched(40_000, (ms, isPulse) =>
    ms >= 20_600 && (isPulse || ms < 30_400) ? 'timeout' : 'answer',
  );
  assert.equal(half.areWell(['router']), false);
});

test('a server that is no longer asked is forgotten', () => {
  const watch = new NameWatch();
  for (const ms of [0, 1000, 2000]) watch.take(evidence(ms, 'answer', false, 'old'));
  for (let ms = 3000; ms < 200_000; ms += 2500)
    watch.take(evidence(ms, ms < 190_000 ? 'answer' : 'servfail', false, 'new'));
  const trouble = watch.trouble(0);
  assert.deepEqual([trouble?.isWhole, trouble?.servers], [true, ['new']]);
});

test('a server that answers other questions in between is not silent, whatever pulses are lost', () => {
  const watch = new NameWatch();
  for (const ms of [0, 1000, 2000]) watch.take(evidence(ms, 'answer', false));
  for (let ms = 10_000; ms < 20_000; ms += 1000) {
    watch.take(evidence(ms + 500, 'answer', false));
    watch.take(evidence(ms, 'timeout', true)); // known a second later than the answer to what was asked after it
    assert.equal(watch.trouble(0), null);
  }
});
