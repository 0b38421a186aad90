import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Assignment, assign, type GapSpan, type Grouped, type HeldIncident } from './group.ts';

const minute = 60_000;
const begin = Date.UTC(2026, 10, 22, 19);

function record(
  outage: number,
  fromMinute: number,
  lastsMinutes: number | null,
  more: Partial<Grouped> = {},
) {
  return {
    outage,
    line: 'main',
    family: 'both',
    kind: 'outage',
    symptom: 'no-answer',
    verdict: 'access',
    target: null,
    startedMs: begin + fromMinute * minute,
    endedMs: lastsMinutes === null ? null : begin + (fromMinute + lastsMinutes) * minute,
    endedBy: lastsMinutes === null ? null : 'recovery',
    ...more,
  } satisfies Grouped;
}

const gap = (fromMinute: number, toMinute: number): GapSpan => ({
  fromMs: begin + fromMinute * minute,
  toMs: begin + toMinute * minute,
});

/** Which outages are together, in an order that does not depend on how they were found. */
function groups(assignments: readonly Assignment[]): number[][] {
  return assignments
    .map(({ outages }) => [...outages].sort((a, b) => a - b))
    .sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0));
}

const grouped = (records: readonly Grouped[], gaps: readonly GapSpan[] = []) =>
  groups(assign(records, gaps, []));

test('a pause of ten minutes joins, a longer one parts', () => {
  assert.deepEqual(grouped([record(1, 0, 5), record(2, 15, 5)]), [[1, 2]]);
  assert.deepEqual(grouped([record(1, 0, 5), record(2, 15.1, 5)]), [[1], [2]]);
});

test('what still lasts joins whatever begins meanwhile', () => {
  assert.deepEqual(grouped([record(1, 0, null), record(2, 300, 1)]), [[1, 2]]);
});

test('a line that comes and goes with one cause is one incident over pauses of half an hour', () => {
  const flapping = [record(1, 0, 1), record(2, 25, 1), record(3, 50, 1)];
  assert.deepEqual(grouped(flapping), [[1, 2, 3]]);
  assert.deepEqual(grouped(flapping.slice(0, 2)), [[1], [2]], 'two are no flapping');
  const other = flapping.map((each, index) => (index === 1 ? { ...each, verdict: 'isp' as const } : each));
  assert.deepEqual(grouped(other), [[1], [2], [3]], 'another cause is another story');
  assert.deepEqual(
    grouped([...flapping, record(4, 82, 1)]),
    [[1, 2, 3], [4]],
    'thirty minutes are the limit',
  );
});

test('a long one reaches what begins within half an hour of its end', () => {
  const long = record(2, 25, 60);
  assert.deepEqual(grouped([record(1, 0, 1), long, record(3, 110, 1)]), [[1, 2, 3]]);
});

test('a gap joins what it cut off with what was there after it, however long it was', () => {
  const before = record(1, 0, 5, { endedBy: 'gap' });
  const after = record(2, 600.5, 5);
  assert.deepEqual(grouped([before, after], [gap(5, 600)]), [[1, 2]]);
  assert.deepEqual(grouped([before, after], []), [[1], [2]]);
  assert.deepEqual(
    grouped([before, record(2, 602, 5)], [gap(5, 600)]),
    [[1], [2]],
    'it came back in between',
  );
  const recovered = { ...before, endedBy: 'recovery' as const };
  assert.deepEqual(grouped([recovered, after], [gap(5.5, 600)]), [[1], [2]], 'it was over before the gap');
  assert.deepEqual(
    grouped([before, after], [gap(5, 300), gap(300.5, 600)]),
    [[1, 2]],
    'a box that started twice',
  );
});

test('lines are apart', () => {
  assert.deepEqual(grouped([record(1, 0, 5), record(2, 0, 5, { line: 'second' })]), [[1], [2]]);
});

