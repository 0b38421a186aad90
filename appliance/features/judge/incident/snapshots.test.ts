import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Value } from 'typebox/value';
import { openJudgedLine } from '../../../testing/fakes/judged-line.ts';
import { outageOf } from '../../../testing/fakes/outages.ts';
import type { Capture } from '../../watch/black-box/schema.ts';
import { incidentMigrations } from './migrations.ts';
import { Snapshot } from './schema.ts';
import { IncidentService } from './service.ts';

async function open(t: TestContext) {
  const world = await openJudgedLine(t, incidentMigrations);
  const service = new IncidentService(world.context);
  t.after(() => service.keeper.stop());
  service.keeper.start();
  const outage = outageOf(1, world.clock.wallMs(), 60);
  world.line.outages.set(1, outage);
  world.clock.advance(60 * 60_000);
  world.bus.emit('outage.closed', outage);
  await service.keeper.exclusively(async () => undefined);
  const read = async (id: string) =>
    Value.Parse(Snapshot, JSON.parse(new TextDecoder().decode(await service.snapshots.read(id))));
  return { ...world, service, snapshots: service.snapshots, outage, read };
}

test('a snapshot is what was known when it was made, whatever happens later', async (t) => {
  const { service, snapshots, outage, read } = await open(t);
  const made = await service.makeSnapshot(1);
  assert.match(made.id, /^[\w-]{22}$/, '128 bits');
  const before = await service.detail(1);
  await service.edits.note(1, 'Later.');
  const kept = await read(made.id);
  assert.deepEqual(kept.detail, before);
  assert.deepEqual(kept.detail.outages, [outage]);
  assert.deepEqual([kept.site, kept.timezone, kept.leftOut], ['Home', 'Etc/UTC', []]);
  assert.deepEqual((await snapshots.list()).snapshots, [made]);
  assert.equal(made.title, 'No Internet for 1 min');
});

test('two snapshots of one incident have ids of their own, and a removed one is gone', async (t) => {
  const { service, snapshots, clock } = await open(t);
  const first = await service.makeSnapshot(1);
  clock.advance(1000);
  const second = await service.makeSnapshot(1);
  assert.notEqual(first.id, second.id);
  await snapshots.remove(first.id);
  assert.deepEqual(
    (await snapshots.list()).snapshots.map(({ id }) => id),
    [second.id],
  );
  await assert.rejects(snapshots.read(first.id), { code: 'SNAPSHOT_UNKNOWN', status: 404 });
  await assert.rejects(snapshots.remove(first.id), { code: 'SNAPSHOT_UNKNOWN', status: 404 });
});

test('what does not fit is left out, and named', async (t) => {
  const { service, line, outage, read } = await open(t);
  const offsetsMs = Array.from({ length: 60_000 }, (_, index) => index * 50 + 0.125);
  const series = [{ target: 'anchor', offsetsMs, rttMs: offsetsMs.map(() => 12.345) }];
  const capture: Capture = {
    id: 1,
    key: 'outage-1',
    line: 'main',
    startedAt: outage.startedAt,
    endedAt: outage.startedAt,
    series,
  };
  line.captures.set('outage-1', [capture, { ...capture, id: 2 }, { ...capture, id: 3 }]);
  const { id, bytes } = await service.makeSnapshot(1);
  const { detail, leftOut } = await read(id);
  assert.deepEqual(leftOut, ['names asked', 'captures but the first']);
  assert.deepEqual(
    detail.captures.map((each) => each.id),
    [1],
  );
  assert.ok(bytes < 1_000_000, `${bytes} bytes on the card`);
});

test('an incident that never fits is refused', async (t) => {
  const { service, line, outage } = await open(t);
  outage.evidence.because = ['x'.repeat(3_000_000)];
  line.outages.set(1, outage);
  await assert.rejects(service.makeSnapshot(1), { code: 'SNAPSHOT_TOO_LARGE', status: 413 });
  await assert.rejects(service.makeSnapshot(2), { code: 'INCIDENT_UNKNOWN', status: 404 });
});

test('links that were shared are not dropped to make room', async (t) => {
  const { service, snapshots } = await open(t);
  const made = await Promise.allSettled(Array.from({ length: 201 }, () => service.makeSnapshot(1)));
  const refused = made.filter((each) => each.status === 'rejected');
  assert.deepEqual(
    refused.map(({ reason }) => reason.code),
    ['SNAPSHOTS_FULL'],
  );
  assert.equal((await snapshots.list()).snapshots.length, 200);
});
