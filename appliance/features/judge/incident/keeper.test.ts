import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { toIso } from '../../../core/clock.ts';
import { openJudgedLine } from '../../../testing/fakes/judged-line.ts';
import { gapOf, outageOf } from '../../../testing/fakes/outages.ts';
import type { Gap, Outage } from '../outage/schema.ts';
import { assign } from './group.ts';
import { memberOf } from './member.ts';
import { incidentMigrations } from './migrations.ts';
import { IncidentService } from './service.ts';
import { statements } from './store.ts';

const minute = 60_000;

async function open(t: TestContext) {
  const world = await openJudgedLine(t, incidentMigrations);
  const updated = world.heard('incident.updated');
  const settled = world.heard('incident.settled');
  let service = new IncidentService(world.context);
  t.after(() => service.keeper.stop());
  const idle = () => service.keeper.exclusively(async () => undefined);
  const begin = world.clock.wallMs();
  const beginMono = world.clock.monoMs();
  return {
    ...world,
    updated,
    settled,
    idle,
    begin,
    get service() {
      return service;
    },
    /** Moves the clock to so many ms after the beginning. */
    async at(ms: number) {
      world.clock.advance(beginMono + ms - world.clock.monoMs());
      await idle();
    },
    async tell(event: 'outage.opened' | 'outage.updated' | 'outage.closed', outage: Outage) {
      world.line.outages.set(outage.id, outage);
      world.bus.emit(event, outage);
      await idle();
    },
    async tellGap(gap: Gap) {
      world.line.gaps.push(gap);
      world.bus.emit('gap.recorded', gap);
      await idle();
    },
    async restart() {
      await service.keeper.stop();
      service = new IncidentService(world.context);
      service.keeper.start();
      await idle();
    },
    /** Which outages are together, in order. */
    async groups() {
      const incidents = await service.list(begin - 1000 * minute, begin + 100_000 * minute, 1000);
      return incidents
        .map(({ outages }) => [...outages].sort((a, b) => a - b))
        .sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0));
    },
  };
}

test('an outage becomes an incident at once, follows it, and settles ten minutes after its end', async (t) => {
  const world = await open(t);
  world.service.keeper.start();
  await world.at(2000);
  await world.tell('outage.opened', outageOf(1, world.begin, null));
  assert.equal(world.updated.at(-1)?.title, 'No Internet since 12:00:00');
  assert.equal(world.service.keeper.openCount, 1);
  await world.at(3 * minute);
  await world.tell('outage.closed', outageOf(1, world.begin, 178));
  assert.equal(world.updated.length, 2);
  assert.deepEqual(world.updated.at(-1)?.outages, [1]);
  assert.equal(world.updated.at(-1)?.downSeconds, 178);
  assert.equal(world.service.keeper.openCount, 0);
  await world.at(178_000 + 10 * minute - 1);
  assert.equal(world.settled.length, 0);
  await world.at(178_000 + 10 * minute + 1);
  assert.deepEqual(
    world.settled.map(({ id, title }) => [id, title]),
    [[1, 'No Internet for 2 min 58 s']],
  );
  await world.at(300 * minute);
  assert.equal(world.settled.length, 1, 'and is told once');
});

test('a further outage joins, and one that joins late makes it settle again', async (t) => {
  const world = await open(t);
  world.service.keeper.start();
  const short = (id: number, fromMinute: number) => outageOf(id, world.begin + fromMinute * minute, 60);
  await world.at(2 * minute);
  await world.tell('outage.closed', short(1, 1));
  await world.at(8 * minute);
  await world.tell('outage.closed', short(2, 7));
  assert.deepEqual(await world.groups(), [[1, 2]]);
  await world.at(18 * minute + 1);
  assert.equal(world.settled.length, 1);
  await world.at(34 * minute);
  await world.tell('outage.closed', short(3, 33));
  assert.deepEqual(await world.groups(), [[1, 2, 3]], 'three of one cause within half an hour each');
  assert.equal(world.updated.at(-1)?.title, 'Unstable line: 3 interruptions in 33 min');
  await world.at(44 * minute + 1);
  assert.equal(world.settled.length, 2);
});

test('the same outage told again writes nothing and tells nothing', async (t) => {
  const world = await open(t);
  world.service.keeper.start();
  await world.at(2 * minute);
  const outage = outageOf(1, world.begin, 60);
  await world.tell('outage.closed', outage);
  const before = await world.store.state.all('select * from incidents');
  await world.tell('outage.updated', { ...outage, durationSeconds: 61, text: 'In other words.' });
  assert.equal(world.updated.length, 1);
  assert.deepEqual(await world.store.state.all('select * from incidents'), before);
});

