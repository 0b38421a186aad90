import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Incident } from '../../../appliance/features/judge/incident/schema.ts';
import type { BusyPeriod, Gap } from '../../../appliance/features/judge/outage/schema.ts';
import { hasFilter, passes, readOutagesView, rowsOf, writeOutagesView } from './outages-view.ts';

const at = (minutes: number) => new Date(Date.parse('2026-11-22T12:00:00Z') + minutes * 60_000).toISOString();
const incident = (id: number, from: number, to: number | null, extra: Partial<Incident> = {}): Incident => ({
  id,
  line: 'main',
  title: 'The line failed',
  text: '',
  kind: 'outage',
  verdict: 'access',
  confidence: 1,
  severity: 'high',
  startedAt: at(from),
  endedAt: to === null ? null : at(to),
  downSeconds: 0,
  degradedSeconds: 0,
  outages: [id],
  tags: [],
  isAcknowledged: false,
  isEdited: false,
  ...extra,
});
const gap: Gap = { id: 1, startedAt: at(30), endedAt: at(40), reason: 'power', text: '' };
const busy: BusyPeriod = {
  id: 1,
  line: 'mobile',
  startedAt: at(20),
  endedAt: at(29),
  direction: 'up',
  source: 'own',
  downMbps: null,
  upMbps: 9,
  addedMs: 50,
  text: '',
};
const rows = rowsOf(
  [incident(1, 0, 5), incident(2, 50, null, { verdict: 'isp', kind: 'degradation', line: 'mobile' })],
  { busy: [busy], gaps: [gap] },
);
const now = Date.parse(at(60));
const kept = (query: string) =>
  rows
    .filter((row) => passes(row, readOutagesView(new URLSearchParams(query)), now))
    .map((row) => `${row.kind} ${new Date(row.fromMs).toISOString().slice(14, 16)}`);

test('a view survives its address', () => {
  for (const address of [
    '/outages?range=1y&kind=outage&verdict=access&line=main&longer=300&days=year',
    '/outages?from=2026-11-20T00:00:00.000Z&to=2026-11-21T00:00:00.000Z',
    '/outages?range=30d',
  ])
    assert.equal(writeOutagesView(readOutagesView(new URL(address, 'http://box').searchParams)), address);
});

test('nonsense in the address filters nothing', () => {
  const view = readOutagesView(new URLSearchParams('range=1h&kind=party&verdict=aliens&longer=3'));
  assert.equal(hasFilter(view), false);
  assert.equal(view.range, '30d');
});

test('incidents, full lines and gaps stand together, newest first', () => {
  assert.deepEqual(kept(''), ['degradation 50', 'gap 30', 'busy 20', 'outage 00']);
});

test('each filter keeps what it names', () => {
  assert.deepEqual(kept('kind=gap'), ['gap 30']);
  assert.deepEqual(kept('verdict=access'), ['outage 00']);
  assert.deepEqual(kept('line=mobile'), ['degradation 50', 'gap 30', 'busy 20']);
});

test('what lasts is as long as it has lasted up to now', () => {
  assert.deepEqual(kept('longer=300'), ['degradation 50', 'gap 30', 'busy 20']);
});
