import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import { madeUpName, questionOf } from './questions.ts';
import type { NameAnswer, NameOutcome, NameServer } from './schema.ts';
import { ServerWatch } from './server-watch.ts';

const calm = { isCalm: true, isTelling: true };

function watchOf(transport: NameServer['transport'] = 'udp', place = 0): ServerWatch {
  const server = {
    id: '192.168.1.1',
    line: 'main',
    address: '192.168.1.1',
    family: 'ipv4',
    transport,
    role: 'router',
  } as const;
  return new ServerWatch({ server, question: { address: '192.168.1.1', transport } }, place, 0);
}

function told(outcome: NameOutcome, sentMonoMs: number, more: Partial<NameAnswer> = {}) {
  const rttMs = outcome === 'timeout' ? null : 10;
  const answer: NameAnswer = {
    server: '192.168.1.1',
    line: 'main',
    role: 'router',
    at: '2026-11-22T12:00:00.000Z',
    name: 'example.com',
    type: 'A',
    outcome,
    rttMs,
    answers: outcome === 'answer' ? ['192.0.2.1'] : [],
    reason: null,
    ...more,
  };
  const endedMonoMs = sentMonoMs + (answer.rttMs ?? 4000);
  return { sentMonoMs, endedMonoMs, answer, family: 'ipv4' as const, isTrusted: true };
}

/** Moments of a second's tick at which it was asked. */
function askedAt(
  watch: ServerWatch,
  fromMs: number,
  toMs: number,
  intervalMs: number,
  isHurried = false,
): number[] {
  const times: number[] = [];
  for (let now = fromMs; now < toMs; now += 1000) {
    if (!watch.isDue(now, intervalMs, isHurried)) continue;
    watch.end(watch.begin(now));
    times.push(now);
  }
  return times;
}

describe('pace', () => {
  it('is the configured interval, each server in its own second', () => {
    const first = askedAt(watchOf('udp', 0), 0, 60_000, 10_000);
    const second = askedAt(watchOf('udp', 1), 0, 60_000, 10_000);
    assert.deepEqual(first, [0, 10_000, 20_000, 30_000, 40_000, 50_000]);
    assert.deepEqual(second, [0, 1000, 11_000, 21_000, 31_000, 41_000, 51_000]);
  });

  it('is kept by ticks that come a little early or late', () => {
    const watch = watchOf();
    let count = 0;
    for (let second = 0; second < 100; second += 1) {
      const now = second * 1000 + [-3, 4, 0, 40, -1][second % 5]!;
      if (!watch.isDue(now, 10_000, false)) continue;
      watch.end(watch.begin(now));
      count += 1;
    }
    assert.equal(count, 10);
  });

  it('is a second while hurried', () => {
    assert.equal(askedAt(watchOf(), 0, 10_000, 10_000, true).length, 10);
  });

  it('is two seconds while it fails, the usual one after an hour of that', () => {
    const watch = watchOf();
    watch.take(told('timeout', 0), calm);
    assert.equal(askedAt(watch, 10_000, 20_000, 10_000).length, 5);
    assert.equal(askedAt(watch, 3_600_000, 3_700_000, 10_000).length, 10);
    watch.take(told('answer', 3_700_000), calm);
    assert.equal(askedAt(watch, 3_700_000, 3_800_000, 10_000).length, 10);
  });

  it('is slower over TLS, where every question is a new connection', () => {
    assert.equal(askedAt(watchOf('tls'), 0, 120_000, 10_000).length, 2);
    assert.equal(askedAt(watchOf('https'), 0, 20_000, 10_000, true).length, 4);
  });

  it('stops while too many questions are without an answer', () => {
    const watch = watchOf();
    for (let i = 0; i < 6; i += 1) watch.begin(i * 1000);
    assert.equal(watch.isDue(20_000, 10_000, true), false);
  });
});

describe('what counts as another outcome', () => {
  const changes = (...outcomes: NameOutcome[]) => {
    const watch = watchOf();
    return outcomes.flatMap((outcome, index) =>
      watch.take(told(outcome, index * 1000), calm).isChange ? [`${index} ${outcome}`] : [],
    );
  };

  it('is two of a kind in a row', () => {
    assert.deepEqual(changes('answer', 'servfail', 'servfail', 'servfail', 'answer', 'answer'), [
      '2 servfail',
      '5 answer',
    ]);
    assert.deepEqual(changes('answer', 'timeout', 'answer', 'timeout', 'answer'), []);
    assert.deepEqual(changes('servfail', 'answer', 'answer'), ['2 answer']);
    assert.deepEqual(changes('answer', 'servfail', 'servfail', 'timeout', 'timeout'), [
      '2 servfail',
      '4 timeout',
    ]);
  });

  it('is also two failures that differ, because nothing works then', () => {
    assert.deepEqual(changes('answer', 'servfail', 'timeout', 'servfail'), ['2 timeout']);
  });

  it('is not a loss that was sent before an answer which came earlier', () => {
    const watch = watchOf();
    watch.take(told('answer', 0), calm);
    watch.take(told('answer', 5000), calm);
    for (const sent of [1000, 2000, 3000]) {
      assert.deepEqual(watch.take(told('timeout', sent), calm), { isChange: false, isTrouble: false });
    }
    assert.equal(watch.outcome, 'answer');
    assert.equal(watch.state(8000).last?.outcome, 'answer');
    assert.equal(watch.state(8000).failed, 3);
  });

  it('is nothing that says nothing', () => {
    const watch = watchOf();
    watch.take(told('answer', 0), calm);
    for (const sent of [1000, 2000, 3000])
      watch.take(told('nxdomain', sent, { name: 'typo.example' }), { isCalm: true, isTelling: false });
    assert.deepEqual([watch.outcome, watch.state(4000).count], ['answer', 1]);
  });
});