test('IPv6 alone is apart, unless both are down at once', () => {
  const six = { family: 'ipv6', verdict: 'ipv6' } as const;
  const four = { family: 'ipv4' } as const;
  assert.deepEqual(grouped([record(1, 0, 5, four), record(2, 6, 5, six)]), [[1], [2]]);
  assert.deepEqual(grouped([record(1, 0, 5, four), record(2, 4, 5, six)]), [[1, 2]]);
});

test('names and single destinations join what explains them, and nothing else', () => {
  const names = { symptom: 'names', verdict: 'dns' } as const;
  const service = { target: 'quad9', verdict: 'service' } as const;
  assert.deepEqual(grouped([record(1, 0, 5), record(2, 4, 8, names)]), [[1, 2]]);
  assert.deepEqual(grouped([record(1, 0, 5), record(2, 5.9, 8, names)]), [[1, 2]], 'they touch');
  assert.deepEqual(grouped([record(1, 0, 5), record(2, 7, 8, names)]), [[1], [2]], 'they do not');
  assert.deepEqual(grouped([record(1, 0, 5), record(2, 4, 8, service)]), [[1, 2]]);
  const slow = { symptom: 'latency' } as const;
  assert.deepEqual(
    grouped([record(1, 0, 5, slow), record(2, 1, 2, service)]),
    [[1], [2]],
    'slow is not silent',
  );
  const pings = { kind: 'degradation' } as const;
  assert.deepEqual(
    grouped([record(1, 0, 5, pings), record(2, 1, 2, names)]),
    [[1], [2]],
    'only pings are silent',
  );
  const dead = record(2, -600, 1200, service);
  assert.deepEqual(grouped([record(1, 0, 5), dead]), [[1], [2]], 'it was dead long before the line broke');
  assert.deepEqual(
    grouped([
      record(1, 0, 5, { family: 'ipv6', verdict: 'ipv6' }),
      record(2, 1, 2, { ...names, family: 'ipv4' }),
    ]),
    [[1], [2]],
    'IPv6 does not explain names over IPv4',
  );
});

test('two destinations are two stories', () => {
  const of = (target: string) => ({ target, verdict: 'service' as const });
  assert.deepEqual(grouped([record(1, 0, 5, of('a')), record(2, 1, 5, of('b'))]), [[1], [2]]);
  assert.deepEqual(grouped([record(1, 0, 5, of('a')), record(2, 6, 5, of('a'))]), [[1, 2]]);
});

test('an incident keeps its number, and the oldest one takes in the others', () => {
  const held = [
    { id: 7, isEdited: false, outages: [1] },
    { id: 9, isEdited: false, outages: [3] },
  ];
  const joined = assign([record(1, 0, 5), record(2, 12, 5), record(3, 24, 5)], [], held);
  assert.deepEqual(joined, [{ incident: 7, outages: [1, 2, 3], absorbed: [9] }]);
});

test('what a person put together or took apart stays so', () => {
  const held = [
    { id: 1, isEdited: true, outages: [1] },
    { id: 2, isEdited: true, outages: [2, 4] },
  ];
  const records = [record(1, 0, 5), record(2, 6, 5), record(3, 12, 5), record(4, 600, 5)];
  assert.deepEqual(assign(records, [], held), [{ incident: null, outages: [3], absorbed: [] }]);
});

const anyRecord = fc
  .record({
    from: fc.integer({ min: 0, max: 240 }),
    lasts: fc.option(fc.integer({ min: 0, max: 45 }), { freq: 12 }),
    line: fc.constantFrom('main', 'main', 'second'),
    family: fc.constantFrom('both' as const, 'ipv4' as const, 'ipv6' as const),
    symptom: fc.constantFrom('no-answer' as const, 'loss' as const, 'latency' as const, 'names' as const),
    verdict: fc.constantFrom('access' as const, 'isp' as const, 'unclear' as const),
    target: fc.constantFrom(null, null, null, 'quad9'),
    isCutOff: fc.boolean(),
  })
  .map(({ from, lasts, isCutOff, ...rest }) => ({
    ...record(0, from, lasts, rest),
    endedBy: lasts === null ? null : isCutOff ? ('gap' as const) : ('recovery' as const),
  }));
