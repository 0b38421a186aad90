import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Evidence } from './evidence.ts';
import { Judge } from './judge.ts';
import { type BusyRecord, type Change, defaultThresholds, type OutageRecord } from './records.ts';
import { mulberry, type TestFault, type TestLineOptions, testEvidence } from './test-line.ts';

interface Judged {
  records: OutageRecord[];
  open: OutageRecord[];
  busy: BusyRecord[];
  changes: Change[];
}

/** Feeds a stretch of evidence (and what else is told) to a judge. */
export function judged(evidence: Iterable<Evidence>, judge = new Judge()): Judged {
  const records = new Map<number, OutageRecord>();
  const busy = new Map<number, BusyRecord>();
  const changes: Change[] = [];
  for (const piece of evidence) {
    for (const change of judge.take(piece)) {
      changes.push(change);
      if (change.type === 'busy') busy.set(change.busy.key, change.busy);
      else if (change.type !== 'worked') records.set(change.record.key, change.record);
    }
  }
  const all = [...records.values()];
  return { records: all, open: all.filter(({ endMs }) => endMs === null), busy: [...busy.values()], changes };
}

const run = (faults: readonly TestFault[], toMs: number, options: TestLineOptions = {}) =>
  judged(testEvidence(faults, 0, toMs, options));
const short = ({ kind, verdict, symptom, families }: OutageRecord) =>
  `${kind} ${verdict} ${symptom} ${families.join('+')}`;

describe('silence', () => {
  for (const place of ['lan', 'gateway', 'access', 'isp', 'transit'] as const) {
    for (const seed of [1, 2, 3, 4, 5]) {
      test(`a break at ${place} is found with its times (seed ${seed})`, () => {
        const fault = { fromMs: 40_000 + 137 * seed, toMs: 65_000 + 311 * seed, place };
        const { records, open } = run([fault], 90_000, { seed });
        assert.deepEqual(records.map(short), [`outage ${place} no-answer ipv4+ipv6`]);
        const [record] = records;
        assert.ok(record);
        assert.equal(open.length, 0);
        assert.ok(
          Math.abs(record.startMs - fault.fromMs) <= 1000,
          `starts ${record.startMs - fault.fromMs} ms off`,
        );
        assert.ok(
          Math.abs((record.endMs ?? 0) - fault.toMs) <= 1000,
          `ends ${(record.endMs ?? 0) - fault.toMs} ms off`,
        );
        assert.ok(record.announcedMs - fault.fromMs <= 5000);
        assert.ok((record.decidedMs ?? Infinity) - fault.fromMs <= 15_000);
        if (place === 'access') assert.deepEqual([...record.candidates].sort(), ['access', 'gateway']);
        else assert.deepEqual(record.candidates, [place]);
      });
    }
  }

  test('cuts of two seconds are all found, whatever their phase', () => {
    for (let phase = 0; phase < 1000; phase += 100) {
      const fault = { fromMs: 30_000 + phase, toMs: 32_000 + phase, place: 'access' } as const;
      const { records } = run([fault], 50_000, { seed: phase + 7 });
      assert.deepEqual(records.map(short), ['outage access no-answer ipv4+ipv6'], `phase ${phase}`);
    }
  });

  test('a flapping line has one record a cut, and none of them is a single family’s', () => {
    for (const seed of [1, 2, 3, 4]) {
      const random = mulberry(seed);
      const faults: TestFault[] = [];
      for (let atMs = 40_000; atMs < 140_000; ) {
        const fault = { fromMs: atMs, toMs: atMs + 2050 + random() * 2500, place: 'access' as const };
        faults.push(fault);
        atMs = fault.toMs + 2100 + random() * 6000;
      }
      const { records, open } = run(faults, 160_000, { seed });
      assert.equal(open.length, 0);
      assert.deepEqual(
        [...new Set(records.filter(({ kind }) => kind === 'outage').map(short))],
        ['outage access no-answer ipv4+ipv6'],
      );
      for (const fault of faults) {
        const found = records.some(
          ({ startMs, lastMs }) =>
            startMs >= fault.fromMs - 1 && lastMs <= fault.toMs + 1 && lastMs - startMs > 500,
        );
        assert.ok(
          found,
          `seed ${seed}: the cut at ${Math.round(fault.fromMs)} for ${Math.round(fault.toMs - fault.fromMs)} ms`,
        );
      }
    }
  });

  test('a break in IPv6 alone is IPv6’s, with the place in the evidence', () => {
    for (const place of ['gateway', 'access', 'isp', 'transit'] as const) {
      const { records } = run([{ fromMs: 40_000, toMs: 60_000, place, families: ['ipv6'] }], 90_000);
      assert.deepEqual(records.map(short), ['outage ipv6 no-answer ipv6']);
      assert.equal(records[0]?.segment, place);
    }
  });

  test('without a witness at home a silent router is not told from a silent network', () => {
    const { records } = run([{ fromMs: 40_000, toMs: 60_000, place: 'lan' }], 90_000, { hasWitness: false });
    assert.deepEqual([...(records[0]?.candidates ?? [])].sort(), ['gateway', 'lan']);
    assert.ok((records[0]?.confidence ?? 1) < 0.8);
  });

  test('a provider’s router that never answers pings is no evidence', () => {
    const { records } = run([{ fromMs: 40_000, toMs: 60_000, place: 'access' }], 90_000, { silent: ['isp'] });
    assert.equal(records.length, 1);
    assert.ok(records[0]?.candidates.includes('access'));
  });

  test('one anchor is enough, and none of its single losses is an outage', () => {
    const found = run([{ fromMs: 40_000, toMs: 43_000, place: 'access' }], 60_000, { anchors: 1 });
    assert.deepEqual(found.records.map(short), ['outage access no-answer ipv4+ipv6']);
    const calm = run([], 3_600_000, { anchors: 1, lossRatio: 0.01, seed: 5 });
    assert.deepEqual(calm.records.map(short), []);
  });
});