test('an outage between two incidents makes one of them, and the number of the other leads there', async (t) => {
  const world = await open(t);
  world.service.keeper.start();
  const outage = (id: number, fromMinute: number) => outageOf(id, world.begin + fromMinute * minute, 300);
  await world.at(40 * minute);
  await world.tell('outage.closed', outage(1, 0));
  await world.tell('outage.closed', outage(2, 24));
  const { edits } = world.service;
  await edits.note(2, 'The lights of the modem were red.');
  await edits.tag(1, ['storm']);
  await edits.tag(2, ['modem', 'storm']);
  await edits.acknowledge(1);
  assert.deepEqual(await world.groups(), [[1], [2]]);
  await world.tell('outage.closed', outage(3, 12));
  assert.deepEqual(await world.groups(), [[1, 2, 3]]);
  const detail = await world.service.detail(2);
  assert.equal(detail?.incident.id, 1);
  assert.deepEqual(detail?.incident.outages, [1, 3, 2], 'in the order of time');
  assert.deepEqual(detail?.incident.tags, ['storm', 'modem']);
  assert.equal(detail?.incident.isAcknowledged, false, 'one of them had not been seen');
  assert.deepEqual(
    detail?.notes.map(({ text }) => text),
    ['The lights of the modem were red.'],
  );
  const ids = await world.store.state.all<{ id: number }>('select id from incidents order by id');
  await world.at(1000 * minute);
  await world.tell('outage.closed', outage(4, 900));
  assert.equal(
    (await world.service.detail(ids.length + 1))?.incident.outages[0],
    4,
    'no number is given twice',
  );
});

test('a gap joins what it cut off with what came after it, whichever is known first', async (t) => {
  const world = await open(t);
  world.service.keeper.start();
  await world.at(200 * minute);
  await world.tell('outage.closed', outageOf(1, world.begin, 300, { endedBy: 'gap' }));
  await world.tell('outage.closed', outageOf(2, world.begin + 120.5 * minute, 300));
  assert.deepEqual(await world.groups(), [[1], [2]]);
  await world.tellGap(gapOf(1, world.begin + 5 * minute, world.begin + 120 * minute));
  assert.deepEqual(await world.groups(), [[1, 2]]);
  assert.match(
    world.updated.at(-1)?.text ?? '',
    /Nothing was measured from 12:05:00 to 14:00:00: the box was without power/,
  );
});

test('what changed while the service was down is taken over, and overdue incidents settle', async (t) => {
  const world = await open(t);
  world.service.keeper.start();
  await world.at(minute);
  await world.tell('outage.opened', outageOf(1, world.begin, null));
  await world.service.keeper.stop();
  await world.at(100 * minute);
  world.line.outages.set(1, outageOf(1, world.begin, 90, { endedBy: 'gap' }));
  world.line.outages.set(2, outageOf(2, world.begin + 99 * minute, 30));
  world.line.gaps = [gapOf(1, world.begin + 2 * minute, world.begin + 98.5 * minute)];
  await world.restart();
  assert.deepEqual(await world.groups(), [[1, 2]]);
  assert.equal(world.settled.length, 0, 'the outage of this moment might have joined it');
  await world.at(103 * minute);
  assert.equal(world.settled.length, 0);
  await world.at(110 * minute);
  assert.equal(world.settled.length, 1);
  await world.restart();
  await world.at(300 * minute);
  assert.equal(world.settled.length, 1, 'a restart tells nothing twice');
});

test('an incident that was overdue at the start settles two minutes after it', async (t) => {
  const world = await open(t);
  world.service.keeper.start();
  await world.at(2 * minute);
  await world.tell('outage.closed', outageOf(1, world.begin, 60));
  await world.service.keeper.stop();
  await world.at(1000 * minute);
  await world.restart();
  await world.at(1002 * minute - 1);
  assert.equal(world.settled.length, 0);
  await world.at(1002 * minute + 1);
  assert.equal(world.settled.length, 1);
});

test('an outage that is no longer known leaves its incident', async (t) => {
  const world = await open(t);
  world.service.keeper.start();
  await world.at(5 * minute);
  await world.tell('outage.opened', outageOf(1, world.begin, null));
  await world.tell('outage.closed', outageOf(2, world.begin + minute, 60));
  assert.deepEqual(await world.groups(), [[1, 2]]);
  world.line.outages.delete(1);
  await world.restart();
  assert.deepEqual(await world.groups(), [[2]]);
  world.line.outages.delete(2);
  await world.restart();
  assert.deepEqual(await world.groups(), []);
});

