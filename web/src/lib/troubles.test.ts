import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Incident } from '../../../appliance/features/judge/incident/schema.ts';
import type { Outage, OutageList } from '../../../appliance/features/judge/outage/schema.ts';
import { incidentAt, incidentOfOutage, lastOutage, shadesOf, Troubles, worstOpen } from './troubles.ts';

const startMs = Date.parse('2026-11-22T12:00:00.000Z');
const iso = (minutes: number) => new Date(startMs + minutes * 60_000).toISOString();

const outage = (id: number, from: number, to: number | null, extra: Partial<Outage> = {}): Outage => ({
  id,
  line: 'main',
  family: 'both',
  kind: 'outage',
  symptom: 'no-answer',
  verdict: 'access',
  candidates: ['access'],
  confidence: 1,
  severity: 'high',
  startedAt: iso(from),
  endedAt: to === null ? null : iso(to),
  durationSeconds: 0,
  announcedAt: iso(from),
  decidedAt: null,
  endedBy: null,
  target: null,
  text: '',
  evidence: { rule: '', because: [], segment: null, cause: null, nodes: [], facts: [], phases: [] },
  ...extra,
});

const incident = (id: number, from: number, to: number | null, extra: Partial<Incident> = {}): Incident => ({
  id,
  line: 'main',
  title: '',
  text: '',
  kind: 'outage',
  verdict: 'access',
  confidence: 1,
  severity: 'high',
  startedAt: iso(from),
  endedAt: to === null ? null : iso(to),
  downSeconds: 0,
  degradedSeconds: 0,
  outages: [id * 10],
  tags: [],
  isAcknowledged: false,
  isEdited: false,
  ...extra,
});

const listOf = (...outages: Outage[]): OutageList => ({
  outages,
  busy: [],
  gaps: [],
  uptime: {
    upSeconds: 0,
    downSeconds: 0,
    unobservedSeconds: 0,
    ratio: null,
    byVerdict: [],
    provider: { downSeconds: 0, unobservedSeconds: 0, ratio: null },
  },
});

test('the card speaks of the gravest open outage and counts the others', () => {
  const weak = outage(1, 0, null, { kind: 'degradation', severity: 'medium' });
  const late = outage(2, 9, null);
  const grave = outage(3, 12, null, { severity: 'critical' });
  const past = outage(4, 0, 5, { severity: 'critical' });
  assert.deepEqual(worstOpen(listOf(weak, late, grave, past)), { worst: grave, others: 2 });
  assert.equal(worstOpen(listOf(weak))?.worst.id, 1);
  assert.equal(worstOpen(listOf(past)), null);
  assert.equal(worstOpen(null), null);
});

test('an event belongs to the incident around it, on its own line', () => {
  const incidents = [incident(1, 0, 10), incident(2, 60, null), incident(3, 0, 10, { line: 'mobile' })];
  const at = (minutes: number, line: string | null) =>
    incidentAt(startMs + minutes * 60_000, line, incidents)?.id ?? null;
  assert.equal(at(5, 'main'), 1);
  assert.equal(at(11, 'main'), 1, 'the recovery is told a little later');
  assert.equal(at(5, 'mobile'), 3);
  assert.equal(at(30, 'main'), null);
  assert.equal(at(500, 'main'), 2, 'it goes on');
  assert.equal(incidentAt(startMs, 'main', null), null);
  assert.equal(incidentOfOutage(20, incidents)?.id, 2);
});

test('the last outage is the one that ended last; one that lasts is later than any', () => {
  const past = [incident(1, 0, 100), incident(2, 50, 60), incident(3, 70, 200, { kind: 'degradation' })];
  assert.equal(lastOutage(past)?.id, 1);
  assert.equal(lastOutage([...past, incident(4, 20, null)])?.id, 4);
  assert.equal(lastOutage([]), null);
});

test('a chart is shaded where everything was affected, up to now where it lasts', () => {
  const list = listOf(
    outage(1, 0, 5),
    outage(2, 10, null, { kind: 'degradation' }),
    outage(3, 0, 5, { family: 'ipv6' }),
    outage(4, 0, 5, { target: 'one-host' }),
  );
  const now = startMs + 20 * 60_000;
  assert.deepEqual(shadesOf(list, now), [
    { kind: 'outage', fromMs: startMs, toMs: startMs + 5 * 60_000 },
    { kind: 'degradation', fromMs: startMs + 10 * 60_000, toMs: now },
  ]);
  assert.deepEqual(shadesOf(null, now), []);
});

test('events change what is known, and tell those who look', () => {
  let told = 0;
  const troubles = new Troubles(
    () => startMs,
    () => {
      told += 1;
    },
  );
  troubles.recent = listOf(outage(1, 0, 5));
  troubles.incidents = [incident(1, 0, 5)];
  const take = (event: string, data: unknown) => troubles.take({ id: '', event, data: JSON.stringify(data) });
  take('outage.opened', outage(2, 10, null));
  assert.deepEqual(
    troubles.recent.outages.map((one) => one.id),
    [2, 1],
  );
  take('outage.closed', outage(2, 10, 12));
  assert.equal(worstOpen(troubles.recent), null);
  take('incident.updated', incident(2, 10, 12));
  assert.deepEqual(
    troubles.incidents.map((one) => one.id),
    [2, 1],
  );
  assert.equal(troubles.version, 3);
  assert.equal(told, 3);
  take('heartbeat', {});
  assert.equal(told, 3);
});
