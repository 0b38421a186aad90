import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import {
  backAtMs,
  type EvidenceWorld,
  evidenceWorld,
  exampleDetail,
  measuredSinceMs,
} from '../../../testing/fakes/evidence-world.ts';
import type { Gap } from '../../judge/outage/schema.ts';
import { hourMs } from './hour-digest.ts';
import type { ChainLink } from './schema.ts';
import { EvidenceService } from './service.ts';

const minuteMs = 60_000;

async function openWorld(t: TestContext): Promise<EvidenceWorld> {
  const world = await evidenceWorld();
  t.after(async () => {
    await world.service.stop();
    await world.close();
  });
  return world;
}

const linksOf = async ({ service }: Pick<EvidenceWorld, 'service'>, kind: ChainLink['kind']) =>
  (await service.box.table.page(1, 1000)).filter((link) => link.kind === kind);
const payloadsOf = async (world: Pick<EvidenceWorld, 'service'>, kind: ChainLink['kind']) =>
  (await linksOf(world, kind)).map(({ payload }) => JSON.parse(payload));

/** Resolves when so many more links of a kind were added. */
function nextLinks({ fake }: EvidenceWorld, kind: ChainLink['kind'], count = 1): Promise<void> {
  let missing = count;
  return new Promise((fulfil) => {
    const stop = fake.bus.on('chain.extended', (link) => {
      if (link.kind === kind) missing -= 1;
      if (missing > 0) return;
      stop();
      fulfil();
    });
  });
}

function gapOf(id: number, startMs: number, endMs: number): Gap {
  const reason = 'power';
  const text = 'The box was without power.';
  return {
    id,
    startedAt: new Date(startMs).toISOString(),
    endedAt: new Date(endMs).toISOString(),
    reason,
    text,
  };
}

test('a settled incident is in the chain with all that was decided, once', async (t) => {
  const world = await openWorld(t);
  world.incidents.clear();
  await world.service.start();
  const detail = exampleDetail({ id: 40 });
  world.incidents.set(40, detail);
  const appended = nextLinks(world, 'incident');
  world.fake.bus.emit('incident.settled', detail.incident);
  await appended;
  world.fake.bus.emit('incident.settled', detail.incident);
  await world.service.stop();
  const [link, ...others] = await linksOf(world, 'incident');
  assert.deepEqual(others, []);
  const record = JSON.parse(link?.record ?? '');
  assert.deepEqual(record.outages, JSON.parse(JSON.stringify(detail.outages)));
  assert.equal(record.incident.text, detail.incident.text);
  assert.equal(Object.keys(record.attached).length, 3);
  assert.doesNotMatch(link?.payload ?? '', /192\.168|text/, 'the link itself tells nothing of the home');
  const { signal } = new AbortController();
  assert.equal((await world.service.box.check(signal)).isValid, true);
});

test('an incident that is another one after it was entered gets a further link', async (t) => {
  const world = await openWorld(t);
  await world.service.start();
  await world.service.stop();
  const again = world.again();
  await again.start();
  const changed = exampleDetail({ verdict: 'isp' });
  world.incidents.set(12, changed);
  const appended = nextLinks(world, 'incident');
  world.fake.bus.emit('incident.settled', changed.incident);
  await appended;
  await again.stop();
  const verdicts = (await payloadsOf(world, 'incident')).map(({ verdict }) => verdict);
  assert.deepEqual(verdicts, ['access', 'isp']);
});

test('gaps are entered as they are recorded, and those of the time before the start', async (t) => {
  const world = await openWorld(t);
  const now = world.fake.clock.wallMs();
  world.gaps.push(
    gapOf(1, now - 3 * hourMs, now - 2 * hourMs),
    gapOf(2, now - 80 * hourMs, now - 79 * hourMs),
  );
  await world.service.start();
  const late = gapOf(3, now - minuteMs, now);
  world.gaps.push(late);
  world.fake.bus.emit('gap.recorded', late);
  await world.service.stop();
  const again = world.again();
  await again.start();
  await again.stop();
  const ids = (await payloadsOf(world, 'gap')).map(({ gap }) => gap.id);
  assert.deepEqual(ids.sort(), [1, 3]);
});

test('every hour there is a digest of what was measured, and hours without any have none', async (t) => {
  const world = await openWorld(t);
  await world.service.start();
  const first = nextLinks(world, 'hour', 2);
  world.fake.clock.advance(minuteMs);
  await first;
  const third = nextLinks(world, 'hour');
  world.fake.clock.advance(hourMs);
  await third;
  await world.service.stop();
  const hours = await payloadsOf(world, 'hour');
  assert.deepEqual(
    hours.map(({ from }) => Date.parse(from)),
    [measuredSinceMs, measuredSinceMs + hourMs, measuredSinceMs + 2 * hourMs],
  );
  const [series] = hours[0].series;
  assert.deepEqual(
    { ...series, sha256: series.sha256.length },
    {
      target: 'gateway-ipv4',
      line: 'main',
      family: 'ipv4',
      method: 'icmp',
      count: 3600,
      lost: 0,
      p50Us: 14_001,
      p95Us: 14_001,
      sha256: 64,
    },
  );
});

