import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ImpactSecond, impactsOf, oneWayMs, ratingOf } from './impact.ts';

const begin = Date.UTC(2026, 10, 22, 19, 42);

/** One letter a second: '.' answers, 'x' is silent, ' ' was not measured. */
function line(picture: string, more: Partial<ImpactSecond> = {}): ImpactSecond[] {
  return [...picture].flatMap((letter, index) => {
    if (letter === ' ') return [];
    const isLost = letter === 'x';
    const second = {
      atMs: begin + index * 1000,
      count: 1,
      lost: isLost ? 1 : 0,
      p50Ms: isLost ? null : 20,
      jitterMs: 1,
    };
    return [isLost ? second : { ...second, ...more }];
  });
}

const good = (seconds: number) => '.'.repeat(seconds);
const silent = (seconds: number) => 'x'.repeat(seconds);

/** "failures/seconds" of each activity. */
function told(seconds: readonly ImpactSecond[], names: { fromMs: number; toMs: number }[] = []) {
  return Object.fromEntries(
    impactsOf(seconds, names).map(({ activity, failures, seconds: bad }) => [activity, `${failures}/${bad}`]),
  );
}

const nothing = { voice: '0/0', 'video-call': '0/0', video: '0/0', games: '0/0', web: '0/0' };

test('the rating of a call follows the E-model', () => {
  const near = (actual: number, expected: number) =>
    assert.ok(Math.abs(actual - expected) < 0.005, String(actual));
  near(ratingOf(0, 0), 83.2); // 94.2 - 11
  near(ratingOf(100, 0), 80.8); // Id = 0.024 × 100 = 2.4
  near(ratingOf(277.3, 0), 65.545); // Id = 6.655 + 0.11 × 100
  near(ratingOf(0, 0.1), 54.234); // Ie,eff = 11 + 84 × 10 / 29 = 39.966
  near(ratingOf(100, 0.05), 63.3); // Ie,eff = 11 + 84 × 5 / 24 = 28.5
  assert.equal(oneWayMs(100, 5), 95); // 50 + 25 + the least buffer of 20
  assert.equal(oneWayMs(100, 30), 135); // 50 + 25 + 2 × 30
});

test('twelve seconds of silence end calls, games and pages, and run a buffer of ten seconds dry', () => {
  const seconds = line(good(60) + silent(12) + good(30));
  // The video stalls in seconds 11 and 12, and until 1.5 s and 3 s are in the buffer again.
  assert.deepEqual(told(seconds), {
    voice: '1/12',
    'video-call': '1/12',
    video: '1/4',
    games: '1/12',
    web: '1/12',
  });
});

test('a line that works fails nothing, and a lone loss is no rate', () => {
  assert.deepEqual(told(line(good(120))), nothing);
  assert.deepEqual(told(line(`${good(30)}x${good(30)}x${good(30)}`)), nothing);
});

test('two seconds of silence end a voice call and three a video call, even where no whole window was measured', () => {
  const two = told(line(`${silent(2)}.`));
  assert.deepEqual([two.voice, two['video-call'], two.web], ['1/2', '0/0', '1/2']);
  assert.equal(told(line(`${silent(3)}.`))['video-call'], '1/3');
  const within = told(line(good(20) + silent(2) + good(20)));
  assert.equal(within['video-call'], '1/2', 'two of five exchanges are more than 5 % loss');
  assert.equal(within.video, '0/0', 'ten seconds are kept ahead');
});

test('silences close together are one failure, those apart are two', () => {
  assert.equal(told(line(good(10) + silent(5) + good(8) + silent(5) + good(10))).voice, '1/10');
  assert.equal(told(line(good(10) + silent(5) + good(30) + silent(5) + good(10))).voice, '2/10');
});

test('loss that many exchanges show is a rate', () => {
  // 5 of 100 in five seconds: R = 94.2 - 1.32 - 28.5 = 64.4; 5 % is not above 5 %; games allow 2 %.
  const five = told(line(good(10), { count: 20, lost: 1 }));
  assert.deepEqual([five.voice, five['video-call'], five.games], ['0/0', '0/0', '1/10']);
  // 10 of 100: R = 94.2 - 1.32 - 39.97 = 52.9.
  const ten = told(line(good(10), { count: 20, lost: 2 }));
  assert.deepEqual([ten.voice, ten['video-call'], ten.games], ['1/10', '1/10', '1/10']);
  assert.deepEqual([ten.video, ten.web], ['0/0', '0/0']);
});

test('delay alone spoils games first, then video calls, then voice', () => {
  const at = (p50Ms: number) => told(line(good(10), { p50Ms }));
  assert.deepEqual(at(140), nothing);
  assert.deepEqual(at(160), { ...nothing, games: '1/10' });
  // One way 500 / 2 + 45 = 295: Id = 7.08 + 0.11 × 117.7 = 20.03, R = 63.2.
  assert.deepEqual(at(500), { ...nothing, games: '1/10', 'video-call': '1/10' });
  // One way 345: Id = 8.28 + 0.11 × 167.7 = 26.73, R = 56.5.
  assert.deepEqual(at(600), { ...nothing, games: '1/10', 'video-call': '1/10', voice: '1/10' });
  assert.deepEqual(told(line(good(10), { jitterMs: 31 })), { ...nothing, games: '1/10' });
});

test('good seconds around a bad one are not blamed', () => {
  const slow = line(good(20)).map((second, index) => (index === 10 ? { ...second, p50Ms: 4000 } : second));
  assert.equal(told(slow)['video-call'], '1/1'); // (4 × 20 + 4000) / 5 = 816 ms
});

test('without names no page loads, and all else goes on', () => {
  const names = [{ fromMs: begin + 10_000, toMs: begin + 40_000 }];
  assert.deepEqual(told(line(good(60)), names), { ...nothing, web: '1/30' });
});

test('what was not measured is neither good nor bad', () => {
  assert.deepEqual(impactsOf([], []), []);
  assert.deepEqual(
    told(line(`${good(10)}x x x${good(10)}`)).web,
    '0/0',
    'no two silent seconds follow each other',
  );
  assert.equal(told(line(good(10) + silent(6) + ' '.repeat(60) + silent(6) + good(10))).video, '1/4');
});

test('the sentence counts, and the method names its model', () => {
  const [voice, , video] = impactsOf(line(good(60) + silent(12) + good(30) + silent(20)), []);
  assert.equal(voice?.text, 'Voice calls would have failed twice, 32 s in total.');
  assert.match(voice?.method ?? '', /G\.107/);
  assert.equal(video?.failures, 2);
  const [one] = impactsOf(line(good(10) + silent(12) + good(5)), []);
  assert.equal(one?.text, 'Voice calls would have failed once, for 12 s.');
  const [none] = impactsOf(line(good(10)), []);
  assert.equal(none?.text, 'Voice calls would have worked.');
});