const anyRecords = fc
  .array(anyRecord, { minLength: 1, maxLength: 14 })
  .map((records) => records.map((each, index) => ({ ...each, outage: index + 1 })));
const anyGaps = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 240 }), fc.integer({ min: 1, max: 60 })), { maxLength: 3 })
  .map((gaps) => gaps.map(([from, lasts]) => gap(from, from + lasts)));

/** Lets records arrive one after the other, each version of one in place of the one before. */
function arrive(order: readonly Grouped[], gaps: readonly GapSpan[]): HeldIncident[][] {
  const known = new Map<number, Grouped>();
  let incidents: HeldIncident[] = [];
  let nextId = 1;
  return order.map((arriving) => {
    known.set(arriving.outage, arriving);
    incidents = assign([...known.values()], gaps, incidents).map(({ incident, outages }) => ({
      id: incident ?? nextId++,
      isEdited: false,
      outages,
    }));
    return incidents;
  });
}

const setsOf = (incidents: readonly HeldIncident[]) =>
  groups(incidents.map(({ outages }) => ({ incident: null, outages: [...outages], absorbed: [] })));

test('in whatever order outages become known, they end up in the same incidents', () => {
  fc.assert(
    fc.property(anyRecords, anyGaps, fc.infiniteStream(fc.nat()), (records, gaps, dice) => {
      const shuffled = records
        .map((each) => ({ each, at: dice.next().value ?? 0 }))
        .sort((a, b) => a.at - b.at)
        .map(({ each }) => each);
      assert.deepEqual(setsOf(arrive(shuffled, gaps).at(-1) ?? []), grouped(records, gaps));
    }),
    { numRuns: 500 },
  );
});

test('an incident never loses an outage, whatever becomes of it', () => {
  const versions = fc.array(fc.tuple(fc.integer({ min: 1, max: 6 }), anyRecord), {
    minLength: 1,
    maxLength: 25,
  });
  fc.assert(
    fc.property(versions, anyGaps, (changes, gaps) => {
      const steps = arrive(
        changes.map(([outage, each]) => ({ ...each, line: `line ${outage % 2}`, outage })),
        gaps,
      );
      for (const [index, incidents] of steps.entries()) {
        const all = incidents.flatMap(({ outages }) => outages);
        assert.equal(new Set(all).size, all.length, 'each outage is in one incident');
        for (const before of steps[index - 1] ?? []) {
          const home = incidents.find(({ outages }) => outages.includes(before.outages[0] ?? 0));
          assert.ok(before.outages.every((outage) => home?.outages.includes(outage)));
        }
      }
    }),
    { numRuns: 500 },
  );
});

test('hearing the same again changes nothing', () => {
  fc.assert(
    fc.property(anyRecords, anyGaps, (records, gaps) => {
      const once = arrive(records, gaps).at(-1) ?? [];
      const again = assign(records, gaps, once);
      assert.deepEqual(
        again.map(({ incident, outages }) => ({ id: incident, isEdited: false, outages })),
        once,
      );
      assert.ok(again.every(({ absorbed }) => absorbed.length === 0));
    }),
  );
});

test('edited incidents are never touched by what else happens', () => {
  fc.assert(
    fc.property(anyRecords, anyGaps, fc.subarray([1, 2, 3, 4, 5]), (records, gaps, byHand) => {
      const edited = byHand.filter((outage) => records.some((each) => each.outage === outage));
      const held = edited.length > 0 ? [{ id: 99, isEdited: true, outages: edited }] : [];
      const found = assign(records, gaps, held);
      assert.ok(found.every(({ incident, absorbed }) => incident !== 99 && !absorbed.includes(99)));
      const all = found.flatMap(({ outages }) => outages);
      assert.deepEqual(
        [...all, ...edited].sort((a, b) => a - b),
        records.map(({ outage }) => outage),
      );
    }),
  );
});