describe('degradations', () => {
  for (const place of ['lan', 'access', 'isp', 'transit'] as const) {
    for (const seed of [1, 2, 3]) {
      test(`loss behind ${place} is found there (seed ${seed})`, () => {
        const fault = { fromMs: 40_000, toMs: 100_000, place, lossRatio: 0.1, burst: 4 };
        const { records, open } = run([fault], 150_000, { seed });
        assert.deepEqual(
          records.map(({ kind, verdict }) => `${kind} ${verdict}`),
          [`degradation ${place}`],
        );
        assert.equal(open.length, 0);
      });
    }
  }

  test('one destination that is silent is that destination’s', () => {
    const { records } = run([{ fromMs: 40_000, toMs: 60_000, place: { destination: 'anchor1' } }], 90_000);
    assert.deepEqual(records.map(short), ['degradation service no-answer ipv4+ipv6']);
    assert.equal(records[0]?.target, 'anchor1');
  });

  test('a delay that stays is the access line’s; one that breathes is a queue', () => {
    const detour = run([{ fromMs: 60_000, toMs: 90_000, place: 'access', addedUs: 80_000 }], 120_000);
    assert.deepEqual(detour.records.map(short), ['degradation access latency ipv4+ipv6']);
    const queue = run(
      [{ fromMs: 60_000, toMs: 90_000, place: 'access', addedUs: 60_000, jitterUs: 30_000 }],
      120_000,
    );
    assert.deepEqual(queue.records.map(short), []);
    assert.deepEqual(
      queue.busy.map(({ source }) => source),
      ['inferred'],
    );
  });
});

