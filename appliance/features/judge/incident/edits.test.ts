import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { openJudgedLine } from '../../../testing/fakes/judged-line.ts';
import { outageOf } from '../../../testing/fakes/outages.ts';
import { incidentMigrations } from './migrations.ts';
import { IncidentService } from './service.ts';

const minute = 60_000;

/** Three incidents of one outage each, an hour apart, of the lines given. */
async function open(t: TestContext, lines = ['main', 'main', 'main']) {
  const world = await openJudgedLine(t, incidentMigrations);
  const service = new IncidentService(world.context);
  t.after(() => service.keeper.stop());
  service.keeper.start();
  const begin = world.clock.wallMs();
  world.clock.advance(300 * minute);
  const tell = async (id: number, fromMinute: number, line = 'main') => {
    const outage = outageOf(id, begin + fromMinute * minute, 60, { line });
    world.line.outages.set(id, outage);
    world.bus.emit('outage.closed', outage);
    await service.keeper.exclusively(async () => undefined);
  };
  for (const [index, line] of lines.entries()) await tell(index + 1, index * 60, line);
  const updated = world.heard('incident.updated');
  const outagesOf = async () =>
    (await service.list(begin, begin + 600 * minute)).map(({ id, outages }) => `${id}: ${outages.join(' ')}`);
  return { ...world, service, edits: service.edits, begin, tell, updated, outagesOf };
}

test('incidents that are merged by hand stay together and take in nothing more', async (t) => {
  const { edits, tell, updated, outagesOf } = await open(t);
  const merged = await edits.merge([2, 1]);
  assert.deepEqual([merged.id, merged.outages, merged.isEdited], [1, [1, 2], true]);
  assert.deepEqual(
    updated.map(({ id }) => id),
    [1],
  );
  await tell(4, 62);
  assert.deepEqual(await outagesOf(), ['3: 3', '4: 4', '1: 1 2']);
});

test('an outage of an incident made by hand still tells how it goes on', async (t) => {
  const { edits, tell, service, begin } = await open(t);
  await edits.merge([1, 2]);
  await tell(2, 61);
  const detail = await service.detail(1);
  assert.equal(detail?.incident.endedAt, new Date(begin + 62 * minute).toISOString());
});

test('what is taken apart by hand is two incidents, however close they are', async (t) => {
  const { edits, tell, outagesOf } = await open(t);
  await tell(4, 2);
  assert.deepEqual(await outagesOf(), ['3: 3', '2: 2', '1: 1 4']);
  const both = await edits.split(1, [4]);
  assert.deepEqual(
    both.map(({ id, outages, isEdited }) => [id, outages, isEdited]),
    [
      [1, [1], true],
      [4, [4], true],
    ],
  );
  await tell(4, 1.5);
  await tell(5, 3);
  assert.deepEqual(await outagesOf(), ['3: 3', '2: 2', '5: 5', '4: 4', '1: 1']);
});

test('what cannot be merged or split is refused with the reason', async (t) => {
  const { edits } = await open(t, ['main', 'second', 'main']);
  await assert.rejects(edits.merge([1, 2]), { code: 'INCIDENT_LINES', status: 409, message: /line second/ });
  await assert.rejects(edits.merge([1, 1]), { code: 'INCIDENT_MERGE', status: 400 });
  await assert.rejects(edits.merge([1, 99]), { code: 'INCIDENT_UNKNOWN', status: 404, message: /99/ });
  await assert.rejects(edits.split(1, [3]), {
    code: 'INCIDENT_SPLIT',
    message: /3 is not in incident 1, which has 1/,
  });
  await assert.rejects(edits.split(1, [1]), { code: 'INCIDENT_SPLIT', message: /at least one must stay/ });
});

test('notes are kept in order, told, and removed one by one', async (t) => {
  const { edits, service, updated, clock } = await open(t);
  const first = await edits.note(1, '  Called the provider. ');
  clock.advance(1000);
  await edits.note(1, 'They see nothing.');
  const notes = async () => (await service.detail(1))?.notes.map(({ text }) => text);
  assert.deepEqual(await notes(), ['Called the provider.', 'They see nothing.']);
  assert.equal(updated.length, 2);
  await assert.rejects(edits.removeNote(2, first.id), { code: 'NOTE_UNKNOWN', status: 404 });
  await edits.removeNote(1, first.id);
  assert.deepEqual(await notes(), ['They see nothing.']);
  await assert.rejects(edits.note(1, '   '), { code: 'NOTE_EMPTY' });
});

test('notes of one incident are bounded', async (t) => {
  const { edits } = await open(t, ['main']);
  for (let number = 1; number <= 200; number += 1) await edits.note(1, `Note ${number}`);
  await assert.rejects(edits.note(1, 'One too many'), { code: 'NOTES_FULL', status: 409 });
});

test('tags and acknowledgement are set, told and kept over further outages', async (t) => {
  const { edits, tell, service, updated } = await open(t);
  await edits.tag(1, [' storm ', 'storm', 'modem', '']);
  await edits.acknowledge(1);
  assert.deepEqual(
    updated.map(({ tags, isAcknowledged }) => [tags, isAcknowledged]),
    [
      [['storm', 'modem'], false],
      [['storm', 'modem'], true],
    ],
  );
  await tell(4, 3);
  const { incident } = (await service.detail(1)) ?? {};
  assert.deepEqual(
    [incident?.tags, incident?.isAcknowledged, incident?.outages],
    [['storm', 'modem'], true, [1, 4]],
  );
});

test('changes at the same time are made one after the other', async (t) => {
  const { edits, service } = await open(t);
  await Promise.all([
    edits.merge([1, 2]),
    edits.tag(2, ['late']),
    edits.note(2, 'Seen.'),
    edits.merge([1, 3]),
  ]);
  const detail = await service.detail(3);
  assert.deepEqual(detail?.incident.outages, [1, 2, 3]);
  assert.deepEqual(detail?.incident.tags, ['late']);
  assert.equal(detail?.notes.length, 1);
});
