import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { ask, startTestServer } from '../../../http/testing.ts';
import { openJudgedLine } from '../../../testing/fakes/judged-line.ts';
import { gapOf, outageOf } from '../../../testing/fakes/outages.ts';
import { incident as feature } from './index.ts';
import type { Incident, IncidentDetail, IncidentPort, SnapshotSummary, TimelineItem } from './schema.ts';

const minute = 60_000;

/** The whole feature behind a real server; outages 1 and 2 are over, an hour apart, and 3 lasts. */
async function serve(t: TestContext) {
  const world = await openJudgedLine(t, feature.migrations ?? []);
  const parts = feature.setup?.(world.context);
  assert.ok(parts?.start && parts.stop);
  await parts.start(new AbortController().signal);
  t.after(() => parts.stop?.());
  const begin = world.clock.wallMs();
  world.clock.advance(240 * minute);
  const port = parts.provides?.incident as IncidentPort;
  for (const outage of [
    outageOf(1, begin, 60),
    outageOf(2, begin + 60 * minute, 60, { verdict: 'isp', candidates: ['isp'] }),
    outageOf(3, begin + 239 * minute, null),
  ]) {
    world.line.outages.set(outage.id, outage);
    world.bus.emit('outage.updated', outage);
  }
  world.line.gaps = [gapOf(1, begin + 120 * minute, begin + 130 * minute)];
  while ((await port.list(0, begin + 300 * minute)).length < 3); // each turn waits for the database
  const server = await startTestServer(t, { routes: [...(parts.routes ?? [])] });
  const call = async (method: string, path: string, body?: unknown) => {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const headers = text === undefined ? {} : { 'content-type': 'application/json' };
    const { status, json } = await ask({ port: server.port, path, method, headers }, text);
    return { status, json };
  };
  return { ...world, begin, call, log: server.log };
}

const list = (json: unknown) => (json as { incidents: Incident[] }).incidents;

test('incidents are listed newest first, by range, verdict, line and number', async (t) => {
  const { call, begin } = await serve(t);
  const ids = async (query: string) =>
    list((await call('GET', `/api/incidents${query}`)).json).map(({ id }) => id);
  assert.deepEqual(await ids(''), [3, 2, 1]);
  assert.deepEqual(await ids('?limit=1'), [3]);
  assert.deepEqual(await ids('?verdict=isp'), [2]);
  assert.deepEqual(await ids('?line=second'), []);
  const at = (fromMinute: number) => new Date(begin + fromMinute * minute).toISOString();
  assert.deepEqual(await ids(`?from=${at(30)}&to=${at(90)}`), [2]);
  const wrong = await call('GET', `/api/incidents?from=${at(90)}&to=${at(30)}`);
  assert.deepEqual([wrong.status, wrong.json.error?.code], [400, 'RANGE_INVALID']);
  assert.equal((await call('GET', '/api/incidents?verdict=nobody')).status, 400);
});

test('one incident is everything about it, and an unknown one is 404', async (t) => {
  const { call, log } = await serve(t);
  const { status, json } = await call('GET', '/api/incidents/2');
  assert.equal(status, 200);
  assert.equal((json as unknown as IncidentDetail).incident.verdict, 'isp');
  assert.equal((await call('GET', '/api/incidents/99')).json.error?.code, 'INCIDENT_UNKNOWN');
  assert.deepEqual(
    log.lines.filter(({ level }) => level === 'error'),
    [],
    'answers match their schemas',
  );
});

test('what lasts now and the last two days answer under every name of theirs', async (t) => {
  const { call } = await serve(t);
  for (const path of ['/api/incidents/now', '/api/alerts', '/api/outage-status']) {
    const { status, json } = await call('GET', path);
    assert.equal(status, 200, path);
    assert.deepEqual([(json.current as Incident).id, json.count48h], [3, 3]);
  }
  const events = await call('GET', '/api/outage-events?limit=50&resolved_only=true');
  assert.deepEqual(
    list(events.json).map(({ id }) => id),
    [2, 1],
  );
  assert.equal(list((await call('GET', '/api/outage-events')).json).length, 3);
});

test('the timeline has outages, recoveries and gaps, each once, newest first', async (t) => {
  const { call } = await serve(t);
  const { json } = await call('GET', '/api/timeline?days=7');
  const events = json.events as TimelineItem[];
  assert.deepEqual(
    events.map(({ id, kind }) => `${id} ${kind}`),
    [
      'incident-3 outage',
      'gap-1 gap',
      'incident-2-over recovery',
      'incident-2 outage',
      'incident-1-over recovery',
      'incident-1 outage',
    ],
  );
  assert.equal(events.find(({ id }) => id === 'incident-2')?.durationSeconds, 60);
  assert.equal(events[0]?.durationSeconds, null);
});

test('a person merges, splits, notes, tags and acknowledges', async (t) => {
  const { call } = await serve(t);
  const merged = await call('POST', '/api/incidents/merge', { ids: [1, 2] });
  assert.deepEqual([merged.status, merged.json.outages], [200, [1, 2]]);
  const split = await call('POST', '/api/incidents/1/split', { outages: [2] });
  assert.deepEqual(
    list(split.json).map(({ outages }) => outages),
    [[1], [2]],
  );
  const note = await call('POST', '/api/incidents/1/notes', { text: 'Called them.' });
  assert.deepEqual([note.status, note.json.text], [200, 'Called them.']);
  assert.equal((await call('DELETE', `/api/incidents/1/notes/${note.json.id}`)).status, 200);
  assert.deepEqual((await call('PUT', '/api/incidents/1/tags', { tags: ['storm'] })).json.tags, ['storm']);
  assert.equal((await call('POST', '/api/incidents/1/acknowledge')).json.isAcknowledged, true);
  assert.equal((await call('POST', '/api/incidents/merge', { ids: [1] })).status, 400);
  assert.equal((await call('POST', '/api/incidents/1/notes', { text: '' })).status, 400);
});

test('snapshots are made, listed, read and removed', async (t) => {
  const { call } = await serve(t);
  const made = (await call('POST', '/api/snapshots', { incident: 1 })).json as unknown as SnapshotSummary;
  const { status, json } = await call('GET', `/api/snapshots/${made.id}`);
  assert.deepEqual([status, (json.detail as IncidentDetail).incident.id], [200, 1]);
  assert.equal(((await call('GET', '/api/snapshots')).json.snapshots as unknown[]).length, 1);
  assert.deepEqual((await call('DELETE', `/api/snapshots/${made.id}`)).json.snapshots, []);
  assert.equal((await call('GET', `/api/snapshots/${made.id}`)).json.error?.code, 'SNAPSHOT_UNKNOWN');
});

test('is it me answers under both names, and how sure an outage is', async (t) => {
  const { call, line } = await serve(t);
  for (const path of ['/api/is-it-me', '/api/is-it-just-me'])
    assert.equal((await call('GET', path)).json.answer, 'unknown');
  const open = [outageOf(3, 0, null)];
  line.verdicts.set('main', {
    line: 'main',
    state: 'down',
    verdict: 'access',
    sinceMonoMs: 0,
    open,
    busy: null,
  });
  assert.equal((await call('GET', '/api/is-it-me')).json.answer, 'provider');
  assert.equal((await call('GET', '/api/outage-confidence')).json.isOutage, true);
});