describe('many targets', () => {
  test('a record tells the path and the first anchors, the verdict counts all', () => {
    const { records } = run([{ fromMs: 20_000, toMs: 30_000, place: 'access' }], 40_000, { anchors: 60 });
    assert.deepEqual(records.map(short), ['outage access no-answer ipv4+ipv6']);
    const anchors = records[0]?.nodes.filter(({ segment }) => segment === 'anchor') ?? [];
    assert.equal(anchors.length, 32);
    assert.ok(records[0]?.nodes.some(({ segment }) => segment === 'isp'));
  });
});

describe('what counts', () => {
  const silence = [{ fromMs: 40_000, toMs: 44_000, place: 'access' }] as const;

  test('as an outage follows the configuration without a new start', () => {
    const thresholds = { ...defaultThresholds };
    const judge = new Judge({ thresholds });
    const first = judged(testEvidence(silence, 0, 60_000), judge);
    thresholds.silenceMs = 8000;
    const later = judged(
      testEvidence([{ fromMs: 100_000, toMs: 104_000, place: 'access' }], 60_000, 130_000),
      judge,
    );
    assert.deepEqual([first.records.length, later.records.length], [1, 0]);
  });

  test('a family that answers for the first time is told once', () => {
    const { changes } = run(silence, 60_000);
    const worked = changes.flatMap((change) => (change.type === 'worked' ? [change.family] : []));
    assert.deepEqual(worked.sort(), ['ipv4', 'ipv6']);
  });
});

/** What a line does to the questions that go over it, of two servers behind it. */
function overTheLine(
  faults: readonly TestFault[],
  toMs: number,
  seed: number,
  rttOf: (sentMs: number) => number,
): Judged {
  const random = mulberry(seed);
  const lossAt = (ms: number) =>
    faults.find(({ fromMs, toMs: end }) => ms >= fromMs && ms < end)?.lossRatio ?? 0;
  const questions: Evidence[] = [];
  for (const [index, server] of ['192.0.2.53', '198.51.100.53'].entries())
    for (let sentMs = 1000 + index * 300; sentMs < toMs; sentMs += 500) {
      const isPulse = sentMs % 1000 < 500;
      const isAnswered = random() >= lossAt(sentMs);
      const rttMs = isAnswered ? rttOf(sentMs) : Number.NaN;
      const common = { line: 'main', server, family: 'ipv4', isControl: false, isTrusted: true } as const;
      const outcome = isAnswered && !(isPulse && rttMs > 1000) ? 'answer' : 'timeout';
      const atMs = sentMs + (outcome === 'answer' ? rttMs : isPulse ? 1000 : 4000);
      questions.push({
        ...common,
        kind: 'name',
        sentMs,
        atMs,
        isPulse,
        outcome,
        isAnswered: outcome === 'answer',
        rttMs,
      });
    }
  const all = [...testEvidence(faults, 0, toMs, { seed }), ...questions];
  return judged(all.sort((a, b) => a.atMs - b.atMs));
}

describe('name servers behind a bad line', () => {
  for (const seed of [1, 2, 3, 4, 5, 6, 7, 8]) {
    test(`lose questions like everybody and are not blamed (seed ${seed})`, () => {
      const fault = { fromMs: 60_000, toMs: 110_000, place: 'access', lossRatio: 0.2, burst: 2 } as const;
      const { records } = overTheLine([fault], 140_000, seed, () => 12);
      assert.deepEqual([...new Set(records.map(short))], ['degradation access loss ipv4+ipv6']);
    });
  }

  test('are slow when a queue fills, and are not blamed before it is known', () => {
    const queue = {
      fromMs: 60_000,
      toMs: 90_000,
      place: 'access',
      addedUs: 500_000,
      jitterUs: 60_000,
    } as const;
    const rttOf = (ms: number) => (ms >= queue.fromMs && ms < queue.toMs ? 512 : 12);
    const { records } = overTheLine([queue], 120_000, 3, rttOf);
    assert.deepEqual(records.map(short), []);
  });
});