test('while the disk refuses, incidents wait, and are made good afterwards', async (t) => {
  const world = await open(t);
  world.service.keeper.start();
  await world.at(2 * minute);
  await world.store.state.write([{ sql: 'alter table incidents rename to hidden' }]);
  await world.tell('outage.closed', outageOf(1, world.begin, 60));
  assert.equal(world.updated.length, 0);
  assert.ok(
    world.log.lines.some(({ level, message }) => level === 'error' && message.includes('brought up to date')),
  );
  await world.store.state.write([{ sql: 'alter table hidden rename to incidents' }]);
  await world.at(3 * minute + 1);
  assert.deepEqual(await world.groups(), [[1]]);
});

test('an incident that lasts is told as the judge sees it now', async (t) => {
  const world = await open(t);
  world.service.keeper.start();
  await world.at(minute);
  const outage = outageOf(1, world.begin, null, { severity: 'high' });
  await world.tell('outage.opened', outage);
  world.line.verdicts.set('main', {
    line: 'main',
    state: 'down',
    verdict: 'isp',
    sinceMonoMs: 0,
    open: [{ ...outage, severity: 'critical', verdict: 'isp', candidates: ['isp'] }],
    busy: null,
  });
  const [now] = await world.service.list(world.begin, world.begin + minute);
  assert.deepEqual([now?.severity, now?.verdict], ['critical', 'isp']);
});

test('however outages arrive, what is on disk is what grouping all of them at once gives', async (t) => {
  const world = await open(t);
  world.service.keeper.start();
  let dice = 7;
  const roll = (sides: number) => {
    dice = (dice * 48_271) % 2_147_483_647; // Park and Miller's minimal standard generator
    return dice % sides;
  };
  const verdicts = ['access', 'isp', 'unclear'] as const;
  const families = ['both', 'both', 'ipv6'] as const;
  const outages = Array.from({ length: 60 }, (_, index) =>
    outageOf(index + 1, world.begin + roll(1200) * minute, (1 + roll(12)) * 60, {
      verdict: verdicts[roll(3)] ?? 'access',
      family: families[roll(3)] ?? 'both',
      endedBy: roll(3) === 0 ? 'gap' : 'recovery',
      ...(roll(4) === 0 ? { symptom: 'names' as const } : {}),
    }),
  );
  const gaps = [200, 500, 800].map((from, index) =>
    gapOf(index + 1, world.begin + from * minute, world.begin + (from + 40) * minute),
  );
  await world.at(1300 * minute);
  const [first, ...later] = gaps;
  if (first) await world.tellGap(first);
  const shuffled = outages.map((outage) => ({ outage, at: roll(1000) })).sort((a, b) => a.at - b.at);
  for (const { outage } of shuffled) await world.tell('outage.closed', outage);
  for (const gap of later) await world.tellGap(gap);
  const spans = gaps.map(({ startedAt, endedAt }) => ({
    fromMs: Date.parse(startedAt),
    toMs: Date.parse(endedAt),
  }));
  const atOnce = assign(outages.map(memberOf), spans, [])
    .map((each) => each.outages.sort((a, b) => a - b))
    .sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0));
  assert.deepEqual(await world.groups(), atOnce);
  assert.ok(atOnce.length > 3 && atOnce.some((each) => each.length > 3), 'the scene has something to group');
});

test('an incident that has a thousand outages is left as it is, and another one goes on', async (t) => {
  const world = await open(t);
  const outages = Array.from({ length: 1000 }, (_, index) =>
    outageOf(index + 1, world.begin + index * minute, 20),
  );
  const { store } = world.service.keeper;
  const row = { id: 1, line: 'main', verdict: 'access', startedMs: world.begin, tags: [] } as const;
  const flags = { isAcknowledged: false, isEdited: false, settledMs: null };
  await store.write([
    statements.putIncident({ ...row, ...flags, tags: [], endedMs: world.begin + 999 * minute + 20_000 }),
    ...outages.map((outage) => statements.putMember(1, memberOf(outage))),
  ]);
  for (const outage of outages) world.line.outages.set(outage.id, outage);
  await world.at(1000 * minute);
  world.service.keeper.start();
  await world.idle();
  await world.tell('outage.closed', outageOf(1001, world.begin + 1000 * minute, 20));
  await world.tell('outage.closed', outageOf(1002, world.begin + 1001 * minute, 20));
  assert.deepEqual(
    (await world.groups()).map((each) => each.length),
    [1000, 2],
  );
});

test('times that were stamped wrong are put right when the clock is known', async (t) => {
  const world = await open(t);
  world.service.keeper.start();
  await world.at(2 * minute);
  await world.tell('outage.closed', outageOf(1, world.begin, 60));
  world.clock.stepWall(1000 * minute);
  world.timeline.check();
  world.line.outages.set(1, outageOf(1, world.begin + 1000 * minute, 60));
  await world.at(2 * minute + 5001);
  const [incident] = await world.service.list(0, world.begin + 2000 * minute);
  assert.equal(incident?.startedAt, toIso(world.begin + 1000 * minute));
});