describe('trouble', () => {
  it('is the first failure of a name, not its repetition', () => {
    const watch = watchOf();
    const trouble = (outcome: NameOutcome, sent: number, name = 'example.com') =>
      watch.take(told(outcome, sent, { name }), calm).isTrouble;
    assert.equal(trouble('answer', 0), false);
    assert.equal(trouble('servfail', 1000), true);
    assert.equal(trouble('servfail', 2000), false);
    assert.equal(trouble('servfail', 3000, 'debian.org'), true);
    assert.equal(trouble('timeout', 4000), true);
    assert.equal(trouble('answer', 5000), false);
    assert.equal(trouble('timeout', 6000), true);
  });

  it('is the first answer of over three times the usual time and 200 ms', () => {
    const watch = watchOf();
    const trouble = (rttMs: number, sent: number) =>
      watch.take(told('answer', sent, { rttMs }), calm).isTrouble;
    assert.equal(trouble(800, 0), false, 'nothing is usual yet');
    const slow = watchOf();
    for (let i = 0; i < 6; i += 1) slow.take(told('answer', i, { rttMs: 20 }), calm);
    assert.equal(slow.usualMs, 20);
    const next = (rttMs: number, sent: number) => slow.take(told('answer', sent, { rttMs }), calm).isTrouble;
    assert.equal(next(150, 10_000), false, 'many times the usual, and still quick');
    assert.equal(next(201, 20_000), true);
    assert.equal(next(800, 30_000), false, 'not the first');
    assert.equal(next(20, 40_000), false);
    assert.equal(next(800, 50_000), true);
  });

  it('is seen before the timeout, in a question that waits too long', () => {
    const watch = watchOf();
    watch.begin(0);
    assert.equal(watch.isOverdue(3000), false, 'nothing is usual yet');
    for (let i = 0; i < 6; i += 1) watch.take(told('answer', i, { rttMs: 20 }), calm);
    assert.equal(watch.isOverdue(100), false);
    assert.equal(watch.isOverdue(1000), true);
    assert.equal(watch.isOverdue(2000), false, 'told once');
    watch.end(watch.begin(2000));
    assert.equal(watch.isOverdue(9000), false);
  });
});

test('statistics are of the last ten minutes, answers alone have times', () => {
  const watch = watchOf();
  watch.take(told('answer', 0, { rttMs: 5000 }), calm);
  for (let i = 1; i <= 100; i += 1) watch.take(told('answer', i * 1000, { rttMs: i }), calm);
  watch.take(told('timeout', 101_000), calm);
  watch.take(told('servfail', 102_000), calm);
  const { count, failed, p50Ms, p95Ms, last } = watch.state(605_001);
  assert.deepEqual([count, failed, p50Ms, p95Ms, last?.outcome], [98, 2, 53, 96, 'servfail']);
  const later = watch.state(3_600_000);
  assert.deepEqual([later.count, later.p50Ms, later.last?.outcome], [0, null, 'servfail']);
  assert.deepEqual(
    [...watch.failedTotals],
    [
      ['timeout', 1],
      ['servfail', 1],
    ],
  );
});

test('a new address waits until another name gets another one', () => {
  const watch = watchOf();
  watch.wait({ name: 'one.example', type: 'A' }, '192.0.2.9');
  const next = (name: string, type: 'A' | 'AAAA', ...answers: string[]) =>
    watch.takeConfirmed({ name, type, answers }).map((confirmed) => `${confirmed.name} ${confirmed.address}`);
  assert.deepEqual(next('one.example', 'A', '192.0.2.9'), []);
  assert.deepEqual(next('two.example', 'A', '192.0.2.9'), [], 'the same for both: not yet');
  assert.deepEqual(next('two.example', 'AAAA', '2001:db8::1'), [], 'another type says nothing');
  assert.deepEqual(next('two.example', 'A', '192.0.2.5'), ['one.example 192.0.2.9']);
  assert.deepEqual(next('two.example', 'A', '192.0.2.5'), []);
});

test('names take turns, each in both families', () => {
  const names = ['a', 'b', 'c'];
  const asked = Array.from({ length: 12 }, (_, turn) => {
    const question = questionOf(names, turn);
    return `${question?.name}${question?.type === 'AAAA' ? '6' : ''}`;
  });
  assert.deepEqual(asked, ['a', 'b', 'c', 'a6', 'a', 'b', 'c', 'b6', 'a', 'b', 'c', 'c6']);
  for (const count of [1, 2, 4, 5]) {
    const several = Array.from({ length: count }, (_, i) => `n${i}`);
    const seen = new Set(
      Array.from({ length: 4 * count }, (_, turn) => JSON.stringify(questionOf(several, turn))),
    );
    assert.equal(seen.size, 2 * count, `${count} names`);
  }
  assert.equal(questionOf([], 0), null);
});

test('a made-up name is long, random and below an ending that exists', () => {
  assert.match(madeUpName(Math.random), /^[a-z]{20}\.(com|net|org)$/);
  assert.notEqual(madeUpName(Math.random), madeUpName(Math.random));
  assert.match(
    madeUpName(() => 0.999_999),
    /^z{20}\.org$/,
  );
});