test('a calm hour costs one transaction', async (t) => {
  const world = await openWorld(t);
  const { state } = world.context.store;
  let writes = 0;
  const counted = {
    ...world.context,
    store: {
      ...world.context.store,
      state: {
        all: state.all,
        write: (statements: Parameters<typeof state.write>[0]) => {
          writes += 1;
          return state.write(statements);
        },
      },
    },
  };
  const service = new EvidenceService(counted);
  await service.start();
  const caughtUp = nextLinks(world, 'hour', 2);
  world.fake.clock.advance(minuteMs);
  await caughtUp;
  await service.stop();
  const running = new EvidenceService(counted);
  await running.start();
  writes = 0;
  const next = nextLinks(world, 'hour');
  for (let minute = 0; minute < 60; minute += 1) world.fake.clock.advance(minuteMs);
  await next;
  await running.stop();
  assert.equal(writes, 1);
});

test('hours of two days are filled in after a restart, and none twice', async (t) => {
  const world = await openWorld(t);
  await world.service.start();
  const first = nextLinks(world, 'hour', 2);
  world.fake.clock.advance(minuteMs);
  await first;
  await world.service.stop();
  world.fake.clock.advance(100 * hourMs);
  const again = world.again();
  await again.start();
  const all = nextLinks(world, 'hour', 48);
  world.fake.clock.advance(minuteMs);
  await all;
  await again.stop();
  const starts = (await payloadsOf(world, 'hour')).map(({ from }) => from);
  assert.equal(new Set(starts).size, starts.length);
  assert.equal(starts.length, 50);
});

test('while the time of day is not known no hour is entered', async (t) => {
  const world = await openWorld(t);
  const timeline = Object.create(world.context.timeline, {
    anchor: { value: { offsetMs: 0, isKnown: false } },
    nowMs: { value: () => world.fake.clock.wallMs() },
  });
  Object.assign(world.context, { timeline });
  const service = world.again();
  await service.start();
  world.fake.clock.advance(2 * hourMs);
  await service.stop();
  assert.deepEqual(await linksOf({ service }, 'hour'), []);
  const [genesis] = await payloadsOf({ service }, 'genesis');
  assert.equal(genesis.isClockKnown, false);
});

test('a damaged key keeps nothing from starting, and what waited is entered once the key is gone', async (t) => {
  const world = await openWorld(t);
  await writeFile(join(world.dataFolder, 'device.key'), 'damaged');
  await world.service.start();
  const { problem, isIntact, publicKey, madeAt } = await world.service.chain();
  assert.match(problem ?? '', /device\.key cannot be read/);
  assert.deepEqual([isIntact, publicKey, madeAt], [null, '', null]);
  const detail = exampleDetail();
  world.fake.bus.emit('incident.settled', detail.incident);
  await rm(join(world.dataFolder, 'device.key'));
  const appended = nextLinks(world, 'incident');
  world.fake.clock.advance(minuteMs);
  await appended;
  assert.equal((await world.service.chain()).problem, null);
});

test('an incident that ended within the hour, or is open, is left to those who judge it', async (t) => {
  const world = await openWorld(t);
  const now = world.fake.clock.wallMs();
  world.incidents.set(20, exampleDetail({ id: 20, endedAt: null }));
  world.incidents.set(21, exampleDetail({ id: 21, endedAt: new Date(now - 10 * minuteMs).toISOString() }));
  await world.service.start();
  await world.service.stop();
  const ids = (await payloadsOf(world, 'incident')).map(({ incident }) => incident);
  assert.deepEqual(ids, [12]);
  assert.ok(backAtMs < now - hourMs);
});

test('half a minute after the start the chain is checked, without anybody asking', async (t) => {
  const world = await openWorld(t);
  await world.service.start();
  assert.equal((await world.service.chain()).isIntact, null);
  const check = world.service.box.check.bind(world.service.box);
  const checked = new Promise<boolean>((fulfil, reject) => {
    world.service.box.check = (signal) => {
      const result = check(signal);
      result.then(({ isValid }) => fulfil(isValid), reject);
      return result;
    };
  });
  world.fake.clock.advance(30_000);
  assert.equal(await checked, true);
  assert.equal((await world.service.chain()).isIntact, true);
});