describe('calm', () => {
  test('an hour of 1 % random loss and 20 ms of jitter is nothing', () => {
    for (const seed of [1, 2, 3]) {
      const { records } = run([], 3_600_000, { lossRatio: 0.01, jitterUs: 20_000, seed });
      assert.deepEqual(records.map(short), []);
    }
  });
});

describe('several at once', () => {
  for (const seed of [1, 2, 3]) {
    test(`loss of IPv4 is seen while IPv6 is silent (seed ${seed})`, () => {
      const { records, open } = run(
        [
          { fromMs: 40_000, toMs: 180_000, place: 'access', families: ['ipv6'] },
          { fromMs: 80_000, toMs: 140_000, place: 'access', families: ['ipv4'], lossRatio: 0.12, burst: 4 },
        ],
        220_000,
        { seed },
      );
      assert.deepEqual(records.map(short), ['outage ipv6 no-answer ipv6', 'degradation access loss ipv4']);
      assert.equal(open.length, 0);
    });

    test(`what IPv6 loses in its own silence is no loss of the line (seed ${seed})`, () => {
      const { records } = run([{ fromMs: 60_000, toMs: 75_000, place: 'isp', families: ['ipv6'] }], 200_000, {
        seed,
        lossRatio: 0.005,
      });
      assert.deepEqual(records.map(short), ['outage ipv6 no-answer ipv6']);
    });
  }

  test('a delay of IPv4 is seen while IPv6 is silent', () => {
    const { records } = run(
      [
        { fromMs: 60_000, toMs: 180_000, place: 'isp', families: ['ipv6'] },
        { fromMs: 90_000, toMs: 130_000, place: 'access', families: ['ipv4'], addedUs: 80_000 },
      ],
      220_000,
    );
    assert.deepEqual(records.map(short), ['outage ipv6 no-answer ipv6', 'degradation access latency ipv4']);
  });

  test('servers asked by the silent family are not blamed; those of the other one are', () => {
    const servers = [
      { server: '192.0.2.53', family: 'ipv4' },
      { server: '2001:db8::53', family: 'ipv6' },
    ] as const;
    const names = servers.flatMap(({ server, family }, index) =>
      Array.from({ length: 100 }, (_, turn): Evidence => {
        const sentMs = 1000 + index * 500 + turn * 2000;
        const isAnswered = family === 'ipv4' ? sentMs < 120_000 || sentMs > 150_000 : sentMs < 60_000;
        const outcome = isAnswered ? 'answer' : family === 'ipv4' ? 'servfail' : 'timeout';
        const rttMs = isAnswered ? 10 : Number.NaN;
        const common = { line: 'main', server, family, isControl: false, isPulse: false, isTrusted: true };
        return { kind: 'name', sentMs, atMs: sentMs + 20, outcome, isAnswered, rttMs, ...common };
      }),
    );
    const exchanges = testEvidence(
      [{ fromMs: 60_000, toMs: 300_000, place: 'access', families: ['ipv6'] }],
      0,
      200_000,
    );
    const { records } = judged([...exchanges, ...names].sort((a, b) => a.atMs - b.atMs));
    assert.deepEqual(
      records.map(({ verdict, target }) => `${verdict} ${target}`),
      ['ipv6 null', 'dns 192.0.2.53'],
    );
  });

  for (const seed of [1, 2, 3, 4, 5]) {
    for (const place of ['lan', 'access'] as const) {
      test(`a silent destination does not hide loss behind ${place}, nor take its place (seed ${seed})`, () => {
        const { records } = run(
          [
            { fromMs: 40_000, toMs: 85_000, place, lossRatio: 0.09, burst: 4 },
            { fromMs: 40_000, toMs: 85_000, place: { destination: 'anchor2' } },
          ],
          130_000,
          { seed },
        );
        const said = records.map(({ kind, verdict }) => `${kind} ${verdict}`).sort();
        assert.deepEqual(said, [`degradation ${place}`, 'degradation service']);
      });
    }
  }
});
