/** A day of samples with 200 faults, stored, read back and judged again: the same records. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codeOf, timeOf } from '../core/quantise.ts';
import { type SampleRun, slot } from '../core/storing.ts';
import type { Evidence, ExchangeEvidence } from '../features/judge/outage/evidence.ts';
import type { OutageRecord } from '../features/judge/outage/records.ts';
import { rejudge, type StoredSeries, storedEvidence } from '../features/judge/outage/replay.ts';
import { mulberry, type TestFault, testEvidence, testNodes } from '../features/judge/outage/test-line.ts';
import type { OpenStore } from '../store/index.ts';
import { openTest, temporaryFolder } from '../store/test-store.ts';

const dayMs = 86_400_000;
const hourMs = 3_600_000;
const timeouts = { calm: 1000, quick: 3000 };
const options = { seed: 11, hasWitness: false, lossRatio: 0.0002 };

/** Faults of every kind and length, one about every seven minutes. */
function dayOfFaults(count: number): TestFault[] {
  const random = mulberry(77);
  const places = ['lan', 'gateway', 'access', 'isp', 'transit'] as const;
  return Array.from({ length: count }, (_, index): TestFault => {
    const fromMs = ((index + 0.3 + 0.4 * random()) * (dayMs - hourMs)) / count + hourMs / 2;
    const toMs = fromMs + 2000 + random() * random() * 90_000;
    const pick = random();
    // One destination alone is not said to be silent before five seconds.
    if (pick < 0.15)
      return { fromMs, toMs: toMs + 6000, place: { destination: `anchor${1 + Math.floor(random() * 3)}` } };
    const place = places[Math.floor(random() * places.length)] ?? 'access';
    if (pick < 0.3) return { fromMs, toMs: toMs + 40_000, place, lossRatio: 0.08 + random() * 0.2, burst: 3 };
    if (pick < 0.4) return { fromMs, toMs, place, families: ['ipv6'] };
    return { fromMs, toMs, place };
  });
}

/** The exchanges as the store has them: equally spaced slots of a series, times on its scale. */
function asStored(evidence: Evidence): Evidence {
  if (evidence.kind !== 'exchange') return evidence;
  const isLost = Number.isNaN(evidence.rttUs);
  const rttUs = isLost ? evidence.rttUs : timeOf(codeOf(evidence.rttUs));
  const limit = evidence.isQuick ? timeouts.quick : timeouts.calm;
  return { ...evidence, rttUs, atMs: evidence.sentMs + (isLost ? limit : rttUs / 1000) };
}

async function store(kept: readonly ExchangeEvidence[], into: OpenStore): Promise<StoredSeries[]> {
  const series: StoredSeries[] = [];
  const bySeries = Map.groupBy(kept, ({ target, isQuick }) => seriesOf(target, isQuick));
  for (const { facts } of testNodes(options)) {
    for (const isQuick of [false, true]) {
      const own = bySeries.get(seriesOf(facts.id, isQuick));
      if (!own) continue;
      own.sort((a, b) => a.sentMs - b.sentMs);
      const id = await into.measurements.openSeries({
        kind: isQuick ? 'icmp-quick' : 'icmp',
        line: facts.line,
        target: facts.id,
        family: facts.family,
      });
      for (const [hour, exchanges] of Map.groupBy(own, ({ sentMs }) => Math.floor(sentMs / hourMs)))
        await into.measurements.importHour(
          id,
          beginsMs + hour * hourMs,
          runsOf(exchanges, isQuick ? 50 : facts.intervalMs),
        );
      const { atMs, rttUs } = await into.measurements.samples({
        series: id,
        fromMs: beginsMs,
        toMs: beginsMs + dayMs,
        limit: 2_000_000,
      });
      series.push({
        facts,
        isQuick,
        timeoutMs: isQuick ? timeouts.quick : timeouts.calm,
        atMs: atMs.map((ms) => ms - beginsMs),
        rttUs,
      });
    }
  }
  return series;
}

const seriesOf = (target: string, isQuick: boolean) => (isQuick ? `${target} quick` : target);
const beginsMs = Date.UTC(2026, 0, 6);

function runsOf(exchanges: readonly ExchangeEvidence[], intervalMs: number): Omit<SampleRun, 'series'>[] {
  const runs: { startMs: number; values: number[] }[] = [];
  for (const { sentMs, rttUs } of exchanges) {
    const value = Number.isNaN(rttUs) ? slot.timeout : rttUs;
    const run = runs.at(-1);
    const index = run ? (sentMs - run.startMs) / intervalMs : -1;
    if (run && Math.abs(index - run.values.length) < 0.01) run.values.push(value);
    else runs.push({ startMs: sentMs, values: [value] });
  }
  return runs.map(({ startMs, values }) => ({
    startMonoMs: beginsMs + startMs,
    intervalMs,
    rttUs: Float64Array.from(values),
    duplicates: 0,
    reordered: 0,
    late: 0,
  }));
}

const said = ({ kind, symptom, verdict, candidates, families, target }: OutageRecord) =>
  [kind, symptom, verdict, candidates.join('/'), families.join('+'), target ?? ''].join(' ');

test('a day of samples with 200 faults is judged again from the store to the same records', {
  timeout: 300_000,
}, async (t) => {
  const { store: opened } = await openTest(t, { dataFolder: temporaryFolder(t) });
  const faults = dayOfFaults(200);
  const kept: ExchangeEvidence[] = [];
  function* live(): Generator<Evidence> {
    for (const raw of testEvidence(faults, 0, dayMs, options)) {
      const piece = asStored(raw);
      if (piece.kind === 'exchange') kept.push(piece);
      yield piece;
    }
  }
  const first = rejudge(live());
  const series = await store(kept, opened);
  const calm = kept.filter(({ isQuick }) => !isQuick).length;
  t.diagnostic(`${calm} calm and ${kept.length - calm} quick samples, ${first.records.length} records`);
  assert.ok(calm >= 864_000);
  const again = rejudge(storedEvidence(series, 0));
  assert.equal(again.records.length, first.records.length);
  for (const [index, record] of first.records.entries()) {
    const other = again.records[index];
    assert.ok(other);
    assert.equal(said(other), said(record));
    for (const key of ['startMs', 'endMs'] as const)
      assert.ok(Math.abs((other[key] ?? 0) - (record[key] ?? 0)) <= 2, `${key} of ${said(record)}`);
  }
  const found = faults.filter((fault) =>
    first.records.some(({ startMs, lastMs }) => startMs <= fault.toMs && lastMs >= fault.fromMs),
  );
  for (const fault of faults.filter((one) => !found.includes(one)))
    t.diagnostic(`no record of ${JSON.stringify({ ...fault, lasts: fault.toMs - fault.fromMs })}`);
  t.diagnostic(`${found.length} of ${faults.length} faults have a record`);
  assert.equal(found.length, faults.length);
  assert.ok(first.records.every(({ endMs }) => endMs !== null));
});
